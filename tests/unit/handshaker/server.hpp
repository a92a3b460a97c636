// A handshaker in a thread of its own, with a listening socket, a supervisor's end and a worker's
// end that a test holds; and clients that come to it by TCP.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "channels/control_pair.hpp"
#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "handshaker/handshaker.hpp"
#include "ledger/ledger.hpp"
#include "tests/unit/handshake/client.hpp"

namespace tined::handshaker {

using handshake::Client;

inline constexpr Duration kPatience = std::chrono::seconds(10);

/// Whether `holds` within some time.
template <typename Condition>
bool Wait(Condition holds, Duration patience = kPatience) {
  const TimePoint end = Clock::now() + patience;
  while (!holds()) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline Descriptor Listen() {
  Descriptor socket(
      Check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Check(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  Check(::listen(socket.get(), 1024), "listen");
  return socket;
}

inline std::uint16_t PortOf(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

class Server {
 public:
  struct Wanted {
    std::size_t pending = 1024;
    Duration timeout = kPatience;
    bool accepts = true;
    handshake::Listener::Change change = {};
  };

  Server() : Server(Wanted()) {}
  explicit Server(const Wanted& wanted)
      : listener_(wanted.change), thread_([this, wanted] {
          Handshaker::Plan plan{.listeners = {},
                                .control = std::move(control_.child),
                                .channel = std::move(channel_.give),
                                .board = &board_,
                                .most_pending = wanted.pending,
                                .housekeeping = {},
                                .on_staple = {}};
          plan.listeners.push_back({.site = {.name = ledger::ListenerName("web"),
                                             .socket_id = 42,
                                             .context = &listener_.context(),
                                             .timeout = wanted.timeout},
                                    .socket = Descriptor(::dup(socket_.get())),
                                    .listener = 0});
          Handshaker(std::move(plan)).Run();
          has_ended_ = true;
        }) {
    channels::Message message;
    BOOST_REQUIRE(Wait([&] {
      return channels::ReceiveMessage(control_.supervisor.get(), message) ==
             channels::ReceiveResult::received;
    }));
    BOOST_TEST((message.order.kind == channels::MessageKind::ready));
    if (wanted.accepts) Order({channels::MessageKind::accept});
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    control_.supervisor.Reset();
    thread_.join();
  }

  void Order(const channels::Order& order, int descriptor = -1) {
    BOOST_REQUIRE((channels::SendMessage(control_.supervisor.get(), order, descriptor) ==
                   channels::SendResult::sent));
  }

  /// The next connection that a worker gets.
  std::unique_ptr<channels::IncomingParcel> Take() {
    auto parcel = std::make_unique<channels::IncomingParcel>();
    const channels::Inbox inbox(memory_.inbox());
    const bool is_there = Wait([&] {
      return inbox.Receive(channel_.take.get(), *parcel) == channels::ReceiveResult::received;
    });
    BOOST_REQUIRE(is_there);
    BOOST_REQUIRE(parcel->tls != nullptr);
    return parcel;
  }
  /// Returns when the handshaker has seen to all that had happened before the call. Of connections
  /// that nobody has taken yet, none is left.
  void Settle() {
    // One turn might have been under way: its events were asked for earlier.
    for (int turn = 0; turn < 2; ++turn) {
      channels::HandoffEnds other = Narrow(channels::MakeHandoffChannel());
      Order({channels::MessageKind::give_to}, other.give.get());
      other.give.Reset();
      // It has let go of the channel before.
      pollfd end{.fd = channel_.take.get(), .events = POLLRDHUP, .revents = 0};
      BOOST_REQUIRE(::poll(&end, 1, static_cast<int>(kPatience.count())) == 1);
      channel_.take = std::move(other.take);
    }
  }

  [[nodiscard]] std::uint16_t port() const { return PortOf(socket_.get()); }
  [[nodiscard]] const shared::HandshakerBoard& board() const { return board_; }
  [[nodiscard]] handshake::Listener& listener() { return listener_; }
  [[nodiscard]] channels::HandoffEnds& channel() { return channel_; }
  [[nodiscard]] bool has_ended() const { return has_ended_; }

 private:
  handshake::Listener listener_;
  Descriptor socket_ = Listen();
  shared::HandshakerBoard board_;
  channels::ControlPair control_ = channels::MakeControlPair();
  channels::HandoffEnds channel_ = Narrow(channels::MakeHandoffChannel());
  const ledger::Ledger memory_{1, 4096};
  std::atomic<bool> has_ended_ = false;
  std::thread thread_;

  /// A channel that is full soon.
  static channels::HandoffEnds Narrow(channels::HandoffEnds ends) {
    const int size = 1;
    ::setsockopt(ends.give.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return ends;
  }
};

/// A client of a server, with a socket that does not wait for longer than a test may take.
class Visitor {
 public:
  explicit Visitor(const Server& server, const Client::Wanted& wanted = {})
      : Visitor(server.port(), wanted) {}
  explicit Visitor(std::uint16_t port, const Client::Wanted& wanted = {})
      : tls_(wanted), socket_(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Check(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address),
          "connect");
  }

  void Send(std::string_view bytes) {
    sent_ += bytes.size();
    BOOST_REQUIRE(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
  }
  /// Some bytes; none when the server has closed, or reset.
  std::string Receive() {
    std::string bytes(1U << 16, '\0');
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    received_ += bytes.size();
    return bytes;
  }
  std::string ReceiveAll() {
    std::string all;
    for (std::string some = Receive(); !some.empty(); some = Receive()) all += some;
    return all;
  }
  /// Begins a handshake, without ever having looked for an answer.
  void Hello() { Send(tls_.Say()); }
  /// Goes on with it to its end. `step`: bytes at a time.
  bool Finish(std::size_t step = std::string::npos) {
    while (!tls_.is_established()) {
      const std::string heard = Receive();
      if (heard.empty()) return false;
      const std::string said = tls_.Say(heard);
      for (std::size_t at = 0; at < said.size(); at += std::min(step, said.size())) {
        Send(std::string_view(said).substr(at, step));
      }
    }
    return true;
  }
  bool Shake() {
    Hello();
    return Finish();
  }

  [[nodiscard]] Client& tls() { return tls_; }
  [[nodiscard]] int socket() const { return socket_.get(); }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  Client tls_;
  Descriptor socket_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace tined::handshaker
