// Handlers with `run: process`: what executors do, and what their crashes cost.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

/// A module of which each request has a process.
Handler InProcess(const std::string& module, const std::string& more = "") {
  return Module(module, "run: process" + (more.empty() ? "" : ", " + more));
}

Config Serving(const std::string& processes) {
  return Config()
      .Workers(1)
      .Set("backends", "{processes: {" + processes + "}}")
      .Route("/ping", Respond("pong"))
      .Route("/fib/", InProcess("fibonacci"))
      .Route("/sleep/", InProcess("sleep"))
      .Route("/echo", InProcess("echo"))
      .Route("/chaos/", InProcess("chaos"))
      .Route("/pieces", InProcess("pieces"));
}

/// With a module that does not get through its start when there is a file `hold`, or while there is
/// a file `wait`.
Config StartsConfig(const std::string& file = "hold") {
  return Config()
      .Workers(1)
      .Set("backends", "{processes: {count: 1, max: 4}}")
      .Route("/starts", InProcess("starts", "settings: {" + file + ": \"${DIR}/" + file + "\"}"));
}

std::string Post(const std::string& path, const std::string& body) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

nlohmann::json Executors(const Server& server) { return server.Status()["executors"]; }

/// Waits until the status says so of executors.
bool Becomes(const Server& server, const char* what, std::uint64_t number) {
  return Eventually([&] { return Executors(server)[what] == number; });
}

/// The number behind `pid=` in the first line of the log that contains `text`.
pid_t PidIn(const Server& server, const std::string& text) {
  const std::string log = server.Log();
  return std::stoi(log.substr(log.find("pid=", log.find(text)) + 4));
}

pid_t LastPidIn(const Server& server, const std::string& text) {
  const std::string log = server.Log();
  return std::stoi(log.substr(log.find("pid=", log.rfind(text)) + 4));
}

/// Ended, waited for or not: whoever inherited it may be slow.
bool IsGone(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(stat, line)) return true;
  return line.at(line.rfind(')') + 2) == 'Z';
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  const std::string id = std::to_string(pid);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  return {std::istream_iterator<pid_t>(file), std::istream_iterator<pid_t>()};
}

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

void ExpectGone(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids) {
    BOOST_TEST(Eventually([&] { return IsGone(pid); }), "process " << pid << " stays");
  }
}

