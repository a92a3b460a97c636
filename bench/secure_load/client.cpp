#include "bench/secure_load/client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/descriptor.hpp"

namespace tined::bench {
namespace {

/// Longer than anything may take on a machine that does a lot beside.
constexpr timeval kPatience{.tv_sec = 60, .tv_usec = 0};

Descriptor ConnectTo(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  if (!socket || ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience) != 0 ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw Failure(std::string("connect: ") + std::strerror(errno));
  }
  return socket;
}

std::string_view FieldOf(std::string_view header, std::string_view name) {
  const std::size_t at = header.find(name);
  if (at == header.npos) return {};
  const std::string_view rest = header.substr(at + name.size());
  return rest.substr(0, rest.find("\r\n"));
}

}  // namespace

void Client::Run(const std::atomic<bool>& is_over) {
  while (!is_over) {
    phase_ = Phase::handshake;
    round_ = 0;
    try {
      RunConnection(is_over);
    } catch (const std::exception& error) {
      static constexpr std::array kPhases = {"handshake", "first answer", "established"};
      counts_.NoteFailure(phase_, name_,
                          std::string(kPhases.at(static_cast<std::size_t>(phase_))) + ", round " +
                              std::to_string(round_) + ": " + error.what());
    }
  }
}

void Client::RunConnection(const std::atomic<bool>& is_over) {
  const Descriptor socket = ConnectTo(work_.port);
  const std::unique_ptr<Session> session = endpoint_->Connect(socket.get(), !Chance(3));
  counts_.NoteSession(session->is_resumed());
  phase_ = Phase::first_answer;
  input_.clear();
  due_.clear();
  is_closing_ = false;
  for (const int rounds = 1 + static_cast<int>(Below(work_.rounds));
       round_ < rounds && !is_over && !is_closing_; ++round_) {
    RunRound(*session);
  }
  if (is_closing_) ExpectEnd(*session);
  session->End();
}

/// Some requests in one go, and their answers.
void Client::RunRound(Session& session) {
  if (is_tls13_ && Chance(12)) UpdateKey(session);
  std::string requests;
  for (unsigned count = Chance(4) ? 2 + Below(5) : 1; count > 0; --count) {
    requests += Compose();
  }
  const auto sent = std::chrono::steady_clock::now();
  if (Chance(4)) {
    SendInPieces(session, requests);
  } else {
    session.Send(requests);
  }
  for (const std::string& body : due_) {
    ReadAnswer(session, body);
    counts_.NoteAnswer(std::chrono::steady_clock::now() - sent);
    if (is_closing_) break;  // What was pipelined behind it has not been answered.
  }
  due_.clear();
}

void Client::UpdateKey(Session& session) {
  // GnuTLS gives up a server that changes its key, asked for it or not, 8 times within a second.
  const auto now = std::chrono::steady_clock::now();
  if (now - last_key_update_ < std::chrono::milliseconds(300)) return;
  last_key_update_ = now;
  session.UpdateKey();
  counts_.NoteKeyUpdate();
}

/// The next request; its answer is due.
std::string Client::Compose() {
  if (!work_.echo.empty() && Chance(6)) {
    std::string body(1 + Below(60000), '\0');
    for (char& byte : body) byte = static_cast<char>(random_());
    const std::string request = "PUT " + work_.echo + " HTTP/1.1\r\nHost: localhost\r\n" +
                                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                                body;
    due_.push_back(std::move(body));
    return request;
  }
  const File& file = work_.files[Below(work_.files.size())];
  due_.push_back(file.body);
  return "GET " + file.target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

void Client::SendInPieces(Session& session, std::string_view bytes) {
  for (int pieces = 0; pieces < 3 && bytes.size() > 1; ++pieces) {
    const std::size_t size = 1 + Below(bytes.size() - 1);
    session.Send(bytes.substr(0, size));
    bytes.remove_prefix(size);
    std::this_thread::sleep_for(std::chrono::milliseconds(Below(20)));
  }
  session.Send(bytes);
}

void Client::ReceiveMore(Session& session) {
  std::array<char, 16384> room;
  const std::size_t got = session.Receive(room);
  if (got == 0) throw Failure("closed without an answer");
  phase_ = Phase::established;
  input_.append(room.data(), got);
}

void Client::ReadAnswer(Session& session, const std::string& expected) {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == input_.npos) ReceiveMore(session);
  const std::string header = input_.substr(0, end);
  input_.erase(0, end + 4);
  if (!header.starts_with("HTTP/1.1 200 ")) throw Failure(header.substr(0, header.find('\r')));
  if (FieldOf(header, "Content-Length: ") != std::to_string(expected.size())) {
    throw Failure("another length");
  }
  is_closing_ = FieldOf(header, "Connection: ") == "close";
  const bool is_slow = Chance(60);
  while (input_.size() < expected.size()) {
    if (is_slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ReceiveMore(session);
  }
  if (expected.compare(0, expected.size(), input_, 0, expected.size()) != 0) {
    throw Failure("other bytes");
  }
  input_.erase(0, expected.size());
}

void Client::ExpectEnd(Session& session) {
  std::array<char, 1> room;
  if (!input_.empty() || session.Receive(room) != 0) throw Failure("more than announced");
}

}  // namespace tined::bench
