// Modules as users write and break them: the examples, loaded by a real tined.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/module/site.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

/// What the module "pieces" answers.
std::string Pieces(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i % 23);
  return bytes;
}

Client::End ReadToEnd(Client& client) {
  for (;;) {
    const Client::End end = client.WaitForEnd();
    if (end != Client::End::more_bytes) return end;
    client.Discard();
  }
}

/// Bytes that the module "pieces" has made so far.
std::uint64_t Made(const Server& server) {
  return server.Status()["modules"].value("pieces.made", std::uint64_t{0});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(module)

BOOST_AUTO_TEST_CASE(examples_answer) {
  Server server;
  server.Start(Serving()
                   .Route("/fib/", Module("fibonacci", "settings: {max: 30}"))
                   .Route("/echo", Module("echo"))
                   .Route("/sleep/", Module("sleep"))
                   .Route("/hello", Module("hello-c")));
  Client client(server.Port());
  BOOST_TEST(client.Get("/fib/20").body == "10946");
  BOOST_TEST(client.Get("/fib/0").body == "1");
  BOOST_TEST(client.Get("/fib/31").body == "out of range");
  BOOST_TEST(client.Get("/fib/-1").body == "out of range");
  BOOST_TEST(client.Get("/fib/x").body == "error");
  BOOST_TEST(client.Ask(PostText("/echo", "some bytes")).body == "some bytes");
  BOOST_TEST(client.Get("/sleep/1").body == "slept 1 ms\n");
  BOOST_TEST(client.Get("/sleep/x").status == 400);
  BOOST_TEST(client.Get("/hello").body.starts_with("Hello, 127.0.0.1:"));
}

BOOST_AUTO_TEST_CASE(a_module_in_rust_answers_where_there_is_a_compiler_for_it) {
  if (!std::filesystem::exists(Built("examples/hello-rust.so"))) {
    BOOST_TEST_MESSAGE("hello-rust was not built: there is no rustc");
    return;
  }
  Server server;
  server.Start(Serving()
                   .Route("/hello", Module("hello-rust"))
                   .Route("/p", Module("hello-rust", "run: process")));
  for (const char* path : {"/hello", "/p"}) {
    const std::string body = GetOnce(server.Port(), path).body;
    BOOST_TEST(body.starts_with("Hello from Rust, 127.0.0.1:"), body);
  }
}

BOOST_AUTO_TEST_CASE(large_bodies_go_both_ways) {
  Server server;
  server.Start(Serving().Route("/echo", Module("echo")));
  const std::string body(900'000, 'x');
  BOOST_TEST(Client(server.Port()).Ask(PostText("/echo", body)).body == body);
}

BOOST_AUTO_TEST_CASE(head_and_options_reach_the_module) {
  Server server;
  server.Start(Serving().Route("/fib/", Module("fibonacci")));
  Client client(server.Port());
  client.Send("HEAD /fib/20 HTTP/1.1\r\nHost: a\r\n\r\n");
  const Answer head = client.Read(/*is_head=*/true);
  BOOST_TEST(head["Content-Length"] == "5");
  BOOST_TEST(client.Ask("OPTIONS /fib/20 HTTP/1.1\r\nHost: a\r\n\r\n").body == "10946");
}

BOOST_AUTO_TEST_CASE(counters_of_modules_are_in_the_status_and_survive_workers) {
  Server server;
  server.Start(Serving().Route("/fib/", Module("fibonacci")));
  for (int i = 0; i < 3; ++i) BOOST_TEST(GetOnce(server.Port(), "/fib/1").status == 200);
  BOOST_TEST(server.Status()["modules"]["fibonacci.computed"] == 3);
  server.KillWorker(0, SIGKILL);
  server.WaitForLog({"worker died"});
  BOOST_TEST(GetOnce(server.Port(), "/fib/1").status == 200);
  BOOST_TEST(server.Status()["modules"]["fibonacci.computed"] == 4);
}

BOOST_AUTO_TEST_CASE(nonsense_from_a_module_is_a_500_with_a_line) {
  Server server;
  server.Start(Serving().Route("/chaos/", Module("chaos")));
  Client client(server.Port());
  for (const char* what : {"status", "header", "length", "throw"}) {
    const std::size_t from = server.LogSize();
    const Answer answer = client.Get(std::string("/chaos/") + what);
    BOOST_TEST(answer.status == 500);
    BOOST_TEST(!answer.Has("X-Broken"));
    server.WaitForLog({"error module failed", "module=chaos", "route=/chaos/",
                       std::string("target=/chaos/") + what, "reason="},
                      from);
  }
  BOOST_TEST(client.Get("/chaos/ok").body == "still here\n");
}

BOOST_AUTO_TEST_CASE(crashes_hangs_and_exits_cost_no_more_than_a_worker) {
  Server server;
  server.Start(Serving()
                   .Set("workers", "{watchdog: 500ms, restart: {backoff: 10ms}}")
                   .Route("/chaos/", Module("chaos")));
  for (const char* what : {"segv", "abort", "exit", "kill", "overflow", "thread", "hang"}) {
    const std::size_t from = server.LogSize();
    Client client(server.Port());
    client.SendGet(std::string("/chaos/") + what);
    server.WaitForLog({"worker is ready"}, from);
    BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
  }
}

BOOST_AUTO_TEST_CASE(a_body_in_pieces_that_breaks_off_is_seen_to_be_incomplete) {
  Server server;
  server.Start(
      Serving().Route("/e/", Module("chaos")).Route("/t/", Module("chaos", "run: thread")));
  for (const char* path : {"/e/", "/t/"}) {
    Client client(server.Port());
    client.SendGet(path + std::string("broken"));
    BOOST_CHECK_THROW(client.Read(), std::runtime_error);
    Client undelimited(server.Port());
    undelimited.Send("GET " + std::string(path) + "broken?endless HTTP/1.0\r\n\r\n");
    BOOST_TEST(ReadToEnd(undelimited) == Client::End::reset);
  }
  BOOST_TEST(server.CountLog("worker died") == 0);
}

BOOST_AUTO_TEST_CASE(bodies_in_pieces_arrive_whole_and_the_connection_goes_on) {
  Server server;
  server.Start(
      Serving().Route("/e", Module("pieces")).Route("/t", Module("pieces", "run: thread")));
  Client client(server.Port());
  for (const char* path : {"/e", "/t"}) {
    for (const char* query : {"?size=1", "?size=1000000", "?size=1000000&declare", "?size=0"}) {
      const std::size_t size = std::stoul(std::string(query).substr(6));
      const std::string body = client.Get(std::string(path) + query).body;
      BOOST_TEST(body.size() == size);
      BOOST_TEST((body == Pieces(size)));
    }
  }
  client.Send("HEAD /t?size=5 HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.Read(/*is_head=*/true)["Transfer-Encoding"] == "chunked");
  BOOST_TEST(client.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_holds_its_producer_up) {
  Server server;
  server.Start(
      Serving().Route("/e", Module("pieces")).Route("/t", Module("pieces", "run: thread")));
  for (const char* path : {"/e", "/t"}) {
    Client client(server.Port());
    client.SendGet(std::string(path) + "?size=1000000000");
    // As much as socket buffers hold, a few megabytes, and then no more.
    std::uint64_t made = 0;
    BOOST_TEST(Eventually([&] {
      const std::uint64_t before = std::exchange(made, Made(server));
      std::this_thread::sleep_for(milliseconds(100));
      return made > 0 && made == before;
    }));
    BOOST_TEST(made < 100'000'000U);
  }
  BOOST_TEST(Eventually([&] { return server.Status()["modules"]["pieces.released"] == 2; }));
}

/// What a handler lends is read when it has returned: if that crashes, it is its doing as well.
BOOST_AUTO_TEST_CASE(what_is_lent_and_cannot_be_read_costs_its_own_request_alone, *NeedsRescue()) {
  Server server;
  server.Start(Config()
                   .Workers(2)
                   .Route("/ping", Respond("pong"))
                   .Route("/event", Module("failures", "run: event"))
                   .Route("/thread", Module("failures", "run: thread")));
  std::uint64_t runs = 0;
  for (const std::string backend : {"event", "thread"}) {
    const std::size_t from = server.LogSize();
    Client client(server.Port());
    BOOST_TEST(client.Get("/" + backend + "/answer/lent").status == 500, backend);
    BOOST_TEST(client.Get("/ping").body == "pong");
    server.WaitForLog({"a request ended its worker", "cause=SIGSEGV", "route=/" + backend}, from);
    BOOST_TEST(server.Status()["modules"]["failures.ran"] == ++runs);
  }
}

BOOST_AUTO_TEST_SUITE_END()
