#include "handshake/agreed.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <span>

namespace tined::handshake {
namespace {

using KdfContextPointer = std::unique_ptr<EVP_KDF_CTX, FreedBy<EVP_KDF_CTX_free>>;

/// What TLS 1.2 cuts its key block into, for each direction.
struct Sizes {
  std::size_t key = 0;
  std::size_t iv = 0;
  bool has_explicit_nonce = false;

  [[nodiscard]] std::size_t block() const noexcept { return 2 * (key + iv); }
};

Sizes SizesOf(tls::Suite suite) noexcept {
  switch (suite) {
    case tls::Suite::ecdhe_ecdsa_aes_128_gcm_sha256:
    case tls::Suite::ecdhe_rsa_aes_128_gcm_sha256:
      return {16, 4, true};
    case tls::Suite::ecdhe_ecdsa_aes_256_gcm_sha384:
    case tls::Suite::ecdhe_rsa_aes_256_gcm_sha384:
      return {32, 4, true};
    default:
      return {32, 12, false};
  }
}

using KeyBlock = std::array<std::uint8_t, 2 * (32 + 12)>;

/// RFC 5246, 6.3.
bool DeriveKeyBlock(const SSL* ssl, std::span<std::uint8_t> block) {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, nullptr);
  if (kdf == nullptr) return false;
  std::array<unsigned char, SSL_MAX_MASTER_KEY_LENGTH> master{};
  std::size_t size =
      SSL_SESSION_get_master_key(SSL_get0_session(ssl), master.data(), master.size());
  std::array<unsigned char, SSL3_RANDOM_SIZE> server{};
  std::array<unsigned char, SSL3_RANDOM_SIZE> client{};
  SSL_get_server_random(ssl, server.data(), server.size());
  SSL_get_client_random(ssl, client.data(), client.size());
  std::string label = "key expansion";
  std::string digest =
      EVP_MD_get0_name(SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl)));
  const std::array<OSSL_PARAM, 6> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), size),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label.data(), label.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, server.data(), server.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, client.data(), client.size()),
      OSSL_PARAM_construct_end()};
  const KdfContextPointer context(EVP_KDF_CTX_new(kdf));
  const bool is_derived =
      context && EVP_KDF_derive(context.get(), block.data(), block.size(), parameters.data()) == 1;
  OPENSSL_cleanse(master.data(), master.size());
  return is_derived;
}

/// Copies the front of `from` to `to` and takes it off.
void Take(std::span<const std::uint8_t>& from, std::size_t size, std::uint8_t* to) noexcept {
  std::copy_n(from.begin(), size, to);
  from = from.subspan(size);
}

bool AddSecrets12(const SSL* ssl, const Witness& witness, tls::Agreed& agreed) {
  const Sizes sizes = SizesOf(agreed.suite);
  if (sizes.has_explicit_nonce && witness.explicit_nonce().size() != 8) return false;
  KeyBlock block{};
  const bool is_derived = DeriveKeyBlock(ssl, std::span(block).first(sizes.block()));
  std::span<const std::uint8_t> rest = block;
  Take(rest, sizes.key, agreed.client.bytes.data());
  Take(rest, sizes.key, agreed.server.bytes.data());
  Take(rest, sizes.iv, &agreed.client.bytes[tls::Secret::kIv]);
  Take(rest, sizes.iv, &agreed.server.bytes[tls::Secret::kIv]);
  OPENSSL_cleanse(block.data(), block.size());
  if (sizes.has_explicit_nonce) {
    std::copy(witness.explicit_nonce().begin(), witness.explicit_nonce().end(),
              &agreed.server.bytes[tls::Secret::kExplicitNonce]);
  }
  // The Finished messages were the only records.
  return is_derived && witness.opened() == 1 && witness.sealed() == 1;
}

bool AddSecrets13(const Witness& witness, tls::Agreed& agreed) noexcept {
  const auto is_there = [](const tls::Secret& secret) {
    return std::any_of(secret.bytes.begin(), secret.bytes.end(), [](auto each) { return each; });
  };
  agreed.client = witness.client_secret();
  agreed.server = witness.server_secret();
  return is_there(agreed.client) && is_there(agreed.server) && witness.opened() == 0;
}

}  // namespace

std::optional<tls::Agreed> AgreedBy(const SSL* ssl, const Witness& witness) {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  if (cipher == nullptr) return std::nullopt;
  tls::Agreed agreed;
  agreed.version = static_cast<tls::Version>(SSL_version(ssl));
  agreed.suite = static_cast<tls::Suite>(SSL_CIPHER_get_protocol_id(cipher));
  if (!tls::IsKnown(agreed.version, agreed.suite)) return std::nullopt;
  // 1 for 512 bytes to 4 for 4,096; 0: nothing was said.
  if (const int code = SSL_SESSION_get_max_fragment_length(SSL_get0_session(ssl)); code != 0) {
    agreed.largest_fragment = static_cast<std::uint16_t>(256U << code);
  }
  agreed.client_sequence = witness.opened();
  agreed.server_sequence = witness.sealed();
  const bool is_whole = agreed.version == tls::Version::tls13 ? AddSecrets13(witness, agreed)
                                                              : AddSecrets12(ssl, witness, agreed);
  if (is_whole) return agreed;
  OPENSSL_cleanse(&agreed, sizeof(agreed));
  return std::nullopt;
}

}  // namespace tined::handshake
