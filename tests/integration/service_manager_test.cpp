// What systemd hears (sd_notify(3)): start, reload, stop, failure, and the watchdog's pings.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined;
using namespace tined::test;

namespace {

Config OneWorker() {
  return Config()
      .Workers(1, "watchdog: 0")
      .Set("drain_timeout", "7s")
      .Route("/", Respond("pong\\n"));
}

/// systemd's end: collects the messages of a server that is started with it.
class Manager {
 public:
  explicit Manager(Server& server)
      : socket_(Check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
    const std::string path = server.Path("notify.sock");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    Check(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "bind");
    server.environment.push_back("NOTIFY_SOCKET=" + path);
  }

  /// The next message within `patience`; empty when there is none.
  std::string Next(milliseconds patience = kPatience) {
    pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, static_cast<int>(patience.count())) <= 0) return {};
    std::array<char, 8192> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
  }

  /// Waits for a message with `part` in it.
  std::string WaitFor(const std::string& part) {
    std::string message = Next();
    while (!message.empty() && message.find(part) == std::string::npos) message = Next();
    BOOST_REQUIRE_MESSAGE(!message.empty(), "systemd was not told " << part);
    return message;
  }

 private:
  Descriptor socket_;
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(service_manager)

BOOST_AUTO_TEST_CASE(hears_of_start_reload_and_stop) {
  Server server;
  Manager manager(server);
  server.Start(OneWorker());
  BOOST_TEST(manager.Next() == "READY=1\nSTATUS=1 worker, generation 1");
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(Has(manager.Next(), "RELOADING=1\nMONOTONIC_USEC="));
  BOOST_TEST(manager.Next() == "READY=1\nSTATUS=1 worker, generation 2");
  BOOST_TEST(server.Stop() == 0);
  BOOST_TEST(manager.Next() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=12000000\nSTATUS=draining");
}

BOOST_AUTO_TEST_CASE(hears_that_a_refused_reload_has_ended_as_well) {
  Server server;
  Manager manager(server);
  server.Start(OneWorker());
  server.Configure("nonsense: 1");
  BOOST_TEST(server.Reload().status == 1);
  manager.WaitFor("RELOADING=1");
  BOOST_TEST(manager.Next() == "READY=1\nSTATUS=1 worker, generation 1");
}

BOOST_AUTO_TEST_CASE(hears_why_the_start_failed) {
  Server first;
  first.Start(OneWorker());
  const std::string address = "127.0.0.1:" + std::to_string(first.Port());
  Server second;
  Manager manager(second);
  second.Launch(Config().Listener("web", address).Route("/", Respond("x")));
  BOOST_TEST(second.WaitForEnd() == 1);
  BOOST_TEST(manager.Next() == "ERRNO=" + std::to_string(EADDRINUSE) +
                                   "\nSTATUS=cannot listen on " + address +
                                   " (listener `web`): Address already in use");
}

BOOST_AUTO_TEST_CASE(hears_the_first_of_what_is_wrong_with_the_configuration) {
  Server server;
  Manager manager(server);
  server.Launch("first: 1\nsecond: 2\n");
  BOOST_TEST(server.WaitForEnd() == 2);
  const std::string message = manager.Next();
  BOOST_TEST(Has(message, "ERRNO=" + std::to_string(EINVAL) + "\nSTATUS="));
  BOOST_TEST(Has(message, "`first`"));
  BOOST_TEST(!Has(message, "`second`"));
}

BOOST_AUTO_TEST_CASE(watchdog_is_answered_only_while_a_worker_is_alive) {
  constexpr milliseconds kWatchdog{900};
  Server server;
  Manager manager(server);
  server.environment.push_back("WATCHDOG_USEC=900000");
  server.Start(OneWorker());
  manager.WaitFor("WATCHDOG=1");
  manager.WaitFor("WATCHDOG=1");
  const pid_t worker = server.WorkerPids().at(0);
  Kill(worker, SIGSTOP);
  // The last pings of the time when its silence was short; then silence on this side too.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!manager.Next(2 * kWatchdog).empty()) {
    BOOST_REQUIRE(std::chrono::steady_clock::now() < deadline);
  }
  Kill(worker, SIGCONT);
  manager.WaitFor("WATCHDOG=1");
}

BOOST_AUTO_TEST_SUITE_END()
