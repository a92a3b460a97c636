// Workers that die, hang, scale and stop; signals; what is left behind (nothing).
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

/// Two workers, unless said otherwise.
Config Serving() { return Config().Workers(2).Route("/ping", Respond("pong\\n")); }

std::size_t OpenDescriptors(pid_t pid) {
  const std::filesystem::path path = "/proc/" + std::to_string(pid) + "/fd";
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path),
                                                std::filesystem::directory_iterator()));
}

/// Children of `pid`, zombies included.
std::size_t Children(pid_t pid) {
  const std::string text = std::to_string(pid);
  std::ifstream children("/proc/" + text + "/task/" + text + "/children");
  std::size_t count = 0;
  for (std::string child; children >> child;) ++count;
  return count;
}

bool Exists(pid_t pid) { return Kill(pid, 0) == 0; }

}  // namespace

BOOST_AUTO_TEST_SUITE(supervisor)

BOOST_AUTO_TEST_CASE(starts_serves_and_stops_with_status_0) {
  Server server;
  server.Start(Serving());
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong\n");
  BOOST_TEST(server.Status()["workers"]["serving"] == 2);
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(replaces_a_killed_worker_at_once_and_says_why_it_died) {
  Server server;
  server.Start(Serving());
  const auto before = server.WorkerPids();
  server.KillWorker(1, SIGKILL);
  const std::size_t at =
      server.WaitForLog({"worker died worker=1", "cause=SIGKILL", "restart_in_ms=0"});
  server.WaitForLog({"worker is ready worker=1"}, at);
  const auto after = server.WorkerPids();
  BOOST_TEST(after.size() == 2U);
  BOOST_TEST(after[0] == before[0]);
  BOOST_TEST(after[1] != before[1]);
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(names_the_signal_of_a_crash) {
  Server server;
  server.Start(Serving());
  server.KillWorker(0, SIGSEGV);
  server.WaitForLog({"worker died worker=0", "cause=", "SIGSEGV"});
}

BOOST_AUTO_TEST_CASE(backs_off_when_a_slot_keeps_dying_and_stays_responsive) {
  Server server;
  server.Start(
      Serving().Workers(2, "restart: {backoff: 300ms, backoff_max: 2s, limit: 100, within: 60s}"));
  std::size_t at = 0;
  for (const char* wait : {"restart_in_ms=0", "restart_in_ms=300", "restart_in_ms=600"}) {
    server.KillWorker(0, SIGKILL);
    at = server.WaitForLog({"worker died worker=0", wait}, at);
    BOOST_TEST(server.Ctl({"status"}).status == 0);
    at = server.WaitForLog({"worker is ready worker=0"}, at);
  }
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(kills_a_worker_that_hangs) {
  Server server;
  server.Start(Serving().Workers(2, "watchdog: 500ms"));
  const pid_t hung = server.WorkerPids().at(0);
  BOOST_REQUIRE(Kill(hung, SIGSTOP) == 0);
  const std::size_t at = server.WaitForLog({"worker is silent", "pid=" + std::to_string(hung)});
  server.WaitForLog({"worker is ready worker=0"}, at);
  BOOST_TEST(!Exists(hung));
}

BOOST_AUTO_TEST_CASE(an_idle_worker_is_not_taken_for_a_hung_one) {
  Server server;
  server.Start(Serving().Workers(2, "watchdog: 200ms"));
  const auto before = server.WorkerPids();
  // Ten times the watchdog's patience, filled with questions that concern the supervisor alone.
  const auto until = std::chrono::steady_clock::now() + seconds(2);
  while (std::chrono::steady_clock::now() < until) BOOST_TEST(server.Ctl({"status"}).status == 0);
  BOOST_TEST(server.WorkerPids() == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(scales_by_signal_and_by_command) {
  Server server;
  server.Start(Serving());
  const auto serving = [&](std::size_t count) {
    return Eventually([&] {
      return server.WorkerPids().size() == count && server.WorkerPids("draining").empty();
    });
  };
  server.Signal(SIGTTIN);
  BOOST_TEST(serving(3));
  server.Signal(SIGTTOU);
  BOOST_TEST(serving(2));
  server.Signal(SIGTTOU);
  BOOST_TEST(serving(1));
  const std::size_t at = server.LogSize();
  server.Signal(SIGTTOU);
  server.WaitForLog({"scaled workers=1"}, at);  // Never below one.
  BOOST_TEST(server.Ctl({"scale", "4"}).output == "4 workers\n");
  BOOST_TEST(serving(4));
  BOOST_TEST(server.Ctl({"scale", "0"}).status == 1);
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(a_thousand_restarts_leave_nothing_behind) {
  Server server;
  server.Start(Serving().Workers(
      4, "restart: {backoff: 10ms, backoff_max: 10ms, limit: 10000, within: 1s}"));
  const std::size_t descriptors = OpenDescriptors(server.pid());
  std::set<pid_t> killed;
  while (killed.size() < 1000) {
    for (const pid_t pid : server.WorkerPids()) {
      if (killed.insert(pid).second) Kill(pid, SIGKILL);
    }
  }
  BOOST_TEST(Eventually([&] { return server.Status()["workers"]["serving"] == 4; }));
  BOOST_TEST(server.Status()["workers"]["restarts"].get<std::size_t>() >= 1000U);
  BOOST_TEST(Eventually([&] { return Children(server.pid()) == 4; }));
  // One of them is the connection of whoever asks.
  BOOST_TEST(Eventually([&] { return OpenDescriptors(server.pid()) <= descriptors; }));
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(workers_hold_no_descriptor_that_is_not_theirs) {
  Server server;
  server.Start(Serving().Workers(3));
  std::set<std::size_t> counts;
  for (const pid_t pid : server.WorkerPids()) counts.insert(OpenDescriptors(pid));
  // The last forked one has as few as the first.
  BOOST_TEST(counts.size() == 1U);
}

BOOST_AUTO_TEST_CASE(drops_privileges_groups_included) {
  if (::getuid() != 0) {
    BOOST_TEST_MESSAGE("only root has privileges to drop");
    return;
  }
  Server server;
  server.Start(Serving().Set("user", "nobody"));
  std::ifstream status("/proc/" + std::to_string(server.WorkerPids().at(0)) + "/status");
  std::string ids;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Uid:") || line.starts_with("Gid:") || line.starts_with("Groups:")) {
      ids += line + "\n";
    }
  }
  BOOST_TEST(
      ids ==
      "Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\nGroups:\t65534 \n");
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(sigterm_lets_requests_in_flight_finish) {
  Server server;
  // One, so that the end of the idle connection tells that the other's worker is stopping.
  server.Start(Serving().Workers(1));
  const std::uint16_t port = server.Port();
  Client busy(port);
  busy.Send("GET /ping HTTP/1.1\r\nHost: te");
  Client idle(port);
  BOOST_TEST(idle.Get("/ping").status == 200);
  BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == 2; }));
  server.Signal(SIGTERM);
  BOOST_TEST(idle.WaitForEnd() == Client::End::closed);
  busy.Send("st\r\n\r\n");
  const Answer answer = busy.Read();
  BOOST_TEST(answer.body == "pong\n");
  BOOST_TEST(answer["Connection"] == "close");
  BOOST_TEST(busy.WaitForEnd() == Client::End::closed);
  BOOST_TEST(server.WaitForEnd() == 0);
  BOOST_CHECK_THROW(Client{port}, std::system_error);
}

BOOST_AUTO_TEST_CASE(sigterm_does_not_wait_for_a_client_that_has_its_answer) {
  Server server;
  const std::string large(8U << 20, 'x');
  server.Write("site/large", large);
  server.Start(Config().Workers(1).Set("drain_timeout", "10m").Route("/", Files("${DIR}/site")));
  Client client(server.Port());
  client.SendGet("/large");
  BOOST_REQUIRE(Eventually([&] { return server.Status()["bytes"]["sent"] > 0; }));
  // The header, without Connection: close, is on its way, and the client is in no hurry.
  server.Signal(SIGTERM);
  server.WaitForLog({"worker drains"});
  BOOST_TEST((client.Read().body == large));
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_has_just_connected_is_answered_while_the_service_stops) {
  Server server;
  server.Start(Serving().Workers(1));
  Client asked(server.Port());
  BOOST_TEST(asked.Get("/ping").status == 200);
  Client fresh(server.Port());
  Client silent(server.Port());
  BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == 3; }));
  server.Signal(SIGTERM);
  // Told by its end: an idle connection that has had its answer goes at once.
  BOOST_TEST(asked.WaitForEnd() == Client::End::closed);
  const Answer answer = fresh.Get("/ping");
  BOOST_TEST(answer.body == "pong\n");
  BOOST_TEST(answer["Connection"] == "close");
  BOOST_TEST(silent.WaitForEnd() == Client::End::closed);
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_sigterm_stops_at_once) {
  Server server;
  server.Start(Serving());
  Client busy(server.Port());
  busy.Send("GET /ping HTTP/1.1\r\nHost: te");
  BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
  server.Signal(SIGTERM);
  server.WaitForLog({"stopping"});
  server.Signal(SIGTERM);
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(draining_ends_at_its_timeout) {
  Server server;
  server.Start(Serving().Set("drain_timeout", "500ms"));
  Client busy(server.Port());
  busy.Send("GET /ping HTTP/1.1\r\nHost: te");
  BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
  server.Signal(SIGTERM);
  server.WaitForLog({"did not drain in time"});
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(workers_drain_and_go_when_the_supervisor_is_killed) {
  Server server;
  server.Start(Serving());
  const auto workers = server.WorkerPids();
  server.Signal(SIGKILL);
  BOOST_TEST(server.WaitForEnd() == 128 + SIGKILL);
  for (const pid_t pid : workers) BOOST_TEST(Eventually([&] { return !Exists(pid); }));
}

BOOST_AUTO_TEST_CASE(a_first_worker_that_cannot_start_ends_with_status_1) {
  Server server;
  server.Write("site/index.html", "hello");
  if (::getuid() != 0) {
    BOOST_TEST_MESSAGE("needs a worker without the supervisor's rights");
    return;
  }
  std::filesystem::permissions(server.Path("site"), std::filesystem::perms(0700));
  server.Launch(Config().Set("user", "nobody").Route("/", Files("${DIR}/site")));
  BOOST_TEST(server.WaitForEnd() == 1);
  BOOST_TEST(server.HasLogged("cannot open the directory to serve", 1));
  BOOST_TEST(server.CountLog("cannot start") >= 1);
}

BOOST_AUTO_TEST_SUITE_END()
