// The load: a closed loop of HTTP/1.1 GETs over keep-alive connections, pipelined batches, or a
// connection per request; or connections that make one request each and then stay idle; with TLS or
// without. Prints one line of JSON. Counts every answer, checks its status and its length, and
// never gives up on an error silently: what went wrong is in `errors`.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tls_client.hpp"

namespace {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

struct Plan {
  int port = 0;
  std::string path = "/";
  int connections = 64;
  int threads = 1;
  double seconds = 2;
  int pipeline = 1;           ///< requests sent at once
  bool per_request = false;   ///< a connection for each request
  int hold = 0;               ///< instead: this many connections, one request each, then idle
  int burst = 1;              ///< with hold: opened before the first of them asks
  std::string header_fields;  ///< ready lines, each ended by CRLF
  bool is_resumed = false;    ///< with TLS: from a session that one connection has begun before
  std::unique_ptr<TlsClient> tls;  ///< null: without
};

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// Times in microseconds: exact up to 128, then within 1.6 %.
class Histogram {
 public:
  void Add(std::uint64_t micros) {
    ++counts_[Slot(micros)];
    ++total_;
  }
  void Merge(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }
  [[nodiscard]] std::uint64_t At(double share) const {
    auto left = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > left) return Value(i);
      left -= counts_[i];
    }
    return 0;
  }

 private:
  static constexpr std::uint64_t kSteps = 64;
  static std::size_t Slot(std::uint64_t micros) {
    if (micros < kSteps) return micros;
    const auto shift = static_cast<std::uint64_t>(std::bit_width(micros) - 7);
    return std::min<std::size_t>(kSteps * shift + (micros >> shift), 64 * 32 - 1);
  }
  static std::uint64_t Value(std::size_t slot) {
    if (slot < kSteps) return slot;
    const std::uint64_t shift = slot / kSteps - 1;
    return (slot - kSteps * shift) << shift;
  }

  std::array<std::uint64_t, 64 * 32> counts_{};
  std::uint64_t total_ = 0;
};

struct Tally {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t bytes = 0;  ///< of content
  Histogram times;

  void Merge(const Tally& other) {
    requests += other.requests;
    errors += other.errors;
    bytes += other.bytes;
    times.Merge(other.times);
  }
};

std::string RequestText(const Plan& plan) {
  std::string text = "GET " + plan.path + " HTTP/1.1\r\nHost: 127.0.0.1:";
  text += std::to_string(plan.port) + "\r\n" + plan.header_fields;
  if (plan.per_request) text += "Connection: close\r\n";
  return text + "\r\n";
}

int Connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) Fail("socket");
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return -1;
  }
  return socket;
}

/// Reads answers one behind the other from pieces of a stream.
class AnswerReader {
 public:
  enum class Outcome : std::uint8_t { need_more, answer, malformed };

  /// Takes from the front of `bytes` up to the end of an answer.
  Outcome Take(std::string_view& bytes) {
    if (!in_body_) {
      const Outcome outcome = TakeHeader(bytes);
      if (outcome != Outcome::answer) return outcome;
    }
    const auto part = std::min<std::uint64_t>(body_left_, bytes.size());
    body_left_ -= part;
    bytes.remove_prefix(part);
    if (body_left_ > 0) return Outcome::need_more;
    in_body_ = false;
    return Outcome::answer;
  }
  [[nodiscard]] std::uint64_t length() const { return length_; }
  /// Content that is known to follow: it may be skipped without being looked at.
  [[nodiscard]] std::uint64_t body_left() const { return in_body_ ? body_left_ : 0; }

 private:
  Outcome TakeHeader(std::string_view& bytes) {
    const std::size_t had = header_.size();
    header_.append(bytes.substr(0, 4096));
    const std::size_t end = header_.find("\r\n\r\n");
    if (end == header_.npos) {
      bytes.remove_prefix(header_.size() - had);
      return header_.size() > 16384 ? Outcome::malformed : Outcome::need_more;
    }
    bytes.remove_prefix(end + 4 - had);
    header_.resize(end + 2);
    const bool is_fine = header_.starts_with("HTTP/1.1 200") && FindLength();
    header_.clear();
    body_left_ = length_;
    in_body_ = true;
    return is_fine ? Outcome::answer : Outcome::malformed;
  }
  bool FindLength() {
    constexpr std::string_view kName = "content-length: ";
    const auto same = [](char a, char b) { return (a | 0x20) == b || a == b; };
    const auto found =
        std::search(header_.begin(), header_.end(), kName.begin(), kName.end(), same);
    if (found == header_.end()) return false;
    const char* const digits = &*found + kName.size();
    return std::from_chars(digits, header_.data() + header_.size(), length_).ec == std::errc();
  }

  std::string header_;
  std::uint64_t length_ = 0;
  std::uint64_t body_left_ = 0;
  bool in_body_ = false;
};

struct Connection {
  int socket = -1;
  int awaited = 0;  ///< answers; 0 with a connection per request: its end
  std::unique_ptr<TlsChannel> tls;
  AnswerReader reader;
  TimePoint sent_at;
};

