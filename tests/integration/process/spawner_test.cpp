// The process that forks executors: over its death, reloads, upgrades and stops.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/process/site.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

/// As a handler could that has found the descriptor: shutdown(2), with its copy of it.
bool BreakJobChannelOf(pid_t spawner) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, spawner, 0));
  for (int number = 3; number < 64; ++number) {
    const int fd = static_cast<int>(::syscall(SYS_pidfd_getfd, process, number, 0));
    int type = 0;
    int flags = fd < 0 ? O_NONBLOCK : ::fcntl(fd, F_GETFL);
    socklen_t size = sizeof type;
    // Its line does not block.
    if (fd >= 0 && ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
        type == SOCK_SEQPACKET && (flags & O_NONBLOCK) == 0) {
      return ::shutdown(fd, SHUT_RDWR) == 0;
    }
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(a_spawner_that_dies_is_replaced) {
  Server server;
  server.Start(Serving("count: 2"));
  const pid_t spawner = PidIn(server, "spawner started");
  BOOST_TEST(Becomes(server, "waiting", 2));
  const std::vector<pid_t> executors = ChildrenOf(spawner);
  BOOST_TEST(executors.size() == 2U);
  Client client(server.Port());
  client.SendGet("/sleep/300");
  BOOST_TEST(Becomes(server, "busy", 1));
  const std::size_t from = server.LogSize();
  Kill(spawner, SIGKILL);
  server.WaitForLog({"spawner died", "cause=SIGKILL"}, from);
  server.WaitForLog({"spawner is ready"}, from);
  // What an executor has, it finishes.
  BOOST_TEST(client.Read().body == "slept 300 ms\n");
  for (int i = 0; i < 5; ++i) BOOST_TEST(client.Get("/fib/1").body == "1");
  ExpectGone(executors);
}

BOOST_AUTO_TEST_CASE(one_that_cannot_start_in_its_place_is_tried_again) {
  Server server;
  server.Start(StartsConfig("fail"));
  BOOST_TEST(GetOnce(server.Port(), "/starts").body == "started\n");
  server.Write("fail", "");
  const std::size_t from = server.LogSize();
  Kill(PidIn(server, "spawner started"), SIGKILL);
  server.WaitForLog({"there is a file `fail`"}, server.WaitForLog({"spawner died"}, from));
  std::filesystem::remove(server.Path("fail"));
  server.WaitForLog({"spawner is ready"}, from);
  BOOST_TEST(GetOnce(server.Port(), "/starts").body == "started\n");
}

BOOST_AUTO_TEST_CASE(no_request_fails_while_the_configuration_is_reloaded) {
  Server server;
  server.Start(Serving("count: 2, requests_per_process: 5").Workers(2));
  Load load({.port = server.Port(),
             .connections = 8,
             .files = {{"/fib/10", "89"}, {"/fib/16", "1597"}, {"/sleep/1", "slept 1 ms\n"}}});
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = load.answers();
    BOOST_TEST(server.Reload().status == 0);
    BOOST_TEST(Eventually([&] { return load.answers() > before + 100; }));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  server.WaitForLog({"spawner has ended", "gen=1"});
  server.WaitForLog({"spawner has ended", "gen=5"});
  BOOST_TEST(Eventually(
      [&] { return Executors(server)["requests"].get<std::uint64_t>() >= load.answers(); }));
}

BOOST_AUTO_TEST_CASE(no_request_fails_while_the_program_is_upgraded) {
  Server server;
  server.Start(Serving("count: 2").Workers(2));
  Load load({.port = server.Port(), .connections = 8, .files = {{"/fib/10", "89"}}});
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = load.answers();
    const Finished upgrade = server.Ctl({"upgrade"});
    BOOST_TEST(upgrade.status == 0, upgrade.errors);
    BOOST_TEST(Eventually([&] { return load.answers() > before + 100; }));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
}

BOOST_AUTO_TEST_CASE(a_module_that_cannot_start_fails_the_reload) {
  Server server;
  server.Start(Serving("count: 1"));
  server.Configure(
      Serving("count: 1").Route("/bad", InProcess("chaos", "settings: {at_start: exit}")));
  const Finished reload = server.Reload();
  BOOST_TEST(reload.status == 1);
  BOOST_TEST(reload.errors.find("spawner") != std::string::npos, reload.errors);
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(nothing_stays_after_a_stop_or_without_a_supervisor) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    Server server;
    server.Start(Serving("count: 2").Set("drain_timeout", "1s"));
    const pid_t spawner = PidIn(server, "spawner started");
    BOOST_TEST(Becomes(server, "waiting", 2));
    std::vector<pid_t> all = ChildrenOf(spawner);
    BOOST_TEST(all.size() == 2U);
    all.push_back(spawner);
    server.Signal(signal);
    BOOST_TEST(server.WaitForEnd() == (signal == SIGTERM ? 0 : 128 + SIGKILL));
    ExpectGone(all);
  }
}

BOOST_AUTO_TEST_CASE(a_spawner_that_was_stopped_is_replaced) {
  Server server;
  server.Start(Serving("count: 1"));
  const pid_t spawner = PidIn(server, "spawner started");
  Kill(spawner, SIGSTOP);
  const std::size_t from = server.LogSize();
  server.WaitForLog({"spawner is silent for too long", std::to_string(spawner)}, from);
  server.WaitForLog({"spawner is ready"}, from);
  Client client(server.Port());
  for (int i = 0; i < 3; ++i) BOOST_TEST(client.Get("/fib/1").body == "1");
  ExpectGone({spawner});
}

