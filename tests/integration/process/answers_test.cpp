// What executors answer, and what a request costs that goes wrong in one.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/built.hpp"
#include "tests/integration/process/site.hpp"

using namespace tined::test;

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(modules_answer_from_another_process) {
  Server server;
  server.Start(Serving("count: 2"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/fib/20").body == "10946");
  BOOST_TEST(client.Get("/fib/x").body == "error");
  BOOST_TEST(client.Get("/sleep/x").status == 400);
  BOOST_TEST(client.Ask(PostText("/echo", "some bytes")).body == "some bytes");
  BOOST_TEST(client.Ask(PostText("/echo", "")).body == "");
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
    BOOST_TEST((client.Ask(PostText("/echo", body)).body == body), size);
  }
}

BOOST_AUTO_TEST_CASE(bodies_in_pieces_arrive_whole_and_the_connection_goes_on) {
  Server server;
  server.Start(Serving("count: 1"));
  Client client(server.Port());
  for (const std::size_t size : {0U, 1U, 1'000'000U}) {
    const std::string body = client.Get("/pieces?size=" + std::to_string(size)).body;
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

// AddressSanitizer itself takes more address space than any limit.
BOOST_AUTO_TEST_CASE(one_that_wants_too_much_memory_fails_alone, *NotSanitized()) {
  Server server;
  server.Start(Serving("count: 1, memory: 256MiB"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/chaos/leak?mb=64").status == 200);
  BOOST_TEST(client.Get("/chaos/leak?mb=512").status == 500);
  BOOST_TEST(client.Get("/fib/1").body == "1");
}

BOOST_AUTO_TEST_SUITE_END()