/// One thread of load with its share of the connections.
class Loader {
 public:
  Loader(const Plan& plan, int connections)
      : plan_(plan), all_(static_cast<std::size_t>(connections)) {
    const std::string one = RequestText(plan);
    for (int i = 0; i < plan.pipeline; ++i) batch_ += one;
    if (plan.tls) engine_ = std::make_unique<TlsEngine>();
  }

  void Run() {
    for (Connection& connection : all_) Open(connection);
    const auto length = std::chrono::duration<double>(plan_.seconds);
    const TimePoint end = Clock::now() + std::chrono::duration_cast<Clock::duration>(length);
    std::array<epoll_event, 256> events;
    while (Clock::now() < end) {
      const int count = ::epoll_wait(epoll_, events.data(), 256, 100);
      for (int i = 0; i < count; ++i) {
        Receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
      }
    }
    for (Connection& connection : all_) Drop(connection);
  }
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  void Open(Connection& connection) {
    connection = {};
    connection.sent_at = Clock::now();
    connection.socket = Connect(plan_.port);
    if (connection.socket < 0) Fail("connect");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event) != 0) Fail("epoll_ctl");
    if (plan_.tls) {
      connection.tls = std::make_unique<TlsChannel>(*plan_.tls, *engine_);
      SendOutput(connection);
    } else {
      Ask(connection);
    }
  }
  void Ask(Connection& connection) {
    if (!plan_.per_request) connection.sent_at = Clock::now();
    connection.awaited = plan_.pipeline;
    if (connection.tls) {
      connection.tls->Seal(batch_);
      return SendOutput(connection);
    }
    const ssize_t sent = ::send(connection.socket, batch_.data(), batch_.size(), MSG_NOSIGNAL);
    // Loopback takes a batch of this size whole into an empty socket.
    if (sent != static_cast<ssize_t>(batch_.size())) Error(connection);
  }
  void SendOutput(Connection& connection) {
    std::string& output = connection.tls->output();
    const ssize_t sent = ::send(connection.socket, output.data(), output.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(output.size())) return Error(connection);
    output.clear();
  }
  void Receive(Connection& connection) {
    static thread_local std::array<char, 256U << 10> room;
    // Long content is taken without being copied (tcp(7), MSG_TRUNC): the load's own work is not
    // what is to be measured.
    const bool is_long = !connection.tls && connection.reader.body_left() >= room.size();
    // What is opened had better still be in the processor's caches.
    const std::size_t most = connection.tls ? 64U << 10 : room.size();
    const ssize_t got =
        ::recv(connection.socket, room.data(), most, MSG_DONTWAIT | (is_long ? MSG_TRUNC : 0));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got == 0 && plan_.per_request && connection.awaited == 0) return Next(connection);
    if (got <= 0) return Error(connection);
    const std::string_view bytes(room.data(), static_cast<std::size_t>(got));
    return connection.tls ? TakeSealed(connection, bytes) : Take(connection, bytes);
  }
  void TakeSealed(Connection& connection, std::string_view bytes) {
    TlsChannel& tls = *connection.tls;
    const bool was_established = tls.is_established();
    if (!tls.Feed(bytes)) return Error(connection);
    if (!was_established) {
      if (tls.is_established()) return Ask(connection);
      if (!tls.output().empty()) SendOutput(connection);
      return;
    }
    // What it said may be no answer: tickets, or its last word.
    const std::string_view plain = tls.TakeInput();
    if (!plain.empty()) Take(connection, plain);
  }
  void Take(Connection& connection, std::string_view bytes) {
    while (!bytes.empty()) {
      switch (connection.reader.Take(bytes)) {
        case AnswerReader::Outcome::need_more:
          break;
        case AnswerReader::Outcome::malformed:
          return Error(connection);
        case AnswerReader::Outcome::answer:
          Count(connection);
          break;
      }
    }
    if (connection.awaited == 0 && !plan_.per_request) Ask(connection);
  }
  void Count(Connection& connection) {
    const auto took = Clock::now() - connection.sent_at;
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    tally_.times.Add(static_cast<std::uint64_t>(micros));
    ++tally_.requests;
    tally_.bytes += connection.reader.length();
    --connection.awaited;
  }
  void Next(Connection& connection) {
    Drop(connection);
    Open(connection);
  }
  void Error(Connection& connection) {
    if (++tally_.errors > 1000) Fail("more than 1000 errors, the last");
    Next(connection);
  }
  static void Drop(Connection& connection) {
    if (connection.socket >= 0) ::close(connection.socket);
    connection.socket = -1;
  }

  const Plan& plan_;
  std::unique_ptr<TlsEngine> engine_;  ///< with TLS
  std::vector<Connection> all_;
  std::string batch_;
  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  Tally tally_;
};

