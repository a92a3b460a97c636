// What is noted while one handshake goes on, because OpenSSL does not tell it afterwards: secrets
// (the key log), how many records were sealed and opened with the keys of the session (the
// messages), and the nonce that TLS 1.2 began with (the bytes sent). Handshaker; not synchronised.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "handshake/circumstances.hpp"
#include "handshake/openssl.hpp"
#include "tls/session.hpp"

namespace tined::handshake {

class Witness {
 public:
  /// A fatal alert, and who sent it.
  struct Alert {
    bool is_clients = false;
    std::uint8_t description = 0;
  };

  explicit Witness(const Circumstances& circumstances)
      : now_(circumstances.now),
        ticket_keys_(circumstances.ticket_keys),
        staple_(circumstances.staple) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness();

  /// One that `ssl`, made by a Context, was given.
  [[nodiscard]] static Witness& Of(const SSL* ssl) noexcept;
  /// Has `ssl` tell it all; it lives as long as `ssl`.
  void Watch(SSL* ssl) noexcept;

  /// What clocks show for this handshake.
  [[nodiscard]] WallTime now() const noexcept { return now_; }
  /// Keys of tickets for this handshake; null: those of now.
  [[nodiscard]] const TicketKeys* ticket_keys() const noexcept { return ticket_keys_; }
  /// What is stapled in this handshake, empty for nothing; nothing before that is decided.
  [[nodiscard]] const std::optional<std::string>& staple() const noexcept { return staple_; }
  void SetStaple(std::string_view bytes) { staple_ = bytes; }
  void SetServerName(std::string_view name) { server_name_ = name; }
  [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }

  /// A line for a key log file.
  void OnKeyLog(std::string_view line) noexcept;
  /// Whole records that are to be sent to the client.
  void OnOutput(std::string_view records) noexcept;

  // What has been noted:
  [[nodiscard]] const tls::Secret& client_secret() const noexcept { return client_secret_; }
  [[nodiscard]] const tls::Secret& server_secret() const noexcept { return server_secret_; }
  /// Records that were opened and sealed with the keys in use: the next one's sequence numbers.
  [[nodiscard]] std::uint64_t opened() const noexcept { return opened_; }
  [[nodiscard]] std::uint64_t sealed() const noexcept { return sealed_; }
  /// The first 8 bytes of the server's first record under TLS 1.2's keys.
  [[nodiscard]] std::string_view explicit_nonce() const noexcept { return explicit_nonce_; }
  [[nodiscard]] const std::optional<Alert>& alert() const noexcept { return alert_; }

 private:
  static void OnMessage(int is_written, int version, int type, const void* bytes, std::size_t size,
                        SSL* ssl, void* self) noexcept;
  void CountRecord(bool is_written, std::uint8_t type, bool is_tls13) noexcept;
  void NoteAlert(bool is_clients, std::string_view alert) noexcept;

  WallTime now_;
  const TicketKeys* ticket_keys_;
  std::optional<std::string> staple_;
  std::string server_name_;
  tls::Secret client_secret_;
  tls::Secret server_secret_;
  std::uint64_t opened_ = 0;
  std::uint64_t sealed_ = 0;
  bool has_changed_cipher_ = false;
  std::string explicit_nonce_;
  std::optional<Alert> alert_;
};

}  // namespace tined::handshake
