#include "tests/integration/guest.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "tests/unit/tls/bytes.hpp"

namespace tined::test {
namespace {

constexpr int kAlert = 21;

std::size_t SizeAt(std::string_view bytes) {
  return std::size_t{static_cast<std::uint8_t>(bytes[3])} << 8 |
         static_cast<std::uint8_t>(bytes[4]);
}

/// The secret of that label in a key log.
tls::Secret SecretIn(const std::vector<std::string>& log, std::string_view label) {
  tls::Secret secret;
  for (const std::string& line : log) {
    if (!line.starts_with(label)) continue;
    const ByteString bytes = tls::test::Unhex(line.substr(line.rfind(' ') + 1));
    std::copy(bytes.begin(), bytes.end(), secret.bytes.begin());
  }
  return secret;
}

void AddSecrets12(const SSL* ssl, tls::Agreed& agreed) {
  std::array<std::uint8_t, SSL_MAX_MASTER_KEY_LENGTH> master{};
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> client{};
  std::array<std::uint8_t, SSL3_RANDOM_SIZE> server{};
  SSL_SESSION_get_master_key(SSL_get_session(ssl), master.data(), master.size());
  SSL_get_client_random(ssl, client.data(), client.size());
  SSL_get_server_random(ssl, server.data(), server.size());
  const auto block = tls::KeySchedule().ExpandKeyBlock(agreed.suite, master, client, server);
  agreed.client = block.client;
  agreed.server = block.server;
  agreed.client_sequence = agreed.server_sequence = 1;
}

}  // namespace

Heard HearAll(Client& client, milliseconds patience) {
  Heard heard{.bytes = client.TakeReceived()};
  pollfd socket{.fd = client.descriptor(), .events = POLLIN, .revents = 0};
  std::array<char, 65536> bytes;
  while (::poll(&socket, 1, static_cast<int>(patience.count())) > 0) {
    const ssize_t got = ::recv(socket.fd, bytes.data(), bytes.size(), 0);
    if (got <= 0) {
      heard.end = got == 0 ? Client::End::closed : Client::End::reset;
      break;
    }
    heard.bytes.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return heard;
}

std::string Record(int type, std::string_view content, int version) {
  std::string record;
  for (const std::size_t byte :
       {static_cast<std::size_t>(type), static_cast<std::size_t>(version) >> 8,
        static_cast<std::size_t>(version), content.size() >> 8, content.size()}) {
    record += static_cast<char>(byte & 0xff);
  }
  return record.append(content);
}

int AlertIn(std::string_view bytes) {
  while (bytes.size() >= 5) {
    const std::size_t size = 5 + SizeAt(bytes);
    if (bytes[0] == kAlert && size == 7 && bytes.size() == size) {
      return static_cast<std::uint8_t>(bytes[6]);
    }
    if (bytes.size() < size) break;
    bytes.remove_prefix(size);
  }
  return -1;
}

Guest::Guest(std::uint16_t port, const Wanted& wanted) : wire_(port), openssl_(wanted) {
  SSL_set_msg_callback(ssl(), OnMessage);
  SSL_set_msg_callback_arg(ssl(), this);
  SSL_set_app_data(ssl(), this);
  SSL_CTX_set_keylog_callback(SSL_get_SSL_CTX(ssl()), OnKeyLog);
}

void Guest::OnMessage(int is_written, int, int type, const void* bytes, std::size_t size, SSL*,
                      void* self) {
  if (is_written != 0 || type != SSL3_RT_ALERT || size != 2) return;
  static_cast<Guest*>(self)->alert_ = static_cast<const std::uint8_t*>(bytes)[1];
}

void Guest::OnKeyLog(const SSL* ssl, const char* line) {
  static_cast<Guest*>(SSL_get_app_data(ssl))->key_log_.emplace_back(line);
}

bool Guest::ShakeHands() {
  std::string said = openssl_.Say();
  for (bool is_first = true;; is_first = false) {
    if (!said.empty() && !is_first) said = std::exchange(interjection_, {}) + said;
    wire_.Send(said);
    if (openssl_.is_established()) return true;
    if (!wire_.WaitForBytes(kPatience)) return false;
    const std::string heard = wire_.TakeReceived();
    if (heard.empty()) return false;
    said = openssl_.Say(heard);
  }
}

std::string Guest::Get(std::string_view target) {
  wire_.Send(openssl_.Seal("GET " + std::string(target) + " HTTP/1.1\r\nHost: a.example\r\n\r\n"));
  std::string answer;
  while (answer.find("\r\n\r\n") == answer.npos && wire_.WaitForBytes(kPatience)) {
    answer += openssl_.Open(wire_.TakeReceived());
  }
  const std::size_t end = answer.find("\r\n\r\n");
  return end == answer.npos ? "no answer: " + answer : answer.substr(end + 4);
}

tls::test::Client Guest::Records() const {
  tls::Agreed agreed;
  agreed.version = static_cast<tls::Version>(SSL_version(ssl()));
  agreed.suite = static_cast<tls::Suite>(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl())));
  if (agreed.version == tls::Version::tls12) {
    AddSecrets12(ssl(), agreed);
  } else {
    agreed.client = SecretIn(key_log_, "CLIENT_TRAFFIC_SECRET_0 ");
    agreed.server = SecretIn(key_log_, "SERVER_TRAFFIC_SECRET_0 ");
  }
  return tls::test::Client(agreed);
}

}  // namespace tined::test
