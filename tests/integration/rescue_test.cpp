// Connections outlive workers: killed, crashed, hung, recycled, drained, reloaded. No client may
// notice, but the one whose request was at fault.
#include <signal.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <optional>
#include <random>

#include "tests/file_ways.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

/// For workers that are ended all the time.
const std::string kRestart =
    "restart: {backoff: 10ms, backoff_max: 20ms, limit: 10000, within: 1s}";

/// Files, the chaos module, and a module that sleeps.
Config Serving(int workers, const std::string& io = "sendfile", const std::string& chaos = "",
               const std::string& address = "127.0.0.1:0") {
  return Config()
      .Workers(workers, kRestart)
      .Listener("web", address)
      .Route("/", Files("${DIR}/www", "io: " + io))
      .Route("/ping", Respond("pong"))
      .Route("/chaos", Module("chaos"), chaos)
      .Route("/sleep", Module("sleep"));
}

std::string RandomBytes(std::size_t size) {
  std::mt19937_64 random(size);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// A server under the load of clients that check every byte.
struct Loaded {
  explicit Loaded(const Config& config, int connections = 16, int pipelined = 1) {
    const std::string small = RandomBytes(1024);
    const std::string middle = RandomBytes(64U << 10);
    const std::string large = RandomBytes(8U << 20);
    server.Write("www/small", small);
    server.Write("www/middle", middle);
    server.Write("www/large", large);
    server.Start(config);
    load.emplace(Load::Settings{
        .port = server.Port(),
        .connections = connections,
        .pipelined = pipelined,
        .files = {{"/small", small}, {"/middle", middle}, {"/small", small}, {"/large", large}},
        .may_close = false});
  }

  /// Waits until the clients have had `more` answers.
  void WaitForAnswers(std::uint64_t more) {
    const std::uint64_t wanted = load->answers() + more;
    BOOST_TEST(Eventually([&] { return load->answers() >= wanted; }));
  }
  void ExpectNoFailure() {
    load->Stop();
    BOOST_TEST(load->failures() == 0U, load->first_failure());
    BOOST_TEST(server.Status()["rescued"]["lost"] == 0);
  }

  Server server;
  std::optional<Load> load;
};

void KillOften(Loaded& loaded, int signal, int times) {
  std::mt19937 random(static_cast<unsigned>(signal));
  for (int i = 0; i < times; ++i) {
    loaded.WaitForAnswers(random() % 50);
    const std::vector<pid_t> pids = loaded.server.WorkerPids();
    if (!pids.empty()) Kill(pids[random() % pids.size()], signal);
  }
}

/// The process that traces `pid`; 0: none.
pid_t TracerOf(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("TracerPid:")) return std::stoi(line.substr(10));
  }
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rescue)

BOOST_TEST_DECORATOR(*NeedsRescue())
BOOST_DATA_TEST_CASE(no_request_fails_when_workers_are_killed,
                     boost::unit_test::data::make(kFileWays), io) {
  Loaded loaded(Serving(2, io));
  KillOften(loaded, SIGKILL, 10);
  loaded.ExpectNoFailure();
  BOOST_TEST(loaded.server.Status()["rescued"]["taken"] > 0);
}

BOOST_TEST_DECORATOR(*NeedsRescue())
BOOST_DATA_TEST_CASE(no_pipelined_request_fails_when_workers_are_killed,
                     boost::unit_test::data::make(kFileWays), io) {
  Loaded loaded(Serving(2, io), 8, 8);
  KillOften(loaded, SIGKILL, 10);
  loaded.ExpectNoFailure();
}

BOOST_AUTO_TEST_CASE(no_request_fails_when_a_crash_comes_from_outside, *NeedsRescue()) {
  Loaded loaded(Serving(2));
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE}) KillOften(loaded, signal, 5);
  loaded.ExpectNoFailure();
}

