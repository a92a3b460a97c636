#include "handshake/witness.hpp"

#include <openssl/crypto.h>

#include <algorithm>

#include "base/hex.hpp"

namespace tined::handshake {
namespace {

constexpr std::uint8_t kChangeCipherSpec = SSL3_RT_CHANGE_CIPHER_SPEC;
constexpr std::size_t kRecordHeader = SSL3_RT_HEADER_LENGTH;
constexpr std::size_t kExplicitNonce = 8;

std::uint8_t At(std::string_view bytes, std::size_t place) noexcept {
  return static_cast<std::uint8_t>(bytes[place]);
}

/// The secret at the end of a line of a key log, if the line begins with `label`.
void ReadSecret(std::string_view line, std::string_view label, tls::Secret& secret) noexcept {
  if (!line.starts_with(label)) return;
  const std::string_view digits = line.substr(line.rfind(' ') + 1);
  const std::size_t size = std::min(digits.size() / 2, secret.bytes.size());
  for (std::size_t i = 0; i < size; ++i) {
    secret.bytes[i] =
        static_cast<std::uint8_t>(HexValue(digits[2 * i]) << 4 | HexValue(digits[2 * i + 1]));
  }
}

}  // namespace

Witness::~Witness() {
  OPENSSL_cleanse(&client_secret_, sizeof(client_secret_));
  OPENSSL_cleanse(&server_secret_, sizeof(server_secret_));
}

Witness& Witness::Of(const SSL* ssl) noexcept {
  return *static_cast<Witness*>(SSL_get_app_data(ssl));
}

void Witness::Watch(SSL* ssl) noexcept {
  SSL_set_app_data(ssl, this);
  SSL_set_msg_callback(ssl, OnMessage);
  SSL_set_msg_callback_arg(ssl, this);
}

void Witness::OnKeyLog(std::string_view line) noexcept {
  ReadSecret(line, "CLIENT_TRAFFIC_SECRET_0 ", client_secret_);
  ReadSecret(line, "SERVER_TRAFFIC_SECRET_0 ", server_secret_);
}

void Witness::OnMessage(int is_written, int /*version*/, int type, const void* bytes,
                        std::size_t size, SSL* ssl, void* self) noexcept {
  auto& witness = *static_cast<Witness*>(self);
  const std::string_view message(static_cast<const char*>(bytes), size);
  const bool is_tls13 = SSL_version(ssl) == TLS1_3_VERSION;
  if (type == SSL3_RT_HEADER && size == kRecordHeader) {
    witness.CountRecord(is_written != 0, At(message, 0), is_tls13);
  } else if (type == SSL3_RT_ALERT) {
    witness.NoteAlert(is_written == 0, message);
  } else if (type == SSL3_RT_HANDSHAKE && is_tls13 && is_written == 0 && size > 0 &&
             At(message, 0) == SSL3_MT_FINISHED) {
    // From here on both sides use the keys of the session. The server had nothing to seal with them
    // before: it sends no early answers.
    witness.opened_ = 0;
    witness.sealed_ = 0;
  }
}

void Witness::CountRecord(bool is_written, std::uint8_t type, bool is_tls13) noexcept {
  std::uint64_t& count = is_written ? sealed_ : opened_;
  // In TLS 1.2 it is the last record in clear; in 1.3 it says nothing.
  count = type == kChangeCipherSpec && !is_tls13 ? 0 : count + 1;
}

void Witness::NoteAlert(bool is_clients, std::string_view alert) noexcept {
  if (alert.size() == 2 && At(alert, 0) == SSL3_AL_FATAL) alert_ = {is_clients, At(alert, 1)};
}

void Witness::OnOutput(std::string_view records) noexcept {
  while (records.size() >= kRecordHeader) {
    const std::size_t size = std::size_t{At(records, 3)} << 8 | At(records, 4);
    const std::string_view body = records.substr(kRecordHeader, size);
    if (has_changed_cipher_ && explicit_nonce_.empty()) {
      explicit_nonce_ = body.substr(0, kExplicitNonce);
    }
    if (At(records, 0) == kChangeCipherSpec) has_changed_cipher_ = true;
    records.remove_prefix(kRecordHeader + body.size());
  }
}

}  // namespace tined::handshake
