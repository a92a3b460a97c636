// How many connections one client may have (`limits.connections`): counted by all workers together,
// over their deaths, reloads and upgrades.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/secure_client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr const char* kThree = "limits: {connections: {count: 3}}";

Config Few(const std::string& more = kThree, int workers = 2) {
  return Config().Workers(workers).Listener("web", "127.0.0.1:0", more).Route("/", Respond("hi"));
}

struct Crowded {
  /// As many as there may be, each of which is served.
  void Fill(int count = 3) {
    for (int i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<Client>(server.Port()));
      BOOST_TEST(clients.back()->Get("/").status == 200);
    }
  }
  /// One more is turned away.
  void ExpectFull() const {
    const Answer refused = GetOnce(server.Port(), "/");
    BOOST_TEST(refused.status == 429);
    BOOST_TEST(refused["Retry-After"] == "1");
    BOOST_TEST(refused["Connection"] == "close");
  }
  [[nodiscard]] bool IsServed() const { return GetOnce(server.Port(), "/").status == 200; }
  void ExpectAllServed() {
    for (const auto& client : clients) BOOST_TEST(client->Get("/").status == 200);
  }

  Server server;
  std::vector<std::unique_ptr<Client>> clients;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(connections, Crowded)

BOOST_AUTO_TEST_CASE(more_than_there_may_be_are_turned_away_until_one_has_ended) {
  server.Start(Few());
  Fill();
  for (int i = 0; i < 5; ++i) ExpectFull();
  ExpectAllServed();
  BOOST_TEST(server.Status()["connections"]["refused"] == 5);
  BOOST_TEST(server.CountLog("turns away connections of a client that has as many as it may") > 0);
  clients.pop_back();
  BOOST_TEST(Eventually([&] { return IsServed(); }));
}

BOOST_AUTO_TEST_CASE(a_general_limit_is_for_listeners_that_say_nothing) {
  server.Start(Config()
                   .Set("limits", "{connections: {count: 2}}")
                   .Listener("web")
                   .Route("/", Respond("hi"))
                   .Listener("wide", "127.0.0.1:0", kThree)
                   .Route("/", Respond("wide")));
  Fill(2);
  ExpectFull();
  std::vector<std::unique_ptr<Client>> others;
  for (int i = 0; i < 3; ++i) {
    others.push_back(std::make_unique<Client>(server.Port("wide")));
    BOOST_TEST(others.back()->Get("/").body == "wide");
  }
  BOOST_TEST(GetOnce(server.Port("wide"), "/").status == 429);
}

BOOST_AUTO_TEST_CASE(proxies_and_clients_of_unix_sockets_are_not_counted) {
  server.Start(Config()
                   .Listener("web", "127.0.0.1:0",
                             "trusted_proxies: 127.0.0.1\n    limits: {connections: {count: 1}}")
                   .Route("/", Respond("hi"))
                   .Listener("local", "unix:${DIR}/u.sock", "limits: {connections: {count: 1}}")
                   .Route("/", Respond("local")));
  Fill(3);
  Client one(server.Path("u.sock"));
  Client other(server.Path("u.sock"));
  BOOST_TEST(one.Get("/").body == "local");
  BOOST_TEST(other.Get("/").body == "local");
}

BOOST_AUTO_TEST_CASE(sessions_of_tls_count_from_the_end_of_their_handshakes) {
  const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
  server.Write("a.pem", pair.Certificate());
  server.Write("a.key", pair.PrivateKey());
  server.Start(
      Few("tls: {certificates: [{certificate: a.pem, key: a.key}]}\n    " + std::string(kThree)));
  std::vector<std::unique_ptr<SecureClient>> sessions;
  for (int i = 0; i < 3; ++i) {
    sessions.push_back(std::make_unique<SecureClient>(server.Port(), SecureClient::Wanted()));
    BOOST_TEST(sessions.back()->Get("/").status == 200);
  }
  for (int i = 0; i < 2; ++i) {
    SecureClient other(server.Port(), {});
    BOOST_CHECK_THROW((void)other.ReadBytes(1), std::runtime_error);
    BOOST_TEST(server.Reload().status == 0);
    for (const auto& session : sessions) BOOST_TEST(session->Get("/").status == 200);
  }
  BOOST_TEST(server.Status()["connections"]["refused"] == 2);
  sessions.pop_back();
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 2; }));
  SecureClient another(server.Port(), {});
  BOOST_TEST(another.Get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(connections_that_move_count_where_they_are) {
  server.Start(Few());
  Fill();
  for (int i = 0; i < 3; ++i) {
    server.Configure(Few(kThree, 2 + i % 2));
    BOOST_TEST(server.Reload().status == 0);
    ExpectAllServed();
    BOOST_TEST(Eventually([&] { return server.WorkerPids("draining").empty(); }));
    ExpectFull();
  }
  // A lower limit ends none that is there.
  server.Configure(Few("limits: {connections: {count: 1}}"));
  BOOST_TEST(server.Reload().status == 0);
  ExpectAllServed();
  ExpectFull();
  clients.clear();
  BOOST_TEST(Eventually([&] { return IsServed(); }));
}

BOOST_AUTO_TEST_CASE(those_of_a_dead_worker_count_where_they_go_on, *NeedsRescue()) {
  server.Start(Few());
  Fill();
  for (const int slot : {0, 1}) {
    const std::size_t at = server.LogSize();
    server.KillWorker(slot, SIGKILL);
    server.WaitForLog({"worker is ready", "worker=" + std::to_string(slot)}, at);
    ExpectAllServed();
  }
  ExpectFull();
  clients.clear();
  BOOST_TEST(Eventually([&] { return IsServed(); }));
}

BOOST_AUTO_TEST_CASE(of_a_dead_worker_that_cannot_be_rescued_none_counts) {
  server.Start(Few().Set("rescue", "false"));
  Fill();
  ExpectFull();
  for (const int slot : {0, 1}) {
    const std::size_t at = server.LogSize();
    server.KillWorker(slot, SIGKILL);
    server.WaitForLog({"worker is ready", "worker=" + std::to_string(slot)}, at);
  }
  clients.clear();
  Fill();
  ExpectFull();
}

BOOST_AUTO_TEST_SUITE_END()
