// A client of a TLS listener over a real socket, of whose bytes a test decides each: OpenSSL does
// the handshake in memory, the records behind it are sealed and opened by the tests' own record
// layer (tests/unit/tls/client.hpp), which can send what no client should. One thread's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/unit/handshake/client.hpp"
#include "tests/unit/tls/client.hpp"

namespace tined::test {

using tls::test::ByteString;

/// All that a server says until it ends the connection.
struct Heard {
  std::string bytes;
  Client::End end = Client::End::deadline;
};
/// `patience`: how long it may be silent.
[[nodiscard]] Heard HearAll(Client& client, milliseconds patience = kPatience);

/// A record as it is on the wire.
[[nodiscard]] std::string Record(int type, std::string_view content, int version = 0x0303);
/// The number of the alert (RFC 8446, 6.2) that `bytes`, records in clear, end with; -1: with none.
[[nodiscard]] int AlertIn(std::string_view bytes);

class Guest {
 public:
  using Wanted = handshake::Client::Wanted;

  explicit Guest(std::uint16_t port, const Wanted& wanted = {});
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  /// What is sent behind the ClientHello, in front of all that the client says next.
  void Interject(std::string bytes) { interjection_ = std::move(bytes); }
  /// True: it is done. False: the server has ended it.
  bool ShakeHands();
  /// The alert that the server has sent to OpenSSL's client last; -1: none.
  [[nodiscard]] int alert() const noexcept { return alert_; }
  [[nodiscard]] SSL* ssl() const { return openssl_.ssl(); }
  [[nodiscard]] handshake::Client& openssl() noexcept { return openssl_; }
  [[nodiscard]] Client& wire() noexcept { return wire_; }

  /// Asks by OpenSSL's records: the body of the answer.
  [[nodiscard]] std::string Get(std::string_view target);

  /// Records after the handshake; from here on OpenSSL's client is not to be used. Of a session
  /// without tickets.
  [[nodiscard]] tls::test::Client Records() const;
  void Send(const ByteString& bytes) {
    wire_.Send({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

 private:
  static void OnMessage(int is_written, int version, int type, const void* bytes, std::size_t size,
                        SSL* ssl, void* self);
  static void OnKeyLog(const SSL* ssl, const char* line);

  Client wire_;
  handshake::Client openssl_;
  std::string interjection_;
  int alert_ = -1;
  std::vector<std::string> key_log_;
};

}  // namespace tined::test