Tally Load(const Plan& plan) {
  std::vector<Loader> loaders;
  for (int i = 0; i < plan.threads; ++i)
    loaders.emplace_back(plan, plan.connections / plan.threads);
  std::vector<std::thread> threads;
  for (Loader& loader : loaders) threads.emplace_back([&loader] { loader.Run(); });
  Tally sum;
  for (int i = 0; i < plan.threads; ++i) {
    threads[static_cast<std::size_t>(i)].join();
    sum.Merge(loaders[static_cast<std::size_t>(i)].tally());
  }
  return sum;
}

void SendAll(int socket, std::string_view bytes) {
  if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) Fail("send");
}

std::string_view ReceiveSome(int socket) {
  static std::array<char, 65536> room;
  const ssize_t got = ::recv(socket, room.data(), room.size(), 0);
  if (got <= 0) Fail("an idle connection got no answer");
  return {room.data(), static_cast<std::size_t>(got)};
}

void AskOnce(int socket, const std::string& request) {
  SendAll(socket, request);
  AnswerReader reader;
  for (;;) {
    std::string_view bytes = ReceiveSome(socket);
    if (reader.Take(bytes) == AnswerReader::Outcome::answer) return;
  }
}

void AskOnce(int socket, const std::string& request, TlsChannel& tls) {
  AnswerReader reader;
  for (bool has_asked = false;;) {
    if (tls.is_established() && !std::exchange(has_asked, true)) tls.Seal(request);
    if (!tls.output().empty()) SendAll(socket, tls.output());
    tls.output().clear();
    if (!tls.Feed(ReceiveSome(socket))) Fail("an idle connection has no TLS");
    std::string_view bytes = tls.TakeInput();
    if (!bytes.empty() && reader.Take(bytes) == AnswerReader::Outcome::answer) return;
  }
}

/// Opens the connections, lets each have one answer, says so, and keeps them until standard input
/// ends.
void Hold(const Plan& plan) {
  const std::string request = RequestText(plan);
  std::vector<int> held;
  TlsEngine engine;
  while (held.size() < static_cast<std::size_t>(plan.hold)) {
    const std::size_t first = held.size();
    for (int i = 0; i < plan.burst; ++i) {
      held.push_back(Connect(plan.port));
      if (held.back() < 0) Fail("connect");
    }
    for (std::size_t i = first; i < held.size(); ++i) {
      if (plan.tls) {
        TlsChannel tls(*plan.tls, engine);
        AskOnce(held[i], request, tls);
      } else {
        AskOnce(held[i], request);
      }
    }
  }
  std::printf("{\"held\": %zu}\n", held.size());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  // A reset each, so that no port stays behind in TIME_WAIT.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  for (const int socket : held) {
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket);
  }
}

std::string ReadFile(const char* path) {
  std::ifstream file(path);
  if (!file) Fail(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Plan ReadPlan(int argc, char** argv) {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  const auto number = [&](const char* name, int& value) {
    if (given.contains(name)) value = std::atoi(given[name].c_str());
  };
  Plan plan;
  int per_request = 0;
  int has_tls = 0;
  int is_resumed = 0;
  number("--port", plan.port);
  number("--connections", plan.connections);
  number("--threads", plan.threads);
  number("--pipeline", plan.pipeline);
  number("--per-request", per_request);
  number("--hold", plan.hold);
  number("--burst", plan.burst);
  number("--tls", has_tls);
  number("--resume", is_resumed);
  plan.per_request = per_request != 0;
  if (has_tls != 0) plan.tls = std::make_unique<TlsClient>();
  plan.is_resumed = is_resumed != 0;
  if (given.contains("--path")) plan.path = given["--path"];
  if (given.contains("--seconds")) plan.seconds = std::atof(given["--seconds"].c_str());
  if (given.contains("--fields")) plan.header_fields = ReadFile(given["--fields"].c_str());
  return plan;
}

void Print(const Tally& tally, double seconds) {
  const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::printf("{\"requests\": %llu, \"errors\": %llu, \"bytes\": %llu, \"seconds\": %.6f, ",
              number(tally.requests), number(tally.errors), number(tally.bytes), seconds);
  std::printf("\"p50\": %llu, \"p99\": %llu, \"p99.9\": %llu}\n", number(tally.times.At(0.5)),
              number(tally.times.At(0.99)), number(tally.times.At(0.999)));
}

}  // namespace

int main(int argc, char** argv) {
  const Plan plan = ReadPlan(argc, argv);
  if (plan.port == 0) {
    std::fprintf(stderr,
                 "usage: load --port N [--path P] [--connections N] [--threads N] [--seconds S]\n"
                 "            [--pipeline N] [--per-request 1] [--fields FILE]\n"
                 "            [--hold N [--burst N]] [--tls 1 [--resume 1]]\n");
    return 2;
  }
  if (plan.is_resumed && !plan.tls->LearnSession(Connect(plan.port), RequestText(plan))) {
    Fail("the server has given no ticket");
  }
  if (plan.hold > 0) {
    Hold(plan);
    return 0;
  }
  const TimePoint begin = Clock::now();
  const Tally tally = Load(plan);
  Print(tally, std::chrono::duration<double>(Clock::now() - begin).count());
  return tally.errors == 0 ? 0 : 1;
}
