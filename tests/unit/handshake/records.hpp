// Records of an exported session, sealed and opened here in the plainest way, with OpenSSL's AEADs:
// to see whether a client can go on with what was exported. (RFC 8446, 5; RFC 5246, 6.2; RFC 5288;
// RFC 7905)
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "tls/session.hpp"

namespace tined::handshake {

using Octets = std::basic_string<unsigned char>;

inline Octets OctetsOf(std::string_view text) { return {text.begin(), text.end()}; }
inline std::string TextOf(const Octets& octets) { return {octets.begin(), octets.end()}; }

/// One direction of a session.
class Direction {
 public:
  Direction(const tls::Session& session, const tls::Secret& secret, std::uint64_t sequence)
      : is_tls13_(session.version == tls::Version::tls13), sequence_(sequence) {
    const std::string name(tls::NameOf(session.suite));
    const bool is_chacha = name.find("CHACHA20") != std::string::npos;
    const bool is_256 =
        name.find("AES256") != std::string::npos || name.find("AES_256") != std::string::npos;
    has_explicit_nonce_ = !is_tls13_ && !is_chacha;
    cipher_ = is_chacha ? EVP_chacha20_poly1305() : is_256 ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    const auto key_size = static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher_));
    if (is_tls13_) {
      const bool is_sha384 = name.ends_with("SHA384");
      const Octets traffic(secret.bytes.data(), is_sha384 ? 48 : 32);
      key_ = Expand(traffic, "key", key_size, is_sha384);
      iv_ = Expand(traffic, "iv", 12, is_sha384);
    } else {
      key_.assign(secret.bytes.data(), key_size);
      iv_.assign(&secret.bytes[tls::Secret::kIv], has_explicit_nonce_ ? 4U : 12U);
      for (std::size_t i = 0; i < 8; ++i) {
        first_ = first_ << 8 | secret.bytes[tls::Secret::kExplicitNonce + i];
      }
    }
  }

  /// One record with application bytes.
  std::string Seal(std::string_view text) {
    Octets plain = OctetsOf(text);
    if (is_tls13_) plain += 23;
    const Octets nonce = has_explicit_nonce_ ? Big(first_ + sequence_, 8) : Octets();
    const std::size_t size = plain.size() + 16 + (is_tls13_ ? 0 : nonce.size());
    const Octets header = Octets{23, 3, 3} + Big(size, 2);
    const Octets associated =
        is_tls13_ ? header : Big(sequence_, 8) + Octets{23, 3, 3} + Big(plain.size(), 2);
    Octets sealed(plain.size() + 16, 0);
    if (!Crypt(true, Nonce(nonce), associated, plain, sealed)) return "error";
    ++sequence_;
    return TextOf(header + nonce + sealed);
  }

  /// What is in the first of some records, which is taken off; "error" if it cannot be opened.
  std::string Open(std::string& records) {
    const Octets header = OctetsOf(std::string_view(records).substr(0, 5));
    Octets body = OctetsOf(std::string_view(records).substr(5, header[3] * 256U + header[4]));
    records.erase(0, 5 + body.size());
    const Octets nonce = has_explicit_nonce_ ? body.substr(0, 8) : Octets();
    body.erase(0, nonce.size());
    Octets plain(body.size() - 16, 0);
    const Octets associated =
        is_tls13_ ? header : Big(sequence_, 8) + header.substr(0, 3) + Big(plain.size(), 2);
    if (!Crypt(false, Nonce(nonce), associated, body, plain)) return "error";
    ++sequence_;
    if (is_tls13_) plain.pop_back();
    return TextOf(plain);
  }

 private:
  static Octets Big(std::uint64_t number, int size) {
    Octets octets;
    for (int i = size - 1; i >= 0; --i) {
      octets += static_cast<unsigned char>(number >> (8 * i));
    }
    return octets;
  }

  /// HKDF-Expand-Label (RFC 8446, 7.1) without a context.
  static Octets Expand(Octets secret, std::string_view label, std::size_t size, bool is_sha384) {
    Octets info =
        Big(size, 2) + Big(label.size() + 6, 1) + OctetsOf("tls13 ") + OctetsOf(label) + Octets{0};
    const std::shared_ptr<EVP_KDF> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
    const std::shared_ptr<EVP_KDF_CTX> context(EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
    std::string digest = is_sha384 ? "SHA384" : "SHA256";
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    const std::array<OSSL_PARAM, 5> parameters = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
        OSSL_PARAM_construct_end()};
    Octets derived(size, 0);
    EVP_KDF_derive(context.get(), derived.data(), size, parameters.data());
    return derived;
  }

  [[nodiscard]] Octets Nonce(const Octets& explicit_nonce) const {
    if (has_explicit_nonce_) return iv_ + explicit_nonce;
    Octets nonce = iv_;
    const Octets number = Big(sequence_, 8);
    for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] ^= number[i];
    return nonce;
  }

  /// `from` to `to`, of which the sealed one has the tag behind it.
  [[nodiscard]] bool Crypt(bool is_sealing, const Octets& nonce, const Octets& associated,
                           Octets from, Octets& to) const {
    const std::shared_ptr<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    EVP_CIPHER_CTX* const c = context.get();
    int size = 0;
    EVP_CipherInit_ex(c, cipher_, nullptr, key_.data(), nonce.data(), is_sealing ? 1 : 0);
    if (!is_sealing) {
      EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, 16, from.data() + from.size() - 16);
      from.resize(from.size() - 16);
    }
    EVP_CipherUpdate(c, nullptr, &size, associated.data(), static_cast<int>(associated.size()));
    EVP_CipherUpdate(c, to.data(), &size, from.data(), static_cast<int>(from.size()));
    if (EVP_CipherFinal_ex(c, to.data() + from.size(), &size) != 1) return false;
    if (is_sealing) EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, 16, to.data() + from.size());
    return true;
  }

  bool is_tls13_;
  bool has_explicit_nonce_ = false;
  std::uint64_t sequence_;
  std::uint64_t first_ = 0;
  const EVP_CIPHER* cipher_ = nullptr;
  Octets key_;
  Octets iv_;
};

inline Direction ToServer(const tls::Session& session) {
  return {session, session.inbound_secrets[0], session.inbound[0].sequence};
}
inline Direction ToClient(const tls::Session& session) {
  return {session, session.outbound_secrets[0], session.outbound[0].sequence};
}

}  // namespace tined::handshake
