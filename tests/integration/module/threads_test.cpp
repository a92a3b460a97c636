// Modules that a worker runs on threads.
#include <signal.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/client.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/module/site.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

/// A module on threads, for those that sleep.
Config Sleeping() { return Serving().Route("/sleep/", Module("sleep", "run: thread")); }

}  // namespace

BOOST_AUTO_TEST_SUITE(module)

BOOST_AUTO_TEST_CASE(a_blocking_handler_on_a_thread_holds_nobody_up) {
  Server server;
  server.Start(Sleeping());
  Client slow(server.Port());
  slow.SendGet("/sleep/60000");
  BOOST_TEST(Eventually([&] { return server.Status()["bytes"]["received"] > 0; }));
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
  BOOST_TEST(GetOnce(server.Port(), "/sleep/1").body == "slept 1 ms\n");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order_whatever_runs_them) {
  Server server;
  server.Start(Sleeping().Route("/echo", Module("echo", "run: thread")));
  Client client(server.Port());
  const std::string get = " HTTP/1.1\r\nHost: a\r\n\r\n";
  client.Send("GET /ping" + get + "GET /sleep/30" + get + "GET /sleep/1" + get + "GET /ping" + get +
              PostText("/echo", "first") + "POST /echo HTTP/1.1\r\nHost: a\r\n" +
              "Transfer-Encoding: chunked\r\n\r\n6\r\nsecond\r\n0\r\n\r\nGET /ping" + get);
  for (const char* body :
       {"pong", "slept 30 ms\n", "slept 1 ms\n", "pong", "first", "second", "pong"}) {
    BOOST_TEST(client.Read().body == body);
  }
}

BOOST_AUTO_TEST_CASE(a_full_queue_is_answered_at_once_with_503) {
  Server server;
  server.Start(Sleeping().Set("backends", "{threads: {count: 2, queue: 1}}"));
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(server.Port());
    clients.back().SendGet("/sleep/60000");
  }
  // The three are read in the loop's turns, so it may take a few tries until they are all there.
  BOOST_TEST(Eventually([&] {
    Client next(server.Port());
    next.SendGet("/sleep/60000");
    if (next.WaitForBytes(milliseconds(200))) {
      const Answer answer = next.Read();
      BOOST_TEST(answer.status == 503);
      BOOST_TEST(answer["Retry-After"] == "1");
      server.WaitForLog({"warning all threads are at work", "threads=2", "turned_away="});
      // A thread that has been given a job may have to wait for a CPU before it says so.
      BOOST_TEST(Eventually([&] {
        const nlohmann::json threads = server.Status()["threads"];
        return threads["busy"] == 2 && threads["waiting"] == 1;
      }));
      return true;
    }
    return false;
  }));
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_while_a_thread_works_is_forgotten) {
  Server server;
  server.Start(Sleeping());
  {
    Client client(server.Port());
    client.SendGet("/sleep/60000");
    BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_has_said_all_still_gets_its_answer) {
  Server server;
  server.Start(Sleeping());
  Client client(server.Port());
  client.SendGet("/sleep/50");
  client.ShutDown();
  BOOST_TEST(client.Read().body == "slept 50 ms\n");
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(a_reload_waits_for_what_a_thread_is_doing_and_the_connection_goes_on) {
  Server server;
  const Config config = Sleeping();
  server.Start(config);
  Client client(server.Port());
  client.SendGet("/sleep/500");
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
  server.Configure(config);
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(client.Read().body == "slept 500 ms\n");
  server.WaitForLog({"worker has drained", "gen=1"});
  BOOST_TEST(client.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_what_a_thread_is_doing) {
  Server server;
  server.Start(Sleeping());
  Client client(server.Port());
  client.SendGet("/sleep/300");
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
  server.Signal(SIGTERM);
  const Answer answer = client.Read();
  BOOST_TEST(answer.body == "slept 300 ms\n");
  BOOST_TEST(answer["Connection"] == "close");
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(many_clients_share_a_few_threads) {
  Server server;
  server.Start(Serving()
                   .Route("/fib/", Module("fibonacci", "run: thread"))
                   .Set("backends", "{threads: {count: 3}}"));
  Load load({.port = server.Port(),
             .connections = 24,
             .pipelined = 3,
             .files = {{"/fib/10", "89"}, {"/fib/16", "1597"}}});
  BOOST_TEST(Eventually([&] { return load.answers() > 3000; }));
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
}

BOOST_AUTO_TEST_SUITE_END()
