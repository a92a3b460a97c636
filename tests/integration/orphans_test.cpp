// The supervisor itself is killed: what its workers do, and how long.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <system_error>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr seconds kDrainTimeout{4};

Config Serving(const std::string& address) {
  return Config()
      .Set("drain_timeout", "4s")
      .Workers(2)
      .Listener("web", address)
      .Route("/", Respond("pong\\n"));
}

void ExpectGone(const std::vector<pid_t>& workers) {
  for (const pid_t worker : workers) {
    BOOST_TEST(Eventually([&] { return !IsRunning(worker); }), "worker " << worker << " stays");
  }
}

bool IsRefused(std::uint16_t port) {
  try {
    Client client(port);
    return false;
  } catch (const std::system_error& error) {
    return error.code() == std::errc::connection_refused;
  }
}

void KillSupervisor(Server& server) {
  server.Signal(SIGKILL);
  BOOST_TEST(server.WaitForEnd() == 128 + SIGKILL);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(orphans)

BOOST_AUTO_TEST_CASE(end_at_once_when_they_have_nobody_to_serve) {
  Server server;
  server.Start(Serving("127.0.0.1:0"));
  const auto workers = server.WorkerPids();
  KillSupervisor(server);
  ExpectGone(workers);
}

BOOST_AUTO_TEST_CASE(serve_those_that_are_connected_until_drain_timeout) {
  Server server;
  server.Start(Serving("127.0.0.1:0"));
  const auto workers = server.WorkerPids();
  const std::uint16_t port = server.Port();
  Client busy(port);
  Client idle(port);
  BOOST_TEST(busy.Get("/").body == "pong\n");
  BOOST_TEST(idle.Get("/").body == "pong\n");
  const auto killed = std::chrono::steady_clock::now();
  KillSupervisor(server);
  // The addresses are free for another one at once.
  BOOST_TEST(Eventually([&] { return IsRefused(port); }, seconds(2)));
  int answers = 0;
  for (Answer answer = busy.Get("/"); answer.status != 0; answer = busy.Get("/")) {
    BOOST_TEST(answer.body == "pong\n");
    ++answers;
    if (answer["Connection"] == "close") break;
  }
  BOOST_TEST(answers > 1);
  BOOST_TEST(busy.WaitForEnd() == Client::End::closed);
  BOOST_TEST(idle.WaitForEnd() == Client::End::closed);
  const auto served = std::chrono::steady_clock::now() - killed;
  BOOST_TEST((served > kDrainTimeout / 2));
  ExpectGone(workers);
  // And some, for a busy machine.
  BOOST_TEST((std::chrono::steady_clock::now() - killed < 2 * kDrainTimeout));
}

BOOST_AUTO_TEST_CASE(that_drained_already_end_in_time_as_well) {
  Server server;
  server.Start(Serving("127.0.0.1:0"));
  const auto workers = server.WorkerPids();
  Client client(server.Port());
  BOOST_TEST(client.Get("/").body == "pong\n");
  // The listener goes, and with it the reason to hand its connections over: they drain.
  server.Configure(Serving("127.0.0.2:0"));
  BOOST_TEST(server.Reload().status == 0);
  KillSupervisor(server);
  ExpectGone(workers);
}

BOOST_AUTO_TEST_CASE(make_room_for_the_next_server_at_the_same_address) {
  Server killed;
  killed.Start(Serving("127.0.0.1:0"));
  const std::uint16_t port = killed.Port();
  Client client(port);
  BOOST_TEST(client.Get("/").body == "pong\n");
  const auto workers = killed.WorkerPids();
  KillSupervisor(killed);
  BOOST_TEST(Eventually([&] { return IsRefused(port); }));
  Server next;
  next.Start(Serving("127.0.0.1:" + std::to_string(port)));
  BOOST_TEST(GetOnce(port, "/").body == "pong\n");
  BOOST_TEST(client.Get("/").body == "pong\n");
  ExpectGone(workers);
}

BOOST_AUTO_TEST_SUITE_END()
