// What handshakes of one listener have in common: certificates by the names of hosts, versions,
// suites, groups, tickets, clients' certificates, application protocols. TLS 1.2 and 1.3, key
// exchange by ECDHE and AEAD suites only; neither compression nor renegotiation, no early data, no
// cache of sessions. Handshaker; not synchronised. It outlives its handshakes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "handshake/certificates.hpp"
#include "handshake/openssl.hpp"
#include "handshake/server_names.hpp"
#include "handshake/settings.hpp"
#include "handshake/ticket_keys.hpp"
#include "handshake/tickets.hpp"
#include "handshake/trust.hpp"
#include "tls/key_schedule.hpp"

namespace tined::handshake {

class Context {
 public:
  using KeyLog = std::function<void(std::string_view line)>;

  /// Loads and checks all that the settings name, as of `now`. `keys` of tickets are those that all
  /// handshakers share: they count where the settings have tickets and no file of keys. Throws
  /// Refused with all that is wrong; so a configuration is checked.
  Context(const Settings& settings, const TicketKeys& keys, WallTime now);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  [[nodiscard]] std::span<const Certificate> certificates() const noexcept { return certificates_; }
  /// What is doubtful and no reason to refuse the settings, one line each.
  [[nodiscard]] std::vector<std::string> Warnings() const;
  /// Another answer of OCSP for a certificate, by its place; an empty file for none. Throws
  /// Refused, and the earlier one stays.
  void SetStaple(std::size_t certificate, const File& file);
  /// Others for handshakes from now on; keys of a file are not replaced.
  void SetTicketKeys(const TicketKeys& keys) noexcept;
  /// Those that tickets are sealed and opened with now; null: there are none.
  [[nodiscard]] const TicketKeys* ticket_keys() const noexcept;
  /// Has every secret of every session told to `log`, in lines as SSLKEYLOGFILE has them: for
  /// debugging alone, it undoes what TLS is for.
  void SetKeyLog(KeyLog log) { key_log_ = std::move(log); }

  /// A new connection's, that a Witness is to watch before anything else.
  [[nodiscard]] SslPointer MakeSsl() const;
  /// What handshakes derive keys with.
  [[nodiscard]] tls::KeySchedule& schedule() const noexcept { return *schedule_; }

 private:
  // OpenSSL has no way to let an exception through: where there is no memory left, it ends here.
  static int OnHello(SSL* ssl, int* alert, void* self) noexcept;
  static int OnServerName(SSL* ssl, int* alert, void* self) noexcept;
  static int OnProtocols(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                         const unsigned char* offered, unsigned offered_size, void* self) noexcept;
  static int OnStaple(SSL* ssl, void* self) noexcept;
  static void OnKeyLog(const SSL* ssl, const char* line) noexcept;

  void Load(const Settings& settings, const TicketKeys& keys, WallTime now);
  void MakeAll(const Settings& settings);
  [[nodiscard]] ContextPointer Make(const Settings& settings, const ServerNames::Offer& offer);
  void Restrict(SSL_CTX* context, const Settings& settings) const;
  void SetCallbacks(SSL_CTX* context);
  /// What is stapled to the certificate that `ssl` has chosen; empty for nothing.
  [[nodiscard]] std::string_view StapleFor(const SSL* ssl, WallTime now) const noexcept;
  /// The context for a host; null for one that is not known.
  [[nodiscard]] SSL_CTX* Find(std::string_view host) const;

  std::vector<Certificate> certificates_;
  ServerNames names_;
  bool does_reject_;       ///< hosts that are not known
  std::string protocols_;  ///< as ALPN has them: each with its length in front
  std::optional<Trust> trust_;
  std::optional<Tickets> tickets_;
  bool has_own_keys_ = false;  ///< of tickets, from a file
  KeyLog key_log_;
  std::unique_ptr<tls::KeySchedule> schedule_ = std::make_unique<tls::KeySchedule>();
  /// One for each offer that some host leads to.
  std::map<ServerNames::Offer, ContextPointer> contexts_;
  SSL_CTX* default_ = nullptr;
};

}  // namespace tined::handshake
