// A worker whose connections have run out: the ones that have been idle for longest make room.
#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr int kMost = 20;

Config Serving(int workers) {
  return Config()
      .Workers(workers, "max_connections: 20")
      .Set("timeouts", "{header: 60s, body: 60s}")
      .Route("/", Respond("hello"));
}

/// As many clients as there is room for, known to the server.
std::vector<Client> Fill(const Server& server, int count) {
  std::vector<Client> clients;
  for (int i = 0; i < count; ++i) {
    clients.emplace_back(server.Port());
    BOOST_REQUIRE(
        Eventually([&] { return server.Status()["connections"]["open"] == clients.size(); }));
  }
  return clients;
}

int Displaced(const Server& server) { return server.Status()["connections"]["displaced"]; }

}  // namespace

BOOST_AUTO_TEST_SUITE(room)

BOOST_AUTO_TEST_CASE(clients_that_say_nothing_make_room_the_oldest_first) {
  Server server;
  server.Start(Serving(1));
  std::vector<Client> silent = Fill(server, kMost);
  Client next(server.Port());
  BOOST_TEST(next.Get("/").status == 200);
  BOOST_TEST(Displaced(server) == 1);
  BOOST_TEST(silent.front().WaitForEnd() == Client::End::closed);
  BOOST_TEST(silent.back().Get("/").status == 200);
  for (int i = 0; i < 5; ++i) BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(between_requests_the_one_that_asked_longest_ago_makes_room) {
  Server server;
  server.Start(Serving(1));
  std::vector<Client> clients = Fill(server, kMost);
  for (Client& client : clients) BOOST_REQUIRE(client.Get("/").status == 200);
  BOOST_REQUIRE(clients[0].Get("/").status == 200);
  Client next(server.Port());
  BOOST_TEST(next.Get("/").status == 200);
  BOOST_TEST(clients[1].WaitForEnd() == Client::End::closed);
  BOOST_TEST(clients[0].Get("/").status == 200);
  BOOST_TEST(clients[2].Get("/").status == 200);
  BOOST_TEST(Displaced(server) == 1);
}

BOOST_AUTO_TEST_CASE(a_request_in_progress_keeps_its_place) {
  Server server;
  server.Start(Serving(1));
  std::vector<Client> busy = Fill(server, kMost);
  for (int i = 0; i < kMost; ++i) {
    busy[static_cast<std::size_t>(i)].Send(
        i % 2 == 0 ? "GET / HT" : "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n12");
  }
  const pid_t worker = server.WorkerPids().front();
  Client next(server.Port());
  next.SendGet("/");
  const milliseconds before = CpuTimeOf(worker);
  BOOST_TEST(!next.WaitForBytes(milliseconds(1500)));
  BOOST_TEST((CpuTimeOf(worker) - before < milliseconds(500)));
  BOOST_TEST(Displaced(server) == 0);
  for (int i = 0; i < kMost; ++i) {
    Client& client = busy[static_cast<std::size_t>(i)];
    client.Send(i % 2 == 0 ? "TP/1.1\r\nHost: test\r\n\r\n" : "345");
    BOOST_TEST(client.Read().status == 200);
  }
  BOOST_TEST(next.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(nobody_makes_room_while_another_worker_has_some) {
  Server server;
  server.Start(Serving(2));
  std::vector<Client> silent = Fill(server, 2 * kMost);
  BOOST_TEST(Displaced(server) == 0);
  BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
  BOOST_TEST(Displaced(server) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
