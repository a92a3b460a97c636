// What a listener is configured with for TLS, as values: files are their bytes, read by whoever may
// open them; a file's name is for messages alone, no path is ever opened here. Any process, any
// thread.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tls/session.hpp"

namespace tined::handshake {

struct File {
  std::string name;  ///< for messages
  std::string bytes;

  [[nodiscard]] bool is_empty() const noexcept { return bytes.empty(); }
};

struct CertificateFiles {
  File certificate;  ///< PEM: the server's certificate, then those of its issuers
  File key;          ///< PEM, not encrypted
  File ocsp;         ///< DER (RFC 6960): what is stapled; empty for nothing
};

/// What a client is given that asks for a name that no certificate has, or for none.
enum class UnknownHost {
  default_certificate,  ///< the first certificate
  reject                ///< the alert unrecognized_name
};

struct TicketSettings {
  std::chrono::seconds rotate = std::chrono::hours(12);
  int keep = 1;  ///< keys before the current one that still open tickets, 15 at most
  /// Keys in the form that ReadTicketKeys takes: they are used as they are, without rotation.
  /// Empty: keys are made and rotated.
  File keys;
};

struct ClientCertificates {
  File authorities;         ///< PEM: whose certificates are trusted
  bool is_required = true;  ///< without one there is no connection; otherwise it may be left out
  int depth = 2;  ///< how many certificates may lie between the client's and a trusted one
  /// PEM: revocation lists, one for each authority in a client's chain; empty: none are asked.
  File revoked;
};

struct Settings {
  std::vector<CertificateFiles> certificates;
  tls::Version min_version = tls::Version::tls12;
  std::vector<std::string> groups = {"X25519", "P-256", "P-384"};  ///< best first
  UnknownHost unknown_host = UnknownHost::default_certificate;
  std::optional<TicketSettings> tickets = TicketSettings();  ///< nothing: sessions are not resumed
  std::optional<ClientCertificates> client_certificates;
  std::vector<std::string> protocols;  ///< for ALPN, best first; empty: it is not spoken
};

/// Settings that cannot be used. Each problem is one line that names the file, the reason and what
/// to do.
class Refused : public std::runtime_error {
 public:
  explicit Refused(std::vector<std::string> problems);

  [[nodiscard]] const std::vector<std::string>& problems() const noexcept { return problems_; }

 private:
  std::vector<std::string> problems_;
};

/// Throws Refused: what is wrong with one file.
[[noreturn]] void RefuseFile(const File& file, std::string_view problem);

}  // namespace tined::handshake