BOOST_TEST_DECORATOR(*NeedsRescue())
BOOST_DATA_TEST_CASE(with_one_worker_connections_wait_for_its_replacement,
                     boost::unit_test::data::make(kFileWays), io) {
  Loaded loaded(Serving(1, io));
  KillOften(loaded, SIGKILL, 4);
  loaded.ExpectNoFailure();
}

BOOST_DATA_TEST_CASE(no_request_fails_over_reloads, boost::unit_test::data::make(kFileWays), io) {
  Loaded loaded(Serving(2, io));
  for (int i = 0; i < 4; ++i) BOOST_TEST(loaded.server.Reload().status == 0);
  loaded.ExpectNoFailure();
}

BOOST_TEST_DECORATOR(*NeedsRescue())
BOOST_DATA_TEST_CASE(a_cold_file_arrives_whole_while_its_workers_die,
                     boost::unit_test::data::make(kFileWays), io) {
  Server server;
  const std::string big = RandomBytes(32U << 20);
  server.Write("www/big", big);
  server.Start(Serving(2, io));
  if (server.CountLog("workers cannot be traced") > 0) return;
  Client client(server.Port());
  client.SendGet("/big");
  BOOST_TEST(client.ReadHeader().status == 200);
  std::string received;
  constexpr std::size_t kPiece = 2U << 20;
  while (received.size() < big.size()) {
    (void)Chill(server.Path("www/big"));
    received += client.ReadBytes(kPiece);
    const std::size_t at = server.LogSize();
    for (const pid_t pid : server.WorkerPids()) Kill(pid, SIGKILL);
    server.WaitForLog({"worker is ready"}, at);
  }
  BOOST_TEST((received == big));
  BOOST_TEST(client.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(no_request_fails_while_workers_are_recycled) {
  Loaded loaded(Serving(2).Workers(2, kRestart + ", recycle: {requests: 200}"));
  BOOST_TEST(Eventually([&] { return loaded.server.CountLog("recycling a worker") >= 5; }));
  loaded.ExpectNoFailure();
  loaded.server.WaitForLog({"recycling a worker", "reason=requests"});
}

BOOST_AUTO_TEST_CASE(no_request_fails_while_the_pool_is_scaled_and_drained) {
  Loaded loaded(Serving(2));
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(loaded.server.Ctl({"scale", "4"}).status == 0);
    loaded.WaitForAnswers(20);
    BOOST_TEST(loaded.server.Ctl({"scale", "1"}).status == 0);
    BOOST_TEST(Eventually([&] { return loaded.server.WorkerPids().size() == 1; }));
    const pid_t before = loaded.server.WorkerPids().at(0);
    BOOST_TEST(loaded.server.Ctl({"drain", "0"}).status == 0);
    BOOST_TEST(Eventually([&] {
      const auto pids = loaded.server.WorkerPids();
      return pids.size() == 1 && pids[0] != before;
    }));
  }
  loaded.ExpectNoFailure();
}

BOOST_AUTO_TEST_CASE(no_request_fails_when_all_of_it_happens_at_once, *NeedsRescue()) {
  Loaded loaded(Serving(3).Workers(3, kRestart + ", recycle: {requests: 500}"), 16, 4);
  for (int i = 0; i < 8; ++i) {
    KillOften(loaded, i % 2 == 0 ? SIGKILL : SIGSEGV, 2);
    BOOST_TEST(loaded.server.Reload().status == 0);
    (void)loaded.server.Ctl({"scale", std::to_string(1 + i % 4)});
    (void)loaded.server.Ctl({"drain", "0"});
  }
  loaded.ExpectNoFailure();
}

BOOST_AUTO_TEST_CASE(a_saturated_worker_gives_connections_to_one_that_is_not) {
  Server server;
  server.Start(Config().Workers(1).Route("/fib/", Module("fibonacci")));
  Load load({.port = server.Port(),
             .connections = 8,
             .files = {{"/fib/25", "121393"}},
             .may_close = false});
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 8; }));
  // They are all with the first one, which none of them would ever leave by itself.
  BOOST_TEST(server.Ctl({"scale", "2"}).status == 0);
  BOOST_TEST(Eventually([&] {
    const nlohmann::json workers = server.Workers();
    return workers.size() == 2U &&
           std::all_of(workers.begin(), workers.end(),
                       [](const auto& worker) { return worker["connections"]["open"] >= 2; });
  }));
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
}

