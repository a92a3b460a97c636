#include "tinectl/load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <optional>
#include <stdexcept>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace tined::tinectl {
namespace {

namespace beast = boost::beast;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::milliseconds kInterval{100};

Descriptor ConnectTo(std::uint16_t port) {
  Descriptor socket(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
        "connect");
  return socket;
}

}  // namespace

Question MakeQuestion(const std::string& request, const std::vector<std::string>& fields,
                      const std::string& body) {
  const std::size_t space = request.find(' ');
  const std::string method = space != request.npos ? request.substr(0, space)
                             : body.empty()        ? "GET"
                                                   : "POST";
  const std::string target = space == request.npos ? request : request.substr(space + 1);
  if (!target.starts_with('/') || target.find_first_of(" \r\n") != target.npos) {
    throw std::invalid_argument("`" + request + "` is no request: \"GET /path\" or \"/path\"");
  }
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const std::string& field : fields) {
    if (field.find(':') == field.npos || field.find_first_of("\r\n") != field.npos) {
      throw std::invalid_argument("`" + field + "` is no field: \"Name: value\"");
    }
    text += field + "\r\n";
  }
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return {text + "\r\n" + body, method == "HEAD"};
}

std::chrono::nanoseconds Measured::Percentile(double share) const {
  if (waits.empty()) return {};
  std::vector<std::chrono::nanoseconds> sorted = waits;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
  std::nth_element(sorted.begin(), sorted.begin() + at, sorted.end());
  return sorted[static_cast<std::size_t>(at)];
}

class Load::Connection {
 public:
  explicit Connection(const Load& load) : load_(load) { Connect(); }

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] bool is_waiting() const noexcept { return parser_.has_value(); }

  void Ask() {
    if (!socket_) Connect();
    asked_ = SteadyClock::now();
    parser_.emplace();
    parser_->body_limit(boost::none);
    parser_->eager(true);
    if (load_.question_.is_head) parser_->skip(true);
    std::string_view left = load_.question_.bytes;
    while (!left.empty()) {
      const ssize_t sent = ::send(socket_.get(), left.data(), left.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      // Why, its end says when it is read.
      if (sent < 0) break;
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Takes what has arrived; the answer's status when it is complete, 0 when the connection has
  /// ended before that.
  std::optional<unsigned> Take() {
    std::array<char, std::size_t{64} << 10> room;
    const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), 0);
    beast::error_code error;
    if (got > 0) {
      input_.append(room.data(), static_cast<std::size_t>(got));
      error = Parse();
    } else if (parser_->got_some()) {
      parser_->put_eof(error);
    }
    if (error || (got <= 0 && !parser_->is_done())) return End(0);
    if (!parser_->is_done()) return std::nullopt;
    const unsigned status = parser_->get().result_int();
    return parser_->keep_alive() && got > 0 ? Answered(status) : End(status);
  }

  [[nodiscard]] SteadyClock::duration waited() const { return SteadyClock::now() - asked_; }

 private:
  /// What is not used is the beginning of something: it is kept until there is more of it.
  beast::error_code Parse() {
    beast::error_code error;
    while (!error && !input_.empty() && !parser_->is_done()) {
      input_.erase(0, parser_->put(boost::asio::buffer(input_), error));
    }
    return error == beast::http::error::need_more ? beast::error_code() : error;
  }
  void Connect() { socket_ = ConnectTo(load_.port_); }
  unsigned Answered(unsigned status) {
    parser_.reset();
    input_.clear();
    return status;
  }
  unsigned End(unsigned status) {
    socket_.Reset();
    return Answered(status);
  }

  const Load& load_;
  Descriptor socket_;
  SteadyClock::time_point asked_;
  std::string input_;  ///< arrived and not parsed
  std::optional<beast::http::response_parser<beast::http::string_body>> parser_;
};

Load::Load(std::uint16_t port, Question question, int connections)
    : port_(port), question_(std::move(question)) {
  for (int i = 0; i < connections; ++i) connections_.push_back(std::make_unique<Connection>(*this));
  AskFirst();
}

Load::~Load() = default;

void Load::AskFirst() {
  Connection& first = *connections_.front();
  first.Ask();
  while (first.is_waiting()) {
    pollfd look{.fd = first.descriptor(), .events = POLLIN, .revents = 0};
    if (::poll(&look, 1, std::chrono::milliseconds(kPatience).count()) == 0) {
      throw std::runtime_error("no answer within 30 s");
    }
    if (const std::optional<unsigned> status = first.Take()) expected_status_ = *status;
  }
  if (expected_status_ == 0) throw std::runtime_error("the connection ended without an answer");
}

Measured Load::Run(std::chrono::nanoseconds time, const std::function<void(double)>& meanwhile) {
  Measured measured;
  const auto start = SteadyClock::now();
  auto told = start;
  auto answered = start;
  std::size_t waiting = 0;
  const auto ask = [&](Connection& connection) {
    connection.Ask();
    ++waiting;
  };
  for (const auto& connection : connections_) ask(*connection);
  std::vector<pollfd> looks(connections_.size());
  while (waiting > 0) {
    for (std::size_t i = 0; i < looks.size(); ++i) {
      const Connection& connection = *connections_[i];
      looks[i] = {connection.is_waiting() ? connection.descriptor() : -1, POLLIN, 0};
    }
    ::poll(looks.data(), looks.size(), std::chrono::milliseconds(kInterval).count());
    const auto now = SteadyClock::now();
    const bool goes_on = now - start < time;
    for (std::size_t i = 0; i < looks.size(); ++i) {
      if (looks[i].revents == 0) continue;
      Connection& connection = *connections_[i];
      const std::optional<unsigned> status = connection.Take();
      if (!status) continue;
      answered = now;
      --waiting;
      if (*status == 0) {
        ++measured.lost;
      } else {
        ++(*status == expected_status_ ? measured.answers : measured.others);
        measured.waits.push_back(connection.waited());
      }
      if (goes_on) ask(connection);
    }
    if (now - told >= kInterval) {
      told = now;
      meanwhile(std::min(
          1.0, std::chrono::duration<double>(now - start) / std::chrono::duration<double>(time)));
    }
    if (now - answered > kPatience) throw std::runtime_error("nothing is answered for 30 s");
  }
  measured.time = SteadyClock::now() - start;
  return measured;
}

}  // namespace tined::tinectl
