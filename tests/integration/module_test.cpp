// Modules as users write, configure and break them: the examples, loaded by a real tined.
#include <signal.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

Config Serving() { return Config().Workers(1).Route("/ping", Respond("pong")); }

/// A module on threads, for those that sleep.
Config Sleeping() { return Serving().Route("/sleep/", Module("sleep", "run: thread")); }

std::string Post(const std::string& path, const std::string& body) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

/// What `tined --check` says about a configuration; ends with the exit status.
std::string Check(const Server& server, const std::string& yaml) {
  server.Configure(yaml);
  const Finished finished =
      RunProgram({TINED_BINARY, "--check", "--config", server.Path("tined.yaml")});
  return finished.output + finished.errors + "status " + std::to_string(finished.status);
}

boost::test_tools::assertion_result Contains(const std::string& text, const std::string& part) {
  boost::test_tools::assertion_result result(text.find(part) != std::string::npos);
  result.message() << "`" << part << "` is not in: " << text;
  return result;
}

/// What the module "pieces" answers.
std::string Pieces(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i % 23);
  return bytes;
}

/// Asks for a body that may be chunked.
std::string Unchunked(Client& client, const std::string& target) {
  client.SendGet(target);
  Answer answer = client.ReadHeader();
  if (answer.Has("Content-Length")) return client.ReadBytes(std::stoul(answer["Content-Length"]));
  std::string body;
  for (;;) {
    const std::size_t size = std::stoul(client.ReadLine(), nullptr, 16);
    body += client.ReadBytes(size);
    BOOST_TEST(client.ReadLine() == "");
    if (size == 0) return body;
  }
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
  BOOST_TEST(client.Ask(Post("/echo", "some bytes")).body == "some bytes");
  BOOST_TEST(client.Get("/sleep/1").body == "slept 1 ms\n");
  BOOST_TEST(client.Get("/sleep/x").status == 400);
  BOOST_TEST(client.Get("/hello").body.starts_with("Hello, 127.0.0.1:"));
}

BOOST_AUTO_TEST_CASE(a_module_in_rust_answers_where_there_is_a_compiler_for_it) {
  if (!std::filesystem::exists(TINED_EXAMPLES "/hello-rust.so")) {
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
  BOOST_TEST(Client(server.Port()).Ask(Post("/echo", body)).body == body);
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
      const std::string body = Unchunked(client, std::string(path) + query);
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
              Post("/echo", "first") + "POST /echo HTTP/1.1\r\nHost: a\r\n" +
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
      const nlohmann::json threads = server.Status()["threads"];
      BOOST_TEST(threads["busy"] == 2);
      BOOST_TEST(threads["waiting"] == 1);
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

BOOST_AUTO_TEST_CASE(what_is_no_module_is_refused_with_its_place) {
  const Server server;
  server.Write("text.so", "no module");
  const std::string missing = Check(server, Serving().Route("/", Module("./nope.so")));
  BOOST_TEST(Contains(missing, "tined.yaml:8:34: module "));
  BOOST_TEST(Contains(missing, "nope.so: cannot be loaded: cannot open shared object file"));
  BOOST_TEST(missing.ends_with("status 2"));
  const std::string text = Check(server, Serving().Route("/", Module("./text.so")));
  BOOST_TEST(Contains(text, "text.so: cannot be loaded: "));
  const std::string other = Check(server, Serving().Route("/", Module("empty")));
  BOOST_TEST(Contains(other, "it is not a module: it has no function `tined_module_entry`"));
}

BOOST_AUTO_TEST_CASE(a_newer_major_is_refused_and_an_older_minor_loads) {
  Server server;
  BOOST_TEST(Contains(Check(server, Serving().Route("/old", Module("newer"))),
                      "it was built for module interface 2.0, this tined has 1."));
  server.Start(Serving().Route("/old", Module("older")));
  BOOST_TEST(GetOnce(server.Port(), "/old").body == "old");
}

BOOST_AUTO_TEST_CASE(settings_are_refused_with_their_own_place) {
  const Server server;
  const auto refusal = [&](const std::string& settings) {
    return Check(server, Serving().Route("/fib/", Module("fibonacci", "settings: " + settings)));
  };
  BOOST_TEST(Contains(refusal("{max: many}"), "`max` must be an integer, not `many`"));
  BOOST_TEST(Contains(refusal("{max: 93}"), "`max` must be a number from 0 to 92, not `93`"));
  BOOST_TEST(Contains(refusal("{mxa: 9}"), "unknown setting `mxa`; allowed: max"));
  BOOST_TEST(Contains(refusal("[1]"), "`settings` must be a map"));
  BOOST_TEST(Contains(refusal("{max: 12}"), "good: 1 listener, 2 routes"));
}

BOOST_AUTO_TEST_CASE(a_module_that_fails_or_crashes_in_its_configuration_fails_the_check) {
  const Server server;
  const auto check = [&](const std::string& act) {
    return Check(server,
                 Serving().Route("/c/", Module("chaos", "settings: {at_configure: " + act + "}")));
  };
  BOOST_TEST(Contains(check("throw"), "it refuses its configuration: thrown on demand"));
  BOOST_TEST(Contains(check("segv"), "chaos.so: it ended the process ("));
  BOOST_TEST(Contains(check("exit"), "it ended the process (exit 3)"));
  BOOST_TEST(Contains(check("ok"), "good: "));
}

BOOST_AUTO_TEST_CASE(a_bad_module_leaves_a_running_service_alone) {
  Server server;
  server.Start(Serving().Route("/m", Module("echo")));
  const auto workers = server.WorkerPids();
  for (const char* settings : {"{at_configure: segv}", "{at_configure: throw}", "{at_start: throw}",
                               "{at_start: segv}", "{at_start: exit}"}) {
    server.Configure(Serving().Route("/m", Module("chaos", std::string("settings: ") + settings)));
    const Finished reload = server.Reload();
    BOOST_TEST(reload.status != 0);
    BOOST_TEST(server.WorkerPids() == workers, boost::test_tools::per_element());
    BOOST_TEST(Client(server.Port()).Ask(Post("/m", "still echo")).body == "still echo");
  }
  server.Configure(Serving().Route("/m", Module("chaos")));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/m/ok").body == "still here\n");
}

BOOST_AUTO_TEST_CASE(a_start_with_a_bad_module_fails_with_status_2) {
  Server server;
  server.Launch(Serving().Route("/m", Module("chaos", "settings: {at_configure: throw}")));
  BOOST_TEST(server.WaitForEnd() == 2);
  server.WaitForLog({"it refuses its configuration: thrown on demand"});
}

BOOST_AUTO_TEST_SUITE_END()