BOOST_AUTO_TEST_CASE(idle_connections_move_at_a_reload) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(2));
  std::vector<Client> clients;
  for (int i = 0; i < 1000; ++i) clients.emplace_back(server.Port());
  for (Client& client : clients) BOOST_REQUIRE(client.Get("/ping").status == 200);
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(Eventually([&] { return server.WorkerPids("draining").empty(); }));
  for (Client& client : clients) BOOST_REQUIRE(client.Get("/ping").body == "pong");
  BOOST_TEST(server.Status()["connections"]["open"] == 1000);
}

BOOST_AUTO_TEST_CASE(half_a_request_survives, *NeedsRescue()) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(2));
  const std::vector<std::string> wholes = {
      "GET /ping HTTP/1.1\r\nHost: t\r\n\r\n",
      "POST /ping HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n0123456789",
      "POST /ping HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n"};
  for (const std::string& whole : wholes) {
    for (std::size_t cut = 1; cut < whole.size(); cut += 9) {
      Client client(server.Port());
      BOOST_REQUIRE(client.Get("/ping").status == 200);
      client.Send(whole.substr(0, cut));
      const std::size_t at = server.LogSize();
      for (const pid_t pid : server.WorkerPids()) Kill(pid, SIGKILL);
      server.WaitForLog({"worker is ready"}, at);
      client.Send(whole.substr(cut));
      BOOST_TEST(client.Read().body == "pong");
      BOOST_TEST(client.Get("/ping").status == 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_of_a_unix_socket_notices_nothing_either, *NeedsRescue()) {
  Server server;
  server.Write("www/x", RandomBytes(3U << 20));
  server.Start(Serving(2, "sendfile", "", "unix:${DIR}/web.sock"));
  Client client(server.Path("web.sock"));
  for (int i = 0; i < 5; ++i) {
    BOOST_REQUIRE(client.Get("/x").body == RandomBytes(3U << 20));
    const std::size_t at = server.LogSize();
    for (const pid_t pid : server.WorkerPids()) Kill(pid, SIGKILL);
    server.WaitForLog({"worker is ready"}, at);
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_ends_its_worker_gets_500_and_nobody_else, *NeedsRescue()) {
  for (const char* act : {"segv", "abort", "overflow", "exit"}) {
    Loaded loaded(Serving(2), 8);
    Client client(loaded.server.Port());
    const std::string target = std::string("/chaos/") + act;
    const Answer answer = client.Get(target);
    BOOST_TEST(answer.status == 500, act);
    BOOST_TEST(client.Get("/ping").body == "pong");  // On the same connection.
    loaded.server.WaitForLog(
        {"a request ended its worker", "listener=web", "route=/chaos", target + " HTTP/1.1"});
    loaded.ExpectNoFailure();
  }
}

BOOST_AUTO_TEST_CASE(answers_before_the_culprit_and_requests_behind_it_are_kept, *NeedsRescue()) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(2));
  Client client(server.Port());
  client.SendGet("/ping");
  client.SendGet("/chaos/segv");
  client.SendGet("/ping");
  BOOST_TEST(client.Read().body == "pong");
  BOOST_TEST(client.Read().status == 500);
  BOOST_TEST(client.Read().body == "pong");
}

BOOST_AUTO_TEST_CASE(a_worker_that_hangs_costs_the_request_that_hung, *NeedsRescue()) {
  Loaded loaded(Serving(2).Workers(2, kRestart + ", watchdog: 500ms"), 4);
  Client client(loaded.server.Port());
  BOOST_TEST(client.Get("/chaos/hang").status == 500);
  loaded.server.WaitForLog({"a request ended its worker", "cause=\"silence, SIGABRT", "stack="});
  loaded.ExpectNoFailure();
}

BOOST_AUTO_TEST_CASE(an_interrupted_request_runs_again_once_if_it_is_safe, *NeedsRescue()) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(2));
  Client client(server.Port());
  const auto has_died = [&](int times) {
    return Eventually([&] { return server.CountLog("worker died") == times; });
  };
  // Its module kills the process, as the kernel would: nobody's fault. It does so again.
  BOOST_TEST(client.Get("/chaos/kill").status == 502);
  BOOST_TEST(has_died(2));
  client.Send("POST /chaos/kill HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nab");
  BOOST_TEST(client.Read().status == 502);
  BOOST_TEST(has_died(3));
  BOOST_TEST(client.Get("/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(replay_can_be_forbidden, *NeedsRescue()) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(2, "sendfile", "replay: none"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/chaos/kill").status == 502);
  BOOST_TEST(client.Get("/ping").status == 200);
  server.WaitForLog({"worker died", "cause=SIGKILL"});
  BOOST_TEST(server.Stop() == 0);
  BOOST_TEST(server.HasLogged("worker died", 1));
}

