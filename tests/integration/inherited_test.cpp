// What the service finds at its start: signals that are ignored or blocked, descriptors that are
// closed, system calls that are refused, files that may not grow, a directory that goes away.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

Config Serving(const std::string& body = "pong") {
  return Config().Workers(2).Route("/ping", Respond(body));
}

/// With an executor.
Config Executing() {
  return Serving()
      .Set("backends", "{processes: {count: 1, max: 1}}")
      .Route("/sleep/", Module("sleep", "run: process"));
}

/// Of /proc/PID/status, as a number.
std::uint64_t SignalsOf(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size() + 1), nullptr, 16);
  }
  return ~0ULL;
}

void LimitFiles(pid_t pid, rlim_t bytes) {
  const rlimit limit{bytes, RLIM_INFINITY};
  BOOST_REQUIRE(::prlimit(pid, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

bool IsGone(pid_t pid) { return Kill(pid, 0) != 0 && errno == ESRCH; }

}  // namespace

BOOST_AUTO_TEST_SUITE(inherited)

BOOST_AUTO_TEST_CASE(signals_that_were_ignored_or_blocked) {
  Server server;
  server.wrapper = {"/usr/bin/env", "--ignore-signal", "--block-signal=TERM,CHLD,USR2,ALRM", "--"};
  server.Start(Serving());
  BOOST_TEST(SignalsOf(server.pid(), "SigIgn:") == 0U);
  BOOST_TEST((SignalsOf(server.pid(), "SigBlk:") & 1ULL << (SIGALRM - 1)) == 0U);
  for (const pid_t worker : server.WorkerPids()) BOOST_TEST(SignalsOf(worker, "SigIgn:") == 0U);
  const auto workers = server.WorkerPids();
  Kill(workers.front(), SIGKILL);
  server.WaitForLog({"worker died", "pid=" + std::to_string(workers.front())});
  server.Signal(SIGHUP);
  server.WaitForLog({"info reloaded"});
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(executors_can_be_ended_although_signals_were_ignored) {
  Server server;
  server.wrapper = {"/usr/bin/env", "--ignore-signal", "--"};
  server.Start(Executing());
  {
    Client leaving(server.Port());
    leaving.SendGet("/sleep/60000");
    BOOST_TEST(Eventually([&] { return server.Status()["executors"]["busy"] == 1; }));
  }
  BOOST_TEST(Eventually([&] { return server.Status()["executors"]["cancelled"] == 1; }));
  BOOST_TEST(GetOnce(server.Port(), "/sleep/1").body == "slept 1 ms\n");
  BOOST_TEST(server.Stop() == 0);
}

/// As `pkill tined` or a container's end has it.
BOOST_AUTO_TEST_CASE(a_signal_to_every_process_is_the_supervisors_alone) {
  Server server;
  server.Start(Executing());
  Client client(server.Port());
  client.SendGet("/sleep/500");
  BOOST_TEST(Eventually([&] { return server.Status()["executors"]["busy"] == 1; }));
  std::vector<pid_t> all = ChildrenOf(server.pid());
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const pid_t child : ChildrenOf(all[i])) all.push_back(child);
  }
  BOOST_TEST(all.size() >= 4U);  // Two workers, a spawner, an executor.
  for (const pid_t each : all) Kill(each, SIGTERM);
  server.Signal(SIGTERM);
  BOOST_TEST(client.Read().body == "slept 500 ms\n");
  BOOST_TEST(server.WaitForEnd() == 0);
  for (const char* const fault : {"worker died", "executor died", "spawner died"}) {
    BOOST_TEST(server.CountLog(fault) == 0, fault);
  }
}

BOOST_AUTO_TEST_CASE(standard_streams_that_are_closed) {
  Server server;
  server.wrapper = {"/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"};
  server.Launch(Serving());
  BOOST_REQUIRE(Eventually([&] { return server.Ctl({"status"}).status == 0; }));
  for (const char* number : {"0", "1", "2"}) {
    const std::string path = "/proc/" + std::to_string(server.pid()) + "/fd/" + number;
    BOOST_TEST(std::filesystem::read_symlink(path) == "/dev/null");
  }
}

BOOST_AUTO_TEST_CASE(a_system_that_refuses_close_range) {
  Server server;
  server.wrapper = {Built("tests/integration/forbid"), "close_range"};
  server.Start(Serving().Route("/m", Module("echo", "run: process")));
  for (int i = 0; i < 3; ++i) BOOST_TEST(server.Reload().status == 0);
  // Spawners of earlier generations end, for nobody but their workers has the other end.
  BOOST_TEST(server.HasLogged("spawner has ended", 3));
  const auto workers = server.WorkerPids();
  server.Signal(SIGKILL);
  BOOST_TEST(server.WaitForEnd() == 128 + SIGKILL);
  for (const pid_t pid : workers) BOOST_TEST(Eventually([&] { return IsGone(pid); }));
}

BOOST_AUTO_TEST_CASE(a_system_that_refuses_to_hand_descriptors_out) {
  Server server;
  server.wrapper = {Built("tests/integration/forbid"), "pidfd_getfd"};
  server.Start(Serving());
  const auto rescue = server.Status()["rescue"].get<std::string>();
  BOOST_TEST(rescue.starts_with("impossible: "), rescue);
  BOOST_TEST(Contains(server.Ctl({"status"}).output, "impossible: "));
  server.KillWorker(0, SIGKILL);
  server.WaitForLog({"worker died"});
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(server.CountLog("connections of a worker that dies are lost") == 1);
}

BOOST_AUTO_TEST_CASE(root_that_may_not_signal_others) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("needs root");
    return;
  }
  Server server;
  server.wrapper = {"/usr/bin/setpriv", "--bounding-set=-kill", "--inh-caps=-kill"};
  server.Start(Serving()
                   .Set("user", "nobody")
                   .Workers(1, "watchdog: 500ms")
                   .Set("drain_timeout", "2s")
                   .Route("/m", Module("chaos")));
  server.WaitForLog({"root may not signal other users' processes"});
  for (int i = 0; i < 2; ++i) {
    const pid_t worker = server.WorkerPids().at(0);
    Client client(server.Port());
    client.SendGet("/m/hang");
    server.WaitForLog({"worker died", "pid=" + std::to_string(worker)});
    BOOST_TEST(Eventually([&] { return server.WorkerPids().size() == 1; }));
  }
  BOOST_TEST(server.CountLog("killing it") <= 6);
  // Told to stop while a handler hangs.
  Client client(server.Port());
  client.SendGet("/m/hang?again");
  server.Signal(SIGTERM);
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(root_that_may_not_change_what_is_others) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("needs root");
    return;
  }
  Server server;
  std::filesystem::permissions(server.Path("."), std::filesystem::perms(0755));
  server.wrapper = {"/usr/bin/setpriv", "--bounding-set=-fowner", "--inh-caps=-fowner"};
  const Config with = Serving()
                          .Set("user", "nobody")
                          .Listener("local", "unix:${DIR}/web.sock", "mode: 0600")
                          .Route("/", Respond("here"));
  server.Start(with);
  BOOST_TEST(Client(server.Path("web.sock")).Get("/").body == "here");
  BOOST_TEST(server.Reload().status == 0);
}

