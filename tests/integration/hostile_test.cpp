// Workers that somebody else has taken over: what they write into the memory that they share with
// the supervisor costs them their own connections, nothing else.
#include <signal.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

constexpr const char* kRestart =
    "restart: {backoff: 10ms, backoff_max: 20ms, limit: 10000, within: 1s}";

Config Serving(int workers, const std::string& more = kRestart) {
  return Config()
      .Workers(workers, more)
      .Route("/ping", Respond("pong"))
      .Route("/lurk", Module("lurks"), "replay: none")
      .Route("/scribble", Module("scribbles"), "replay: none")
      .Route("/own/", Files("${DIR}/www"))
      .Route("/kills", Respond("poison that kills"))
      .Route("/hangs", Respond("poison that hangs"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile)

BOOST_DATA_TEST_CASE(who_goes_on_writing_to_a_dead_workers_memory_cannot_end_the_service,
                     boost::unit_test::data::make({"/lurk?inbox", "/lurk"}), target) {
  Server server;
  server.Write("www/0", "");
  server.Start(Serving(1));
  for (int death = 0; death < 20; ++death) {
    const std::size_t at = server.LogSize();
    std::vector<pid_t> workers;
    BOOST_REQUIRE(Eventually([&] {
      workers = server.WorkerPids();
      return workers.size() == 1;
    }));
    Client client(server.Port());
    client.SendGet(target);
    // Its records scribbled over, the worker may die before it has answered, and a record that says
    // that the request is new has the next worker lurked upon as well.
    if (std::string_view(target) == "/lurk?inbox") BOOST_REQUIRE(client.Read().body == "lurking");
    Kill(workers[0], SIGKILL);
    server.WaitForLog({"worker is ready"}, at);
  }
  BOOST_TEST(Eventually([&] {
    try {
      return GetOnce(server.Port(), "/ping").body == "pong";
    } catch (const std::runtime_error&) {
      return false;
    }
  }));
  BOOST_TEST(server.Stop() == 0);
}

/// What a client gets behind `rest`, the end of its request: its own bytes, or the end.
bool GetsItsOwn(Client& client, std::string_view rest, const std::string& own) {
  try {
    client.Send(rest);
    const Answer answer = client.Read();
    return answer.status == 0 || (answer.status == 200 && answer.body == own);
  } catch (const std::exception& error) {
    return std::string_view(error.what()).find("reset") != std::string_view::npos ||
           std::string_view(error.what()).find("Broken pipe") != std::string_view::npos;
  }
}

BOOST_AUTO_TEST_CASE(wild_writes_into_records_show_nobody_anothers_bytes, *NeedsRescue()) {
  constexpr int kClients = 15;
  Server server;
  const auto own = [](int i) {
    return std::string(500 + static_cast<std::size_t>(i), static_cast<char>('a' + i));
  };
  for (int i = 0; i < kClients; ++i) server.Write("www/" + std::to_string(i), own(i));
  server.Start(Serving(1));
  int unserved = 0;
  for (int round = 0; round < 12; ++round) {
    std::vector<Client> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back(server.Port()).Send("GET /own/" + std::to_string(i) + " HTTP/1.1\r\n");
    }
    BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == kClients; }));
    const std::size_t at = server.LogSize();
    Client writer(server.Port());
    writer.Send("POST /scribble HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n");
    server.WaitForLog({"worker is ready"}, at);
    for (int i = 0; i < kClients; ++i) {
      const bool is_own =
          GetsItsOwn(clients[static_cast<std::size_t>(i)], "Host: t\r\n\r\n", own(i));
      BOOST_TEST(is_own, "client " << i << " of round " << round);
    }
    clients.clear();
    unserved = server.Status()["rescued"]["lost"];
  }
  BOOST_TEST(unserved > 0);  // The writes did hit.
  BOOST_TEST(unserved < 12 * 6);
}

// Something else is preloaded, which AddressSanitizer must be first of.
BOOST_TEST_DECORATOR(*NeedsRescue() * NotSanitized())
BOOST_DATA_TEST_CASE(a_connection_whose_bytes_end_workers_costs_two_of_them,
                     boost::unit_test::data::make({"/kills", "/hangs"}), target) {
  Server server;
  server.Write("www/0", "");
  server.environment = {"LD_PRELOAD=" + Built("tests/modules/poisons.so")};
  server.Start(Serving(2, std::string("watchdog: 500ms, ") + kRestart));
  std::vector<Client> idle;
  for (int i = 0; i < 100; ++i) idle.emplace_back(server.Port());
  for (Client& client : idle) BOOST_REQUIRE(client.Get("/ping").body == "pong");
  Client client(server.Port());
  client.SendGet(target);
  BOOST_TEST(client.WaitForEnd() != Client::End::deadline);
  server.WaitForLog({"a connection has ended workers again and again", "listener=web", "faults=2"});
  for (Client& each : idle) BOOST_REQUIRE(each.Get("/ping").body == "pong");
  BOOST_TEST(server.Status()["rescued"]["lost"] == 1);
  BOOST_TEST(server.HasLogged("worker died", 2));
}

BOOST_AUTO_TEST_SUITE_END()
