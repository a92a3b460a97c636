// What a handshake told of a client, as a text that goes along with its connection for as long as
// it lives: from the handshaker that knows OpenSSL to workers that do not. It is made once and read
// when somebody asks, so that nothing of it is kept but the text. Every pattern of bytes is one:
// what makes no sense in it is left out. Any process, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tls/session.hpp"

namespace tined::tls {

/// A client's certificate, which has been verified; of a resumed session, back then.
struct ClientCertificate {
  std::string_view subject;      ///< RFC 2253, plain ASCII: "CN=alice,O=Example"
  std::string_view issuer;       ///< likewise
  std::string_view names;        ///< alternative ones, spaces between: "DNS:a.org email:a@a.org"
  std::string_view serial;       ///< hexadecimal capitals
  std::string_view fingerprint;  ///< SHA-256, hexadecimal; it has one always
  std::string_view begins;       ///< "2026-01-31 12:00:00 UTC"
  std::string_view expires;      ///< likewise
  std::string_view pem;          ///< empty, if it is too long
};

/// The views are somebody else's: those of the text that they were decoded from. All of it is
/// printable ASCII; lines alone are what a certificate's PEM has beside that.
struct Facts {
  std::string_view server_name;  ///< the host that the client asked for, as it wrote it, or empty
  std::string_view protocol;     ///< agreed on by ALPN, or empty
  bool is_resumed = false;
  std::optional<ClientCertificate> client;
};

/// What is known of a connection with TLS; the text is that of Encode, and somebody else's.
struct Told {
  Version version = Version::none;
  Suite suite = Suite::none;
  std::string_view facts;
};

/// The most bytes that a text of facts has.
inline constexpr std::size_t kLargestFacts = 15U << 10;

/// The text, empty when there is nothing to tell. The PEM is left out when it alone is too much;
/// nothing, if the rest is.
[[nodiscard]] std::optional<std::string> Encode(const Facts& facts);
/// What `text`, which outlives it, says.
[[nodiscard]] Facts Decode(std::string_view text) noexcept;

}  // namespace tined::tls