std::string ReadChunked(Client& client) {
  (void)client.ReadHeader();
  std::string body;
  for (;;) {
    const std::size_t size = std::stoul(client.ReadLine(), nullptr, 16);
    body += client.ReadBytes(size);
    (void)client.ReadLine();
    if (size == 0) return body;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(modules_answer_from_another_process) {
  Server server;
  server.Start(Serving("count: 2"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/fib/20").body == "10946");
  BOOST_TEST(client.Get("/fib/x").body == "error");
  BOOST_TEST(client.Get("/sleep/x").status == 400);
  BOOST_TEST(client.Ask(Post("/echo", "some bytes")).body == "some bytes");
  BOOST_TEST(client.Ask(Post("/echo", "")).body == "");
  client.Send("HEAD /fib/20 HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.Read(/*is_head=*/true)["Content-Length"] == "5");
  BOOST_TEST(client.Get("/ping").body == "pong");
  BOOST_TEST(server.Status()["modules"]["fibonacci.computed"] == 2);
}

BOOST_AUTO_TEST_CASE(large_bodies_go_both_ways) {
  Server server;
  server.Start(Serving("count: 1"));
  Client client(server.Port());
  for (const std::size_t size : {60'000U, 70'000U, 1'000'000U}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 7919 >> 3);
    BOOST_TEST((client.Ask(Post("/echo", body)).body == body), size);
  }
}

BOOST_AUTO_TEST_CASE(bodies_in_pieces_arrive_whole_and_the_connection_goes_on) {
  Server server;
  server.Start(Serving("count: 1"));
  Client client(server.Port());
  for (const std::size_t size : {0U, 1U, 1'000'000U}) {
    client.SendGet("/pieces?size=" + std::to_string(size));
    const std::string body = ReadChunked(client);
    BOOST_TEST(body.size() == size);
    bool is_right = true;
    for (std::size_t i = 0; i < body.size(); ++i) {
      is_right &= body[i] == static_cast<char>('a' + i % 23);
    }
    BOOST_TEST(is_right);
  }
  BOOST_TEST(client.Get("/pieces?size=1000&declare").body.size() == 1000U);
  BOOST_TEST(client.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(a_crash_costs_its_request_alone) {
  Server server;
  server.Start(Serving("count: 2, max: 8"));
  Client bystander(server.Port());
  for (const char* what : {"segv", "abort", "exit", "kill", "overflow", "thread"}) {
    const std::size_t from = server.LogSize();
    bystander.SendGet("/sleep/50");
    Client client(server.Port());
    const std::string target = std::string("/chaos/") + what;
    BOOST_TEST(client.Get(target).status == 500, what);
    server.WaitForLog({"error executor died", "cause=", "route=/chaos/", "GET " + target}, from);
    BOOST_TEST(client.Get("/chaos/ok").body == "still here\n");
    BOOST_TEST(bystander.Read().body == "slept 50 ms\n");
  }
  BOOST_TEST(server.CountLog("worker died") == 0);
  BOOST_TEST(Executors(server)["crashed"] == 6);
}

BOOST_AUTO_TEST_CASE(crashes_in_a_row_do_not_make_others_wait) {
  Server server;
  server.Start(Serving("count: 1, max: 2"));
  Client client(server.Port());
  for (int i = 0; i < 50; ++i) BOOST_TEST(client.Get("/chaos/segv").status == 500);
  BOOST_TEST(client.Get("/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(an_answer_that_breaks_off_is_seen_to_be_incomplete) {
  Server server;
  server.Start(Serving("count: 1"));
  for (const char* what : {"half", "broken"}) {
    Client client(server.Port());
    client.SendGet(std::string("/chaos/") + what);
    BOOST_CHECK_THROW(client.Read(), std::runtime_error);
  }
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(nonsense_is_a_500_with_a_line) {
  Server server;
  server.Start(Serving("count: 1, requests_per_process: 0, max: 1"));
  Client client(server.Port());
  for (const char* what : {"status", "header", "length", "throw"}) {
    BOOST_TEST(client.Get(std::string("/chaos/") + what).status == 500);
    server.WaitForLog({"error module failed", std::string("target=/chaos/") + what});
  }
  BOOST_TEST(Executors(server)["started"] == 1);
}

BOOST_AUTO_TEST_CASE(one_that_takes_too_long_is_ended_and_answered_with_504) {
  Server server;
  server.Start(Serving("count: 1, max: 1, timeout: 300ms"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/chaos/hang").status == 504);
  BOOST_TEST(Becomes(server, "timed_out", 1));
  BOOST_TEST(Executors(server)["cancelled"] == 0);
  BOOST_TEST(client.Get("/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_executor_that_works_for_it) {
  Server server;
  server.Start(Serving("count: 1, max: 1"));
  {
    Client client(server.Port());
    client.SendGet("/sleep/60000");
    BOOST_TEST(Becomes(server, "busy", 1));
  }
  BOOST_TEST(Becomes(server, "cancelled", 1));
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_client_that_has_left_is_not_run) {
  Server server;
  server.Start(Serving("count: 1, max: 1"));
  Client slow(server.Port());
  slow.SendGet("/sleep/300");
  BOOST_TEST(Becomes(server, "busy", 1));
  Client(server.Port()).SendGet("/fib/5");
  BOOST_TEST(slow.Read().body == "slept 300 ms\n");
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  BOOST_TEST(server.Status()["modules"]["fibonacci.computed"] == 1);
}

BOOST_AUTO_TEST_CASE(an_executor_is_replaced_after_so_many_requests) {
  Server server;
  server.Start(Serving("count: 1, max: 2, requests_per_process: 3"));
  Client client(server.Port());
  for (int i = 0; i < 9; ++i) BOOST_TEST(client.Get("/fib/1").body == "1");
  BOOST_TEST(Becomes(server, "requests", 9));
  // No executor has taken more than its share; spares are started while others are at work.
  BOOST_TEST(Executors(server)["started"] >= 3);
  BOOST_TEST(Executors(server)["crashed"] == 0);
}

BOOST_AUTO_TEST_CASE(as_many_work_at_once_as_there_may_be_and_the_rest_waits) {
  Server server;
  server.Start(Serving("count: 2, max: 3"));
  std::vector<Client> clients;
  for (int i = 0; i < 6; ++i) {
    clients.emplace_back(server.Port());
    clients.back().SendGet("/sleep/2000");
  }
  BOOST_TEST(Becomes(server, "busy", 3));
  for (Client& client : clients) BOOST_TEST(client.Read().body == "slept 2000 ms\n");
  BOOST_TEST(Becomes(server, "requests", 6));
  BOOST_TEST(Becomes(server, "waiting", 2));
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_answered_at_once_with_503) {
  Server server;
  server.Start(Serving("count: 1, max: 1, queue: 1"));
  Client first(server.Port());
  first.SendGet("/sleep/60000");
  Client second(server.Port());
  second.SendGet("/sleep/60000");
  // The two are read in the loop's turns, so it may take a few tries until they are both there.
  BOOST_TEST(Eventually([&] {
    Client next(server.Port());
    next.SendGet("/sleep/60000");
    if (!next.WaitForBytes(milliseconds(200))) return false;
    const Answer answer = next.Read();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer["Retry-After"] == "1");
    return true;
  }));
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(more_requests_than_the_channel_holds_are_all_answered) {
  Server server;
  server.Start(Serving("count: 1, max: 1, requests_per_process: 0"));
  Client slow(server.Port());
  slow.SendGet("/sleep/300");
  BOOST_TEST(Becomes(server, "busy", 1));
  std::vector<Client> clients;
  for (int i = 0; i < 500; ++i) {
    clients.emplace_back(server.Port());
    clients.back().SendGet("/fib/1");
  }
  for (Client& client : clients) BOOST_TEST(client.Read().body == "1");
  BOOST_TEST(slow.Read().body == "slept 300 ms\n");
}

#ifndef TINED_SANITIZED  // AddressSanitizer itself takes more address space than any limit.
BOOST_AUTO_TEST_CASE(one_that_wants_too_much_memory_fails_alone) {
  Server server;
  server.Start(Serving("count: 1, memory: 256MiB"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/chaos/leak?mb=64").status == 200);
  BOOST_TEST(client.Get("/chaos/leak?mb=512").status == 500);
  BOOST_TEST(client.Get("/fib/1").body == "1");
}
#endif

BOOST_AUTO_TEST_CASE(a_killed_worker_takes_its_executors_along_and_the_request_is_run_again,
                     *NeedsRescue()) {
  Server server;
  server.Start(Serving("count: 2"));
  Client client(server.Port());
  client.SendGet("/sleep/3000");
  BOOST_TEST(Becomes(server, "busy", 1));
  server.KillWorker(0, SIGKILL);
  BOOST_TEST(client.Read().body == "slept 3000 ms\n");
  BOOST_TEST(Becomes(server, "requests", 2));
  BOOST_TEST(Becomes(server, "cancelled", 1));
}

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

BOOST_AUTO_TEST_CASE(every_end_of_an_executor_is_told_once_and_with_its_request) {
  Server server;
  server.Start(Config()
                   .Workers(1)
                   .Set("backends", "{processes: {count: 2, timeout: 1s}}")
                   .Route("/f/", InProcess("failures")));
  struct End {
    const char* name;
    int status;
    const char* cause;
    bool has_stack;
  };
  Client client(server.Port());
  for (const End& end :
       {End{"hang", 504, "cause=\"timed out\"", false}, End{"exit", 500, "cause=\"exit 0\"", true},
        End{"_exit", 500, "cause=\"exit 3\"", true},
        End{"exec", 500, "cause=\"exec in an executor\"", true},
        End{"term", 500, "cause=SIGTERM", false},
        End{"close", 500, "cause=\"close of all descriptors in an executor\"", true},
        End{"close_each", 500, "cause=\"its executor closed the socket", false},
        End{"segv", 500, "cause=SIGSEGV", true}, End{"overflow", 500, "cause=SIGSEGV", true},
        End{"abort", 500, "cause=SIGABRT", true}}) {
    BOOST_TEST_CONTEXT(end.name) {
      const std::string target = std::string("/f/") + end.name;
      const std::size_t from = server.LogSize();
      BOOST_TEST(client.Get(target).status == end.status);
      const std::string line = "request=\"GET " + target + "\"";
      server.WaitForLog({"error ", end.cause, "route=/f/", "module=", line, " id="}, from);
      if (end.has_stack) server.WaitForLog({line, "stack=", ".so+0x"}, from);
      BOOST_TEST(client.Get("/f/nothing").status == 200);
      BOOST_TEST(server.CountLog(line) == 1);
    }
  }
  BOOST_TEST(Executors(server)["timed_out"] == 1);
  BOOST_TEST(Executors(server)["cancelled"] == 0);
  BOOST_TEST(server.CountLog("SIGSEGV address=0x40") == 1);
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

BOOST_AUTO_TEST_CASE(an_executor_that_hangs_at_its_start_is_not_counted_on_and_ended) {
  Server server;
  server.Start(StartsConfig());
  const std::string hold = server.Path("hold");
  BOOST_TEST(Becomes(server, "waiting", 1));
  server.Write("hold", "");
  Client client(server.Port());
  BOOST_TEST(client.Get("/starts").body == "started\n");
  // The one that took its place does not get ready, nor does one beside it.
  BOOST_TEST(Becomes(server, "started", 3));
  BOOST_TEST(Executors(server)["waiting"] == 0);
  const std::vector<pid_t> hung = ChildrenOf(PidIn(server, "spawner started"));
  BOOST_TEST(hung.size() == 2U);
  std::filesystem::remove(hold);
  // It is answered long before those are given up.
  client.SendGet("/starts");
  BOOST_TEST(client.WaitForBytes(seconds(6)));
  BOOST_TEST(client.Read().body == "started\n");
  BOOST_TEST(server.CountLog("executor did not get ready in time") == 0);
  for (const pid_t pid : hung) {
    server.WaitForLog({"error executor did not get ready in time, killing it", "gen=1",
                       "pid=" + std::to_string(pid), "timeout_ms=10000"});
    server.WaitForLog({"error executor died without a request", "pid=" + std::to_string(pid)});
  }
  ExpectGone(hung);
  BOOST_TEST(Becomes(server, "crashed", 2));
  BOOST_TEST(Becomes(server, "waiting", 1));
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

BOOST_AUTO_TEST_CASE(an_executor_that_was_stopped_is_ended_at_once) {
  Server server;
  server.Start(Serving("count: 1"));
  const pid_t spawner = PidIn(server, "spawner started");
  BOOST_TEST(Becomes(server, "waiting", 1));
  const pid_t waiting = ChildrenOf(spawner).at(0);
  Kill(waiting, SIGSTOP);
  server.WaitForLog({"error an executor was stopped", "pid=" + std::to_string(waiting)});
  Client client(server.Port());
  BOOST_TEST(client.Get("/fib/1").body == "1");
  ExpectGone({waiting});
  // One that has a request: that is lost, with a word.
  BOOST_TEST(Becomes(server, "waiting", 1));
  const pid_t busy = ChildrenOf(spawner).at(0);
  client.SendGet("/sleep/20000");
  BOOST_TEST(Becomes(server, "busy", 1));
  Kill(busy, SIGSTOP);
  BOOST_TEST(client.Read().status == 500);
  server.WaitForLog({"error executor died", "cause=SIGKILL", "route=/sleep/", "GET /sleep/20000"});
  BOOST_TEST(client.Get("/fib/1").body == "1");
  ExpectGone({busy});
  BOOST_TEST(server.CountLog("timed out") == 0);
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

BOOST_AUTO_TEST_CASE(what_an_executor_leaves_behind_ends_with_it) {
  Server server;
  server.Start(Config()
                   .Workers(1)
                   .Set("backends", "{processes: {count: 1, requests_per_process: 0}}")
                   .Route("/f/", InProcess("failures")));
  Client client(server.Port());
  for (const char* name : {"leave", "leave_session"}) {
    BOOST_TEST_CONTEXT(name) {
      const std::size_t from = server.LogSize();
      BOOST_TEST(client.Get(std::string("/f/") + name).status == 200);
      server.WaitForLog({"left pid="}, from);
      const std::string log = server.Log().substr(from);
      const pid_t left = std::stoi(log.substr(log.find("left pid=") + 9));
      ExpectGone({left});
      BOOST_TEST(client.Get("/f/nothing").status == 200);
    }
  }
  BOOST_TEST(Executors(server)["crashed"] == 0);
}

BOOST_AUTO_TEST_SUITE_END()