BOOST_AUTO_TEST_CASE(files_that_may_not_grow) {
  Server server;
  server.Start(Serving().Workers(1).Set("access_log", "{path: \"${DIR}/access.log\"}"));
  LimitFiles(server.WorkerPids().at(0), 1000);
  Client client(server.Port());
  constexpr int kRequests = 100;
  for (int i = 0; i < kRequests; ++i) BOOST_TEST(client.Get("/ping").status == 200);
  const auto lines = [&] {
    std::ifstream log(server.Path("access.log"));
    return std::count(std::istreambuf_iterator<char>(log), {}, '\n');
  };
  BOOST_TEST(Eventually([&] {
    const int lost = server.Status()["lines_lost"]["access_log"].get<int>();
    return lost > 0 && lost + lines() == kRequests;
  }));
  // A larger one in its place takes whole lines again.
  std::filesystem::rename(server.Path("access.log"), server.Path("access.log.1"));
  server.Signal(SIGUSR1);
  server.WaitForLog({"reopened the access log"});
  BOOST_TEST(client.Get("/ping").status == 200);
  BOOST_TEST(Eventually([&] { return lines() == 1; }));
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(an_event_log_that_may_not_grow) {
  Server server;
  server.wrapper = {"/bin/sh", "-c", "exec \"$@\" 2>>\"$0\"", server.Path("log")};
  server.Launch(Serving());
  BOOST_REQUIRE(Eventually([&] { return server.Ctl({"status"}).status == 0; }));
  BOOST_TEST(Eventually([&] { return server.Status()["state"] == "serving"; }));
  LimitFiles(server.pid(), std::filesystem::file_size(server.Path("log")) + 20);
  // Nor may the memory that a new worker shares with the supervisor: it says what to do.
  const Finished reload = server.Reload();
  BOOST_TEST(reload.status == 1);
  BOOST_TEST(server.Status()["lines_lost"]["log"].get<int>() > 0);
  LimitFiles(server.pid(), RLIM_INFINITY);
  BOOST_TEST(server.Reload().status == 0);
  // A line that was cut off is ended before the next one.
  std::ifstream log(server.Path("log"));
  for (std::string line; std::getline(log, line);) {
    BOOST_TEST((line.size() < 30 || line.starts_with("20")), line);
    BOOST_TEST(line.find("Z info", 30) == std::string::npos, line);
  }
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_start_with_a_limit_that_is_too_small_says_so) {
  Server server;
  server.wrapper = {"/bin/sh", "-c", "ulimit -f 4; exec \"$@\"", "sh"};
  server.Launch(Serving());
  BOOST_TEST(server.WaitForEnd() == 1);
  server.WaitForLog({"cannot start", "RLIMIT_FSIZE"});
}

BOOST_AUTO_TEST_CASE(a_relative_name_and_a_directory_that_is_replaced) {
  Server server;
  const auto write = [&](const std::string& body) {
    Config config = Serving(body).Set("control", server.Path("control.sock"));
    if (::geteuid() == 0) config.Set("user", "root");
    server.Write("site/tined.yaml", config);
  };
  write("pong");
  server.wrapper = {"/bin/sh", "-c", "cd \"$0\"; exec \"$1\" --config tined.yaml",
                    server.Path("site")};
  server.Start("");
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
  std::filesystem::rename(server.Path("site"), server.Path("old"));
  write("anew");
  const Finished reload = server.Reload();
  BOOST_TEST(reload.status == 0, reload.errors);
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "anew");
  // The program that it is replaced by reads that one, too.
  BOOST_TEST(server.Ctl({"upgrade"}).status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "anew");
  std::filesystem::remove_all(server.Path("site"));
  BOOST_TEST(Contains(server.Reload().errors, server.Path("site/tined.yaml")));
  write("pong");
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
}

BOOST_AUTO_TEST_SUITE_END()
