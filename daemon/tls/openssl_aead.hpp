// Sealing and opening by OpenSSL (EVP): on every machine. Worker's loop thread; a context for each
// cipher and direction, made at the start, so that nothing is allocated afterwards.
#pragma once

#include <openssl/evp.h>

#include <array>

#include "tls/aead.hpp"

namespace tined::tls {

class OpensslAead final : public Aead {
 public:
  /// Throws std::runtime_error when OpenSSL has not got the ciphers (a configuration of its own),
  /// or no memory.
  OpensslAead();
  ~OpensslAead() override;

  void Seal(const Key& key, const Nonce& nonce, ByteView aad, const Plain& plain,
            std::uint8_t* out) noexcept override;
  [[nodiscard]] bool Open(const Key& key, const Nonce& nonce, ByteView aad, ByteView sealed,
                          std::uint8_t* out) noexcept override;
  [[nodiscard]] std::string library() const override;

 private:
  struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { ::EVP_CIPHER_CTX_free(context); }
  };
  /// A context and the key that it has.
  struct Keyed {
    std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context;
    Key key;
    bool has_key = false;
  };
  using Direction = std::array<Keyed, kCiphers>;

  [[nodiscard]] static EVP_CIPHER_CTX* Prepare(Direction& direction, const Key& key,
                                               const Nonce& nonce) noexcept;

  Direction sealing_;
  Direction opening_;
};

}  // namespace tined::tls
