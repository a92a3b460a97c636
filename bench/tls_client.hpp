// The client's side of TLS for the load, which has to cost little and be the same for every server:
// OpenSSL does the handshake (TLS 1.3, TLS_AES_128_GCM_SHA256, X25519; certificates are not
// judged), then records are sealed and opened with tined's own functions, which take half of
// OpenSSL's time. The load's threads; what they share does not change after the start.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tls/aead.hpp"
#include "tls/key_schedule.hpp"

/// What all connections have in common. With a session it can begin each connection from it.
class TlsClient {
 public:
  TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  /// Has one request answered over `socket`, which blocks, and keeps the ticket that comes with it:
  /// every later connection is resumed. False: there was none.
  [[nodiscard]] bool LearnSession(int socket, const std::string& request);

 private:
  friend class TlsChannel;

  SSL_CTX* context_;
  SSL_SESSION* session_ = nullptr;  ///< null: handshakes are full ones
};

/// What one thread seals and opens with.
struct TlsEngine {
  TlsEngine();

  std::unique_ptr<tined::tls::Aead> aead;
  tined::tls::KeySchedule schedule;
  std::vector<std::uint8_t> room;  ///< for records that are opened
  std::size_t filled = 0;          ///< bytes of the application in front
};

/// One connection: the socket's bytes on one side, the application's on the other.
class TlsChannel {
 public:
  /// The first bytes for the server are in the output then.
  TlsChannel(const TlsClient& client, TlsEngine& engine);
  TlsChannel(const TlsChannel&) = delete;
  TlsChannel& operator=(const TlsChannel&) = delete;
  ~TlsChannel();

  [[nodiscard]] bool is_established() const noexcept { return is_established_; }
  /// What is to be sent to the server; the caller empties it.
  [[nodiscard]] std::string& output() noexcept { return output_; }
  /// What the server has said since the last call, until the next Feed of any channel.
  [[nodiscard]] std::string_view TakeInput() noexcept;

  /// Takes what has come from the socket. False: it is no TLS that this client agrees to.
  [[nodiscard]] bool Feed(std::string_view bytes);
  /// Seals `plain` behind the output.
  void Seal(std::string_view plain);

 private:
  struct Direction {
    tined::tls::Keys keys;
    std::uint64_t sequence = 0;
  };

  [[nodiscard]] bool Handshake(std::string_view bytes);
  [[nodiscard]] bool OpenAll(std::string_view bytes);
  [[nodiscard]] bool Complete(std::string_view& bytes);
  [[nodiscard]] bool OpenOne(std::string_view record);
  static void OnKeyLog(const SSL* ssl, const char* line);
  friend class TlsClient;  // whose context calls it

  TlsEngine& engine_;
  SSL* ssl_;  ///< until the handshake is over
  const bool is_to_resume_;
  bool is_established_ = false;
  Direction inbound_;
  Direction outbound_;
  std::string output_;
  std::string partial_;  ///< of a record
};
