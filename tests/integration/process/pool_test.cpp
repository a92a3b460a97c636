// How many executors there are, when they are replaced, and how they end.
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/process/site.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

BOOST_AUTO_TEST_SUITE(process)

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
