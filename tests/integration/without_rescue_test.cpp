// Where the kernel refuses what rescue is made of, as in many a container: tined says so, and all
// else works. The same on every machine, by a filter around tined.
#include <signal.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;
namespace data = boost::unit_test::data;

namespace {

const std::vector<std::string> kFilters{"pidfd_getfd", "ptrace", "ptrace,pidfd_getfd"};

Config Serving(int workers) {
  return Config()
      .Workers(workers, "restart: {backoff: 10ms, limit: 1000}")
      .Route("/ping", Respond("pong"))
      .Route("/chaos/", Module("chaos"));
}

void StartFiltered(Server& server, const std::string& calls, int workers = 2) {
  server.wrapper = {Built("tests/integration/forbid"), calls};
  server.Start(Serving(workers));
}

/// Kills the only worker while clients are connected to it.
void LoseConnections(const Server& server, int count) {
  std::vector<Client> clients;
  for (int i = 0; i < count; ++i) {
    clients.emplace_back(server.Port());
    BOOST_TEST(clients.back().Get("/ping").body == "pong");
  }
  server.KillWorker(0, SIGKILL);
  for (Client& client : clients) BOOST_TEST(client.WaitForEnd() != Client::End::deadline);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(without_rescue)

BOOST_AUTO_TEST_CASE(these_tests_find_out_what_tined_finds_out) {
  Server server;
  server.Start(Serving(1));
  const std::string said = server.Status()["rescue"];
  BOOST_TEST(said == (RescueObstacle().empty() ? "on" : "impossible: " + RescueObstacle()));
}

BOOST_DATA_TEST_CASE(it_is_said_at_the_start_once_and_with_what_to_do, data::make(kFilters),
                     calls) {
  Server server;
  StartFiltered(server, calls);
  // With both calls refused, tined names the one it needs first.
  const std::string call = calls.substr(0, calls.find(','));
  server.WaitForLog({"warning ", "(" + call + ")", "connections of a worker that dies are lost",
                     "allow ptrace and pidfd_getfd", "rescue: false"});
  BOOST_TEST(server.Status()["rescue"] ==
             "impossible: " + call + ": Operation not permitted (EPERM)");
  BOOST_TEST(server.Reload().status == 0);
  server.KillWorker(1, SIGKILL);
  server.WaitForLog({"worker died", "worker=1", "gen=2"});
  BOOST_TEST(Eventually([&] { return server.WorkerPids().size() == 2; }));
  BOOST_TEST(server.CountLog("connections of a worker that dies are lost") == 1);
}

BOOST_DATA_TEST_CASE(a_killed_worker_is_replaced_and_what_is_lost_is_counted, data::make(kFilters),
                     calls) {
  Server server;
  StartFiltered(server, calls, 1);
  LoseConnections(server, 3);
  server.WaitForLog({"error rescued connections", "taken=0", "lost=3"});
  BOOST_TEST(Client(server.Port()).Get("/ping").body == "pong");
  BOOST_TEST(server.Status()["rescued"]["lost"] == 3);
  BOOST_TEST(server.Status()["rescued"]["taken"] == 0);
}

BOOST_DATA_TEST_CASE(a_crash_costs_its_worker_and_is_told_with_its_request, data::make(kFilters),
                     calls) {
  Server server;
  StartFiltered(server, calls);
  Client client(server.Port());
  client.SendGet("/chaos/abort");
  BOOST_TEST(client.WaitForEnd() != Client::End::deadline);
  server.WaitForLog({"error a request ended its worker", "SIGABRT", "GET /chaos/abort"});
  BOOST_TEST(Eventually([&] { return server.WorkerPids().size() == 2; }));
  for (int i = 0; i < 4; ++i) BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
}

BOOST_DATA_TEST_CASE(no_request_fails_over_reloads_and_scaling, data::make(kFilters), calls) {
  Server server;
  StartFiltered(server, calls);
  Load load(
      {.port = server.Port(), .connections = 8, .files = {{"/ping", "pong"}}, .may_close = false});
  for (const char* size : {"3", "1", "2"}) {
    const std::uint64_t before = load.answers();
    BOOST_TEST(server.Reload().status == 0);
    BOOST_TEST(server.Ctl({"scale", size}).status == 0);
    BOOST_TEST(Eventually([&] { return load.answers() > before + 100; }));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  BOOST_TEST(server.Status()["rescued"]["lost"] == 0);
}

BOOST_AUTO_TEST_CASE(where_it_is_not_wanted_nothing_is_counted_as_lost) {
  Server server;
  server.Start(Serving(1).Set("rescue", "false"));
  LoseConnections(server, 2);
  BOOST_TEST(Client(server.Port()).Get("/ping").body == "pong");
  BOOST_TEST(server.Status()["rescued"]["lost"] == 0);
}

BOOST_AUTO_TEST_SUITE_END()
