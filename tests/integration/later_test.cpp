// Answers that come later: coroutines and the C interface below them, however they are run.
#include <signal.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

const std::vector<std::string> kRuns = {"event", "thread", "process"};

Config Serving(const std::string& run, int workers = 1) {
  return Config()
      .Workers(workers, "restart: {backoff: 10ms, limit: 1000}")
      .Set("backends", "{threads: {count: 8}, processes: {count: 2, max: 8}}")
      .Listener("echo", "unix:${DIR}/echo")
      .Stream(Module("echo"))
      .Listener("web")
      .Route("/ping", Respond("pong"))
      .Route("/later/", Module("later", "run: " + run +
                                            ", settings: {files: \"${DIR}/texts\", upstream: "
                                            "\"unix:${DIR}/echo\"}"))
      .Route("/waits/", Module("waits", "run: " + run));
}

std::uint64_t Counted(const Server& server, const std::string& name) {
  const nlohmann::json counters = server.Status()["modules"];
  return counters.value(name, std::uint64_t{0});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(later)

BOOST_DATA_TEST_CASE(it_waits_for_times_files_servers_and_threads, kRuns) {
  Server server;
  std::string big(3'000'000, 'x');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 23);
  server.Write("texts/big", big);
  server.Write("texts/empty", "");
  server.Start(Serving(sample));
  Client client(server.Port());
  BOOST_TEST(client.Get("/later/sleep/30").body == "slept 30 ms\n");
  BOOST_TEST(client.Get("/later/sleep/0").body == "slept 0 ms\n");
  BOOST_TEST((client.Get("/later/file/big").body == big));
  BOOST_TEST(client.Get("/later/file/empty").body == "");
  BOOST_TEST(client.Get("/later/upstream?hello").body == "hello");
  BOOST_TEST(client.Get("/later/thread/20").body == "10946\n");
  const Answer missing = client.Get("/later/file/missing");
  BOOST_TEST(missing.status == 404);
  BOOST_TEST(missing.body.ends_with("texts/missing: No such file or directory\n"));
  BOOST_TEST(client.Get("/later/nothing").status == 404);
  BOOST_TEST(client.Get("/waits/sent").body == "1275");
  BOOST_TEST(client.Get("/waits/at-once").body == "at once");
  BOOST_TEST(client.Get("/waits/stream").body == std::string(100'000, 'x'));
  // The request is there to the end.
  BOOST_TEST(
      client.Ask("POST /waits/body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nkept").body ==
      "kept");
}

BOOST_AUTO_TEST_CASE(the_loop_serves_others_meanwhile) {
  Server server;
  server.Start(Serving("event"));
  std::vector<Client> sleeping;
  for (int i = 0; i < 100; ++i) sleeping.emplace_back(server.Port()).SendGet("/later/sleep/1500");
  Client other(server.Port());
  BOOST_TEST(other.Get("/ping").body == "pong");
  // All of them are asleep at a time: one after the other would take 150 s.
  for (Client& client : sleeping) BOOST_TEST(client.Read().body == "slept 1500 ms\n");
}

BOOST_DATA_TEST_CASE(answers_come_in_the_order_of_their_requests, kRuns) {
  Server server;
  server.Start(Serving(sample));
  Client client(server.Port());
  for (const char* const target :
       {"/later/sleep/200", "/ping", "/waits/at-once", "/later/sleep/1"}) {
    client.SendGet(target);
  }
  BOOST_TEST(client.Read().body == "slept 200 ms\n");
  BOOST_TEST(client.Read().body == "pong");
  BOOST_TEST(client.Read().body == "at once");
  BOOST_TEST(client.Read().body == "slept 1 ms\n");
}

BOOST_DATA_TEST_CASE(what_goes_wrong_later_is_an_error_of_that_request, kRuns) {
  Server server;
  server.Start(Serving(sample));
  Client client(server.Port());
  const std::vector<std::pair<std::string, std::string>> ways = {
      {"/waits/throw", "thrown after waiting"},
      {"/waits/nonsense", "99 is not a status"},
      {"/waits/unsent", "nothing was sent"},
      {"/waits/fail", "failed elsewhere"},
      {"/waits/silent", "cannot read: Connection timed out"},
      // The system would read the name up to there.
      {"/waits/nul", "Invalid argument"}};
  for (const auto& [target, reason] : ways) {
    BOOST_TEST(client.Get(target).status == 500);
    server.WaitForLog({"module failed", target, reason});
  }
  BOOST_TEST(client.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(an_upstream_that_is_not_there_is_an_error) {
  Server server;
  server.Start(Config().Workers(1).Route(
      "/", Module("later", "settings: {upstream: \"unix:${DIR}/nobody\"}")));
  BOOST_TEST(GetOnce(server.Port(), "/later/upstream?x").status == 500);
  server.WaitForLog({"module failed", "cannot connect to unix:", "No such file or directory"});
}

BOOST_DATA_TEST_CASE(a_client_that_leaves_cancels, kRuns) {
  Server server;
  server.Start(Serving(sample));
  {
    std::vector<Client> leaving;
    for (int i = 0; i < 4; ++i) leaving.emplace_back(server.Port()).SendGet("/waits/for-ever");
    BOOST_TEST(Eventually([&] { return Counted(server, "waits.begun") == 4; }));
  }
  if (sample == "process") {
    // Its executor ends with it.
    BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 0; }));
  } else {
    BOOST_TEST(Eventually([&] { return Counted(server, "waits.ended") == 4; }));
  }
  // Nobody is kept waiting by those.
  for (int i = 0; i < 10; ++i) BOOST_TEST(GetOnce(server.Port(), "/waits/sent").body == "1275");
}

BOOST_AUTO_TEST_CASE(a_crash_while_going_on_is_the_fault_of_that_request, *NeedsRescue()) {
  Server server;
  server.Start(Serving("event"));
  std::vector<Client> others;
  for (int i = 0; i < 8; ++i) others.emplace_back(server.Port()).SendGet("/later/sleep/500");
  Client crashing(server.Port());
  BOOST_TEST(crashing.Get("/waits/crash").status == 500);
  for (Client& client : others) BOOST_TEST(client.Read().body == "slept 500 ms\n");
  BOOST_TEST(server.CountLog("cause=SIGSEGV") >= 1);
}

BOOST_DATA_TEST_CASE(a_reload_waits_for_what_is_under_way, kRuns) {
  Server server;
  server.Start(Serving(sample, 2));
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(server.Port()).SendGet("/later/sleep/400");
  BOOST_TEST(server.Reload().status == 0);
  for (Client& client : clients) {
    BOOST_TEST(client.Read().body == "slept 400 ms\n");
    BOOST_TEST(client.Get("/ping").body == "pong");
  }
}

BOOST_DATA_TEST_CASE(it_stops_with_answers_under_way, kRuns) {
  Server server;
  server.Start(Serving(sample).Set("drain_timeout", "300ms"));
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(server.Port()).SendGet("/waits/for-ever");
  BOOST_TEST(Eventually([&] { return Counted(server, "waits.begun") == 4; }));
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(no_answer_fails_while_workers_are_replaced, *NeedsRescue()) {
  Server server;
  server.Start(Serving("event", 2));
  Load load({.port = server.Port(),
             .connections = 16,
             .files = {{"/later/sleep/3", "slept 3 ms\n"},
                       {"/waits/sent", "1275"},
                       {"/later/upstream?hello", "hello"},
                       {"/ping", "pong"}}});
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = load.answers();
    BOOST_TEST(server.Reload().status == 0);
    server.KillWorker(i % 2, SIGKILL);
    BOOST_TEST(Eventually([&] { return load.answers() > before + 100; }));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
}

BOOST_AUTO_TEST_CASE(one_request_answers_another_through_the_c_interface) {
  Server server;
  server.Start(Config().Workers(1).Route("/", Module("meets")));
  Client first(server.Port());
  Client second(server.Port());
  for (int i = 0; i < 3; ++i) {
    first.SendGet("/first");
    // Nothing but time tells that it is being waited for.
    BOOST_TEST(!first.WaitForBytes(milliseconds(50)));
    BOOST_TEST(second.Get("/second").body == "/first");
    BOOST_TEST(first.Read().body == "met");
  }
  {
    Client leaves(server.Port());
    leaves.SendGet("/gone");
    BOOST_TEST(!leaves.WaitForBytes(milliseconds(50)));
  }
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 2; }));
  first.SendGet("/again");
  BOOST_TEST(!first.WaitForBytes(milliseconds(50)));
  BOOST_TEST(second.Get("/second").body == "/again");
}

BOOST_AUTO_TEST_SUITE_END()