BOOST_AUTO_TEST_CASE(a_start_that_hangs_refuses_the_reload_and_is_not_left_behind) {
  Server server;
  server.Start(Serving("count: 1"));
  server.Write("hold", "");
  server.Configure(StartsConfig());
  const std::size_t from = server.LogSize();
  const Finished reload = server.Reload();
  BOOST_TEST(reload.status == 1);
  BOOST_TEST(reload.errors.find("spawner") != std::string::npos, reload.errors);
  server.WaitForLog({"executor did not get ready in time", "gen=2"}, from);
  ExpectGone({LastPidIn(server, "did not get ready")});
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(a_stop_while_a_reload_waits_for_its_spawner_forks_no_worker) {
  Server server;
  server.Start(Serving("count: 1"));
  server.Write("wait", "");
  server.Configure(StartsConfig("wait"));
  server.Signal(SIGHUP);
  server.WaitForLog({"spawner started", "gen=2"});
  // A worker drains for long enough: what gets ready meanwhile is of no use to anybody.
  Client client(server.Port());
  client.SendGet("/sleep/2000");
  BOOST_TEST(Becomes(server, "busy", 1));
  server.Signal(SIGTERM);
  server.WaitForLog({"worker drains"});
  std::filesystem::remove(server.Path("wait"));
  server.WaitForLog({"spawner is ready", "gen=2"});
  BOOST_TEST(client.Read().status == 200);
  client.ShutDown();
  BOOST_TEST(server.WaitForEnd() == 0);
  BOOST_TEST(server.CountLog("worker started") == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_at_a_start_that_waits_for_its_spawner_comes_off) {
  Server server;
  server.Write("wait", "");
  server.Launch(StartsConfig("wait"));
  server.WaitForLog({"spawner started"});
  server.Signal(SIGTERM);
  server.WaitForLog({"stopping"});
  std::filesystem::remove(server.Path("wait"));
  BOOST_TEST(server.WaitForEnd() == 0);
  BOOST_TEST(server.CountLog("worker started") == 0);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_spawner_that_is_to_be_forked_again) {
  Server server;
  server.Start(Serving("count: 1").Workers(1, "restart: {backoff: 2m, backoff_max: 2m}"));
  Kill(PidIn(server, "spawner started"), SIGKILL);
  server.WaitForLog({"spawner died", "restart_in_ms=0"});
  BOOST_TEST(server.HasLogged("spawner is ready", 2));
  Kill(LastPidIn(server, "spawner started"), SIGKILL);
  server.WaitForLog({"spawner died", "restart_in_ms=120000"});
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(what_hangs_or_was_stopped_does_not_outlive_a_reload) {
  Server server;
  server.Start(StartsConfig());
  const pid_t spawner = PidIn(server, "spawner started");
  BOOST_TEST(Becomes(server, "waiting", 1));
  server.Write("hold", "");
  Client client(server.Port());
  BOOST_TEST(client.Get("/starts").body == "started\n");
  BOOST_TEST(Becomes(server, "started", 2));
  std::vector<pid_t> before = ChildrenOf(spawner);
  BOOST_TEST(before.size() >= 1U);
  std::filesystem::remove(server.Path("hold"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/starts").body == "started\n");
  server.WaitForLog({"spawner has ended", "gen=1"});
  before.push_back(spawner);
  ExpectGone(before);
  // And one that cannot look after its executors any more.
  const std::size_t from = server.LogSize();
  const pid_t second = LastPidIn(server, "spawner started");
  std::vector<pid_t> stopped = ChildrenOf(second);
  stopped.push_back(second);
  Kill(second, SIGSTOP);
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/starts").body == "started\n");
  server.WaitForLog({"spawner is silent for too long", "gen=2"}, from);
  ExpectGone(stopped);
}

BOOST_AUTO_TEST_CASE(a_spawner_that_ends_well_is_replaced_as_well, *NeedsRescue()) {
  Server server;
  server.Start(Serving("count: 1").Workers(2));
  const std::size_t from = server.LogSize();
  // What somebody does to the channel who has an end of it.
  const pid_t spawner = PidIn(server, "spawner started");
  BOOST_TEST(BreakJobChannelOf(spawner));
  server.WaitForLog({"error the channel to the executors was broken"}, from);
  server.WaitForLog({"spawner is ready"}, from);
  Client client(server.Port());
  for (int i = 0; i < 20; ++i) BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  BOOST_TEST(client.Get("/fib/1").body == "1");
  ExpectGone({spawner});
}

BOOST_AUTO_TEST_CASE(a_spawner_that_cannot_be_forked_is_tried_again) {
  if (::getuid() != 0) return;
  Server server;
  BOOST_REQUIRE(::chown(server.Path(".").c_str(), 65534, 65534) == 0);
  server.wrapper = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
  server.Start(Serving("count: 1"));
  const std::size_t from = server.LogSize();
  const auto limit = [&](const std::string& processes) {
    // The soft limit alone, as the user itself may.
    BOOST_TEST(RunProgram({"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           "--", "/usr/bin/prlimit", "--pid", std::to_string(server.pid()),
                           "--nproc=" + processes + ":"})
                   .status == 0);
  };
  rlimit before{};
  BOOST_TEST(::getrlimit(RLIMIT_NPROC, &before) == 0);
  limit("1");
  Kill(PidIn(server, "spawner started"), SIGKILL);
  server.WaitForLog({"cannot start a spawner"}, from);
  limit(before.rlim_cur == RLIM_INFINITY ? "unlimited" : std::to_string(before.rlim_cur));
  server.WaitForLog({"spawner is ready"}, from);
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
}

BOOST_AUTO_TEST_SUITE_END()
