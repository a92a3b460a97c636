// Executors that stay: one lasting channel with each worker carries all their answers. What a
// request of its own costs elsewhere must hold here as well.
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/integration/ability.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/process/site.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

Config Staying(const std::string& more = "count: 2, max: 2") {
  return Serving("requests_per_process: 0, " + more);
}

std::size_t OpenDescriptors(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// The one executor that waits, once it does.
pid_t OnlyExecutor(const Server& server) {
  BOOST_REQUIRE(Becomes(server, "waiting", 1));
  return ChildrenOf(LastPidIn(server, "spawner started")).at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(those_that_stay_answer_whatever_the_size) {
  Server server;
  server.Start(Staying());
  Client client(server.Port());
  for (int round = 0; round < 3; ++round) {
    BOOST_TEST(client.Get("/fib/20").body == "10946");
    for (const std::size_t size : {0U, 1U, 60'000U, 66'000U, 70'000U, 1'000'000U}) {
      std::string body(size, '\0');
      for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * 7919 >> 3);
      BOOST_TEST((client.Ask(PostText("/echo", body)).body == body), size);
    }
    BOOST_TEST(client.Get("/pieces?size=1000000").body.size() == 1'000'000U);
    BOOST_TEST(client.Get("/pieces?size=1000&declare").body.size() == 1000U);
  }
  BOOST_TEST(Executors(server)["started"] == 2);
}

BOOST_AUTO_TEST_CASE(many_workers_share_those_that_stay) {
  Server server;
  server.Start(Staying().Workers(3));
  std::vector<Client> clients;
  for (int i = 0; i < 30; ++i) clients.emplace_back(server.Port());
  for (int round = 0; round < 20; ++round) {
    for (Client& client : clients) client.SendGet("/fib/" + std::to_string(round % 5 + 5));
    for (Client& client : clients) BOOST_TEST(client.Read().status == 200);
  }
  BOOST_TEST(Becomes(server, "requests", 600));
  BOOST_TEST(Executors(server)["started"] == 2);
  BOOST_TEST(Becomes(server, "waiting", 2));
  BOOST_TEST(Executors(server)["busy"] == 0);
}

BOOST_AUTO_TEST_CASE(one_that_stays_and_crashes_costs_its_request_alone) {
  Server server;
  server.Start(Staying("count: 2, max: 8"));
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
  BOOST_TEST(Executors(server)["crashed"] == 6);
  BOOST_TEST(server.CountLog("an executor gave no answer") == 0);
}

BOOST_AUTO_TEST_CASE(the_end_of_one_that_stays_is_told_once) {
  Server server;
  server.Start(
      Config()
          .Workers(1)
          .Set("backends", "{processes: {count: 2, max: 4, timeout: 1s, requests_per_process: 0}}")
          .Route("/f/", InProcess("failures")));
  Client client(server.Port());
  struct End {
    const char* name;
    int status;
    const char* cause;
  };
  for (const auto& [name, status, cause] :
       {End{"hang", 504, "cause=\"timed out\""}, End{"_exit", 500, "cause=\"exit 3\""},
        End{"term", 500, "cause=SIGTERM"},
        End{"close", 500, "cause=\"close of all descriptors in an executor\""},
        End{"close_each", 500, "cause=\"its executor closed the socket"},
        End{"segv", 500, "cause=SIGSEGV"}}) {
    BOOST_TEST_CONTEXT(name) {
      const std::string target = std::string("/f/") + name;
      const std::size_t from = server.LogSize();
      BOOST_TEST(client.Get("/f/nothing").status == 200);
      BOOST_TEST(client.Get(target).status == status);
      const std::string line = "request=\"GET " + target + "\"";
      server.WaitForLog({"error ", cause, "route=/f/", line, " id="}, from);
      BOOST_TEST(client.Get("/f/nothing").status == 200);
      BOOST_TEST(server.CountLog(line) == 1);
    }
  }
  BOOST_TEST(Executors(server)["timed_out"] == 1);
  BOOST_TEST(Executors(server)["cancelled"] == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_ends_the_one_that_stays) {
  Server server;
  server.Start(Staying("count: 1, max: 1"));
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  const pid_t at_work = OnlyExecutor(server);
  {
    Client client(server.Port());
    client.SendGet("/sleep/60000");
    BOOST_TEST(Becomes(server, "busy", 1));
  }
  BOOST_TEST(Becomes(server, "cancelled", 1));
  ExpectGone({at_work});
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(what_waits_for_those_that_stay_is_not_run_when_its_client_has_left) {
  Server server;
  server.Start(Staying("count: 1, max: 1"));
  const pid_t only = OnlyExecutor(server);
  Client slow(server.Port());
  slow.SendGet("/sleep/500");
  BOOST_TEST(Becomes(server, "busy", 1));
  for (int i = 0; i < 10; ++i) Client(server.Port()).SendGet("/fib/5");
  BOOST_TEST(slow.Read().body == "slept 500 ms\n");
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  BOOST_TEST(server.Status()["modules"]["fibonacci.computed"] == 1);
  // None of them has ended it.
  BOOST_TEST(OnlyExecutor(server) == only);
  BOOST_TEST(Executors(server)["cancelled"] == 0);
}

BOOST_AUTO_TEST_CASE(one_that_stays_and_takes_too_long_is_ended) {
  Server server;
  server.Start(Staying("count: 1, max: 1, timeout: 300ms"));
  Client client(server.Port());
  for (int i = 1; i <= 3; ++i) {
    BOOST_TEST(client.Get("/fib/1").body == "1");
    BOOST_TEST(client.Get("/chaos/hang").status == 504);
    BOOST_TEST(Becomes(server, "timed_out", i));
  }
  BOOST_TEST(Executors(server)["cancelled"] == 0);
}

BOOST_AUTO_TEST_CASE(a_killed_worker_takes_those_along_that_work_for_it, *NeedsRescue()) {
  Server server;
  server.Start(Staying("count: 2, max: 3").Workers(2));
  Client client(server.Port());
  BOOST_TEST(client.Get("/fib/1").body == "1");
  client.SendGet("/sleep/2000");
  BOOST_TEST(Becomes(server, "busy", 1));
  // Either of them has the client; the other one's executors stay.
  server.KillWorker(0, SIGKILL);
  server.KillWorker(1, SIGKILL);
  BOOST_TEST(client.Read().body == "slept 2000 ms\n");
  BOOST_TEST(Executors(server)["cancelled"].get<int>() >= 1);
  BOOST_TEST(Becomes(server, "busy", 0));
  for (int i = 0; i < 10; ++i) BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(workers_that_come_later_are_served_as_well) {
  Server server;
  server.Start(Staying().Workers(1));
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  // More than there are mailboxes.
  BOOST_TEST(server.Ctl({"scale", "6"}).status == 0);
  BOOST_TEST(Eventually([&] { return server.HasLogged("worker is ready", 6); }));
  std::vector<Client> clients;
  for (int i = 0; i < 24; ++i) clients.emplace_back(server.Port());
  for (int round = 0; round < 3; ++round) {
    for (Client& client : clients) client.SendGet("/fib/10");
    for (Client& client : clients) BOOST_TEST(client.Read().body == "89");
  }
  BOOST_TEST(Becomes(server, "requests", 73));
  BOOST_TEST(Executors(server)["crashed"] == 0);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_replaced_leaves_no_descriptor_behind, *NeedsRescue()) {
  Server server;
  server.Start(Staying("count: 1, max: 1"));
  const pid_t only = OnlyExecutor(server);
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  const std::size_t of_executor = OpenDescriptors(only);
  const std::size_t of_supervisor = OpenDescriptors(server.pid());
  for (int i = 0; i < 8; ++i) {
    server.KillWorker(0, SIGKILL);
    BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  }
  BOOST_TEST(OnlyExecutor(server) == only);
  // One for each mailbox at the most.
  BOOST_TEST(OpenDescriptors(only) <= of_executor + 1);
  BOOST_TEST(Eventually([&] { return OpenDescriptors(server.pid()) <= of_supervisor; }));
}

BOOST_AUTO_TEST_CASE(executors_that_are_gone_leave_no_descriptor_behind) {
  Server server;
  server.Start(Serving("count: 1, max: 2, requests_per_process: 20"));
  const pid_t worker = PidIn(server, "worker started");
  Client client(server.Port());
  for (int i = 0; i < 60; ++i) BOOST_TEST(client.Get("/fib/1").body == "1");
  const std::size_t before = OpenDescriptors(worker);
  for (int i = 0; i < 400; ++i) BOOST_TEST(client.Get("/fib/1").body == "1");
  BOOST_TEST(Eventually([&] { return OpenDescriptors(worker) <= before + 2; }));
  BOOST_TEST(Executors(server)["crashed"] == 0);
}

BOOST_AUTO_TEST_CASE(those_that_stay_go_on_when_their_spawner_is_replaced) {
  Server server;
  server.Start(Staying());
  Client client(server.Port());
  BOOST_TEST(client.Get("/fib/1").body == "1");
  client.SendGet("/sleep/1500");
  BOOST_TEST(Becomes(server, "busy", 1));
  const std::size_t from = server.LogSize();
  Kill(PidIn(server, "spawner started"), SIGKILL);
  server.WaitForLog({"spawner is ready"}, from);
  Client other(server.Port());
  for (int i = 0; i < 20; ++i) BOOST_TEST(other.Get("/fib/1").body == "1");
  BOOST_TEST(client.Read().body == "slept 1500 ms\n");
  BOOST_TEST(client.Get("/fib/1").body == "1");
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_at_reloads_with_those_that_stay) {
  Server server;
  server.Start(Staying("count: 2, max: 4").Workers(2));
  Load load({.port = server.Port(), .connections = 4, .files = {{"/fib/5", "8"}}});
  for (int i = 0; i < 3; ++i) BOOST_TEST(server.Reload().status == 0);
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  BOOST_TEST(load.answers() > 0U);
}

BOOST_AUTO_TEST_CASE(an_upgrade_leaves_those_that_stay_their_requests) {
  Server server;
  server.Start(Staying("count: 2, max: 2"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/fib/1").body == "1");
  client.SendGet("/sleep/1500");
  BOOST_TEST(Becomes(server, "busy", 1));
  BOOST_TEST(server.Ctl({"upgrade"}).status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").body == "1");
  BOOST_TEST(client.Read().body == "slept 1500 ms\n");
  BOOST_TEST(Executors(server)["cancelled"] == 0);
}

BOOST_AUTO_TEST_CASE(those_that_stay_answer_messages_of_a_stream) {
  Server server;
  server.Start(Config()
                   .Workers(2)
                   .Set("backends", "{processes: {count: 2, requests_per_process: 0}}")
                   .Stream(Module("dialogue", "run: process")));
  for (int i = 0; i < 20; ++i) {
    Client client(server.Port());
    client.Send("me\nx\n");
    const std::string all = "Hello. Who are you?\nWelcome, me.\nme, line 1: x\n";
    BOOST_TEST(client.ReadBytes(all.size()) == all);
    client.Send("bye\n");
    BOOST_TEST(client.ReadBytes(9) == "Goodbye.\n");
  }
  BOOST_TEST(Executors(server)["crashed"] == 0);
}

BOOST_AUTO_TEST_CASE(more_are_forked_as_soon_as_the_last_one_that_stays_is_busy) {
  Server server;
  server.Start(Staying("count: 1, max: 6"));
  std::vector<Client> slow;
  for (int i = 0; i < 5; ++i) {
    slow.emplace_back(server.Port());
    slow.back().SendGet("/sleep/3000");
  }
  // Long before the spawner would have looked five times by itself.
  Client client(server.Port());
  client.SendGet("/fib/1");
  BOOST_TEST(client.WaitForBytes(milliseconds(2500)));
  BOOST_TEST(client.Read().body == "1");
  for (Client& each : slow) BOOST_TEST(each.Read().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
