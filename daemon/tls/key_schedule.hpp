// Keys out of secrets: HKDF-Expand-Label of TLS 1.3 (RFC 8446, 7.1 to 7.3), the PRF of TLS 1.2 (RFC
// 5246, 5). Computed by OpenSSL's HMAC, whose contexts are made once: making them takes longer than
// computing. Worker or handshaker, one thread, one object; not synchronised.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "tls/aead.hpp"
#include "tls/session.hpp"

namespace tined::tls {

/// What one direction's records are sealed with. Whoever has a copy wipes it.
struct Keys {
  Key key;
  Nonce iv{};
};

class KeySchedule {
 public:
  /// Throws std::runtime_error when OpenSSL has no HMAC of SHA-256 and SHA-384, or no memory.
  KeySchedule();

  /// The keys that one direction's records of a version and suite that are known have.
  [[nodiscard]] Keys KeysOf(Version version, Suite suite, const Secret& secret) noexcept;

  /// The secret after a key update ("traffic upd").
  [[nodiscard]] Secret NextOf(Suite suite, const Secret& secret) noexcept;

  /// TLS 1.2: both directions' keys and fixed parts of nonces ("key expansion", 6.3); the explicit
  /// nonce is the caller's to add.
  struct KeyBlock {
    Secret client;
    Secret server;
  };
  [[nodiscard]] KeyBlock ExpandKeyBlock(Suite suite, ByteView master_secret, ByteView client_random,
                                        ByteView server_random) noexcept;

  enum class Hash : std::uint8_t { sha256, sha384 };
  /// HKDF-Expand-Label with an empty context; `out` is no longer than the hash. `secret` empty:
  /// that of the last call, which saves a third of the time.
  void ExpandLabel(Hash hash, ByteView secret, std::string_view label,
                   std::span<std::uint8_t> out) noexcept;
  /// TLS 1.2's PRF.
  void Expand(Hash hash, ByteView secret, std::string_view label, ByteView seed,
              std::span<std::uint8_t> out) noexcept;

 private:
  struct FreeContext {
    void operator()(EVP_MAC_CTX* context) const noexcept { ::EVP_MAC_CTX_free(context); }
  };
  using Digest = std::array<std::uint8_t, 48>;

  [[nodiscard]] EVP_MAC_CTX* ContextOf(Hash hash) noexcept {
    return hmacs_[static_cast<std::size_t>(hash)].get();
  }

  std::array<std::unique_ptr<EVP_MAC_CTX, FreeContext>, 2> hmacs_;
};

}  // namespace tined::tls