BOOST_AUTO_TEST_CASE(a_request_that_ends_workers_again_is_quarantined, *NeedsRescue()) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(2));
  Client client(server.Port());
  BOOST_TEST(client.Get("/chaos/segv").status == 500);
  BOOST_TEST(client.Get("/chaos/segv").status == 500);
  const Answer answer = client.Get("/chaos/segv");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.Has("Retry-After"));
  BOOST_TEST(server.HasLogged("worker died", 2));
  BOOST_TEST(client.Get("/chaos/ok").status == 200);
}

BOOST_AUTO_TEST_CASE(what_is_quarantined_on_one_virtual_host_is_served_on_another, *NeedsRescue()) {
  Server server;
  server.Start(Config()
                   .Workers(2)
                   .Route("/", Module("chaos"), "host: one.example")
                   .Route("/", Respond("two"), "host: two.example"));
  const auto ask = [&](const std::string& host) {
    return Client(server.Port()).Ask("GET /segv HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  };
  BOOST_TEST(ask("one.example").status == 500);
  BOOST_TEST(ask("one.example").status == 500);
  BOOST_TEST(ask("one.example").status == 503);
  BOOST_TEST(ask("two.example").body == "two");
}

BOOST_AUTO_TEST_CASE(a_debugger_can_have_a_worker, *NeedsRescue()) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(1));
  const pid_t worker = server.WorkerPids().at(0);
  BOOST_TEST(TracerOf(worker) == server.pid());
  BOOST_TEST(server.Ctl({"trace", "off", "0"}).status == 0);
  BOOST_TEST(Eventually([&] { return TracerOf(worker) == 0; }));
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
  BOOST_TEST(server.Ctl({"trace", "on", "0"}).status == 0);
  BOOST_TEST(TracerOf(worker) == server.pid());
  BOOST_TEST(server.Ctl({"trace", "on", "7"}).status == 1);
}

BOOST_AUTO_TEST_CASE(without_rescue_workers_are_not_traced) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(1).Set("rescue", "false"));
  BOOST_TEST(TracerOf(server.WorkerPids().at(0)) == 0);
  Client client(server.Port());
  BOOST_TEST(client.Get("/ping").status == 200);
  server.KillWorker(0, SIGKILL);
  BOOST_TEST(client.WaitForEnd() != Client::End::deadline);
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(a_stopped_worker_goes_on_when_it_is_continued) {
  Server server;
  server.Write("www/x", "x");
  server.Start(Serving(1));
  const pid_t worker = server.WorkerPids().at(0);
  BOOST_REQUIRE(Kill(worker, SIGSTOP) == 0);
  Client client(server.Port());
  client.SendGet("/ping");
  BOOST_REQUIRE(Kill(worker, SIGCONT) == 0);
  BOOST_TEST(client.Read().body == "pong");
  BOOST_TEST(server.WorkerPids().at(0) == worker);
}

BOOST_AUTO_TEST_SUITE_END()
