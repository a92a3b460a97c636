#include "handshake/agreed.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

#include "tls/cipher.hpp"

namespace tined::handshake {
namespace {

bool AddSecrets12(const SSL* ssl, const Witness& witness, tls::KeySchedule& schedule,
                  tls::Agreed& agreed) {
  std::array<std::uint8_t, SSL_MAX_MASTER_KEY_LENGTH> master{};
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> client{};
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> server{};
  SSL_SESSION_get_master_key(SSL_get0_session(ssl), master.data(), master.size());
  SSL_get_client_random(ssl, client.data(), client.size());
  SSL_get_server_random(ssl, server.data(), server.size());
  tls::KeySchedule::KeyBlock block = schedule.ExpandKeyBlock(agreed.suite, master, client, server);
  agreed.client = block.client;
  agreed.server = block.server;
  OPENSSL_cleanse(&block, sizeof(block));
  OPENSSL_cleanse(master.data(), master.size());
  // The Finished messages were the only records.
  if (witness.opened() != 1 || witness.sealed() != 1) return false;
  if (!tls::IsGcm(tls::CipherOf(agreed.suite))) return true;
  // It has sequence number 0; those after it count on from there, so that none is met again.
  const std::string_view nonce = witness.explicit_nonce();
  if (nonce.size() != 8) return false;
  std::copy(nonce.begin(), nonce.end(), &agreed.server.bytes[tls::Secret::kExplicitNonce]);
  return true;
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

std::optional<tls::Agreed> AgreedBy(const SSL* ssl, const Witness& witness,
                                    tls::KeySchedule& schedule) {
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
  const bool is_whole = agreed.version == tls::Version::tls13
                            ? AddSecrets13(witness, agreed)
                            : AddSecrets12(ssl, witness, schedule, agreed);
  if (is_whole) return agreed;
  OPENSSL_cleanse(&agreed, sizeof(agreed));
  return std::nullopt;
}

}  // namespace tined::handshake
