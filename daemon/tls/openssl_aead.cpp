#include "tls/openssl_aead.hpp"

#include <openssl/crypto.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace tined::tls {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER* cipher) const noexcept { ::EVP_CIPHER_free(cipher); }
};

constexpr const char* NameOf(Cipher cipher) noexcept {
  if (cipher == Cipher::chacha20_poly1305) return "ChaCha20-Poly1305";
  return cipher == Cipher::aes_128_gcm ? "AES-128-GCM" : "AES-256-GCM";
}

/// What cannot fail once a context is set up: there is no way to go on without it.
void Require(int outcome) noexcept {
  if (outcome != 1) std::abort();
}

/// EVP counts in int; records are small.
int Count(ByteView bytes) noexcept { return static_cast<int>(bytes.size()); }

}  // namespace

OpensslAead::OpensslAead() {
  for (Direction* const direction : {&sealing_, &opening_}) {
    for (std::size_t i = 0; i < kCiphers; ++i) {
      const std::unique_ptr<EVP_CIPHER, FreeCipher> cipher(
          ::EVP_CIPHER_fetch(nullptr, NameOf(static_cast<Cipher>(i)), nullptr));
      Keyed& keyed = (*direction)[i];
      keyed.context.reset(::EVP_CIPHER_CTX_new());
      if (cipher == nullptr || keyed.context == nullptr ||
          ::EVP_CipherInit_ex(keyed.context.get(), cipher.get(), nullptr, nullptr, nullptr,
                              direction == &sealing_ ? 1 : 0) != 1) {
        throw std::runtime_error(std::string("OpenSSL has no ") + NameOf(static_cast<Cipher>(i)));
      }
    }
  }
}

OpensslAead::~OpensslAead() {
  for (Direction* const direction : {&sealing_, &opening_}) {
    for (Keyed& keyed : *direction) ::explicit_bzero(&keyed.key, sizeof keyed.key);
  }
}

EVP_CIPHER_CTX* OpensslAead::Prepare(Direction& direction, const Key& key,
                                     const Nonce& nonce) noexcept {
  Keyed& keyed = direction[static_cast<std::size_t>(key.cipher)];
  const bool is_same = keyed.has_key && IsSame(keyed.key, key);
  if (!is_same) keyed.key = key;
  keyed.has_key = true;
  // -1: the direction that the context has.
  Require(::EVP_CipherInit_ex(keyed.context.get(), nullptr, nullptr,
                              is_same ? nullptr : key.bytes.data(), nonce.data(), -1));
  return keyed.context.get();
}

void OpensslAead::Seal(const Key& key, const Nonce& nonce, ByteView aad, const Plain& plain,
                       std::uint8_t* out) noexcept {
  EVP_CIPHER_CTX* const context = Prepare(sealing_, key, nonce);
  int size = 0;
  Require(::EVP_EncryptUpdate(context, nullptr, &size, aad.data(), Count(aad)));
  for (const ByteView piece : {plain.begin, plain.end}) {
    if (piece.empty()) continue;
    Require(::EVP_EncryptUpdate(context, out, &size, piece.data(), Count(piece)));
    out += piece.size();
  }
  Require(::EVP_EncryptFinal_ex(context, out, &size));
  Require(::EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, int{kTagSize}, out));
}

bool OpensslAead::Open(const Key& key, const Nonce& nonce, ByteView aad, ByteView sealed,
                       std::uint8_t* out) noexcept {
  if (sealed.size() < kTagSize) return false;
  const ByteView bytes = sealed.first(sealed.size() - kTagSize);
  std::array<std::uint8_t, kTagSize> tag;
  std::copy_n(sealed.end() - kTagSize, kTagSize, tag.begin());
  EVP_CIPHER_CTX* const context = Prepare(opening_, key, nonce);
  int size = 0;
  Require(::EVP_DecryptUpdate(context, nullptr, &size, aad.data(), Count(aad)));
  if (!bytes.empty()) {
    Require(::EVP_DecryptUpdate(context, out, &size, bytes.data(), Count(bytes)));
  }
  Require(::EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, int{kTagSize}, tag.data()));
  return ::EVP_DecryptFinal_ex(context, out + bytes.size(), &size) == 1;
}

std::string OpensslAead::library() const { return ::OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace tined::tls
