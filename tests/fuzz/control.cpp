// The control protocol, arbitrary bytes from a client to the supervisor's end of it: the first byte
// says in what pieces. Each line is answered with one line that is an answer, in order, and what
// the service carries out is only what was asked for with sense.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "supervisor/control/orders.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::supervisor {
namespace {

using fuzz::Require;
using nlohmann::json;

/// Longer than any input, and than all answers to it.
constexpr std::size_t kRoom = std::size_t{1} << 20;

/// A longer line ends its connection.
constexpr std::size_t kLongest = std::size_t{64} << 10;
constexpr int kMostWorkers = 512;

/// A service of two workers that does nothing, and is settled.
class Obedient {
 public:
  /// The answers to what a client says before it hangs up.
  std::string Answers(std::string_view said, std::size_t step) {
    int ends[2];
    Require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0,
            "there is a socket");
    const Descriptor client(ends[0]);
    control_.Serve(Descriptor(ends[1]));
    std::string answers;
    while (!said.empty()) {
      const std::string_view piece = said.substr(0, step);
      const ssize_t sent = ::send(client.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
      // It has said too much in one line.
      if (sent < 0 && errno == EPIPE) break;
      Require(sent > 0 || errno == EAGAIN, "a client can be heard");
      said.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
      loop_.Turn();
      (void)Take(client.get(), answers);
    }
    ::shutdown(client.get(), SHUT_WR);
    while (Take(client.get(), answers)) loop_.Turn();
    return answers;
  }

 private:
  /// False at the end.
  static bool Take(int client, std::string& answers) {
    static std::string room(kRoom, '\0');
    const ssize_t got = ::recv(client, room.data(), room.size(), 0);
    if (got > 0) answers.append(room, 0, static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && errno == EAGAIN);
  }

  static Orders::Service Service() {
    const auto done = [](const Control::Answer& answer) { answer({{"ok", true}}); };
    return {
        .most_workers = kMostWorkers,
        .status =
            [] {
              return json{{"ok", true}};
            },
        .workers = [] { return json::array(); },
        .check = done,
        .reload = done,
        .upgrade = done,
        .upgrade_outcome = done,
        .is_settled = [] { return true; },
        .count = [] { return 2; },
        .scale =
            [](int count) { Require(count >= 1 && count <= kMostWorkers, "a number of workers"); },
        .worker = [](int number) -> std::optional<Orders::Worker> {
          Require(number >= 0 && number < kMostWorkers, "a number of a worker");
          if (number >= 2) return {};
          return Orders::Worker{number, 100 + number};
        },
        .replace = [](int number) { return number == 0; },
        .trace = [](int number, bool) { return number == 0 ? 0 : EPERM; },
        .living = [] { return std::size_t{2}; },
        .stop = [] {}};
  }

  loop::Loop loop_;
  const Orders orders_{Service()};
  Control control_{loop_, Control::Listen(fuzz::Directory() + "/control.sock", Duration{0}),
                   [this](const json& request, const Control::Answer& answer) {
                     orders_.Obey(request, answer);
                   }};
};

void Check(std::string_view said, std::size_t step) {
  static Obedient supervisor;
  const std::string answers = supervisor.Answers(said, step);
  const auto lines = [](std::string_view text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  Require(said.size() > kLongest || lines(answers) == lines(said), "a line has one answer");
  std::size_t begin = 0;
  while (begin < answers.size()) {
    const std::size_t end = answers.find('\n', begin);
    Require(end != answers.npos, "an answer is a line");
    const json answer =
        json::parse(answers.substr(begin, end - begin), nullptr, /*allow_exceptions=*/false);
    Require(answer.is_object() && answer.at("ok").is_boolean(), "it says whether it is ok");
    Require(answer.at("ok").get<bool>() || !answer.at("errors").at(0).get<std::string>().empty(),
            "or why not");
    begin = end + 1;
  }
}

}  // namespace
}  // namespace tined::supervisor

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view said(reinterpret_cast<const char*>(data) + 1, size - 1);
  tined::supervisor::Check(said, 1U + data[0]);
  return 0;
}
