// Listeners with a `stream:`: raw connections handed to a module, however it is run.
#include <signal.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/integration/client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

const std::vector<std::string> kRuns = {"event", "thread", "process"};

std::string Listener(const std::string& name, const std::string& module, const std::string& run,
                     const std::string& more = "") {
  return "  - {name: " + name + ", address: \"127.0.0.1:0\", stream: {module: {file: \"" +
         TINED_EXAMPLES "/" + module + ".so\", run: " + run + "}" + more + "}}\n";
}

/// One listener for each way to run the module.
std::string Listeners(const std::string& module, const std::string& more = "") {
  std::string yaml = "listeners:\n";
  for (const std::string& run : kRuns) yaml += Listener(run, module, run, more);
  return yaml;
}

void Await(Client& client, const std::string& bytes) {
  BOOST_TEST(client.ReadBytes(bytes.size()) == bytes);
}

/// A listener whose connections remember (tests/modules/remember.cpp).
std::string Remember(const std::string& run, const std::string& settings) {
  return "  - {name: " + run +
         ", address: \"127.0.0.1:0\", stream: {module: {file: \"" TINED_TEST_MODULES
         "/remember.so\", run: " +
         run + ", settings: {" + settings + "}}}}\n";
}

pid_t SpawnerOf(const Server& server) {
  const std::string log = server.Log();
  const std::size_t at = log.find("spawner started");
  BOOST_REQUIRE(at != std::string::npos);
  return std::stoi(log.substr(log.find("pid=", at) + 4));
}

std::string BigMessage() {
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7919 >> 5);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(a_number_is_answered_and_the_connection_closes) {
  Server server;
  server.Start("workers: {count: 2}\n" + Listeners("fibonacci"));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"10", "89"},           {"0", "1"},
      {"1\n", "1"},           {"20", "10946"},
      {"-1", "out of range"}, {"93", "out of range"},
      {"x", "error"},         {"7 8", "error"}};
  for (const std::string& run : kRuns) {
    for (const auto& [question, answer] : cases) {
      Client client(server.Port(run));
      client.Send(question);
      Await(client, answer);
      BOOST_TEST(client.WaitForEnd() == Client::End::closed, run << " " << question);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_half_closes_gets_its_answer) {
  Server server;
  server.Start(Listeners("fibonacci"));
  for (const std::string& run : kRuns) {
    Client client(server.Port(run));
    client.Send("20");
    client.ShutDown();
    Await(client, "10946");
  }
}

BOOST_AUTO_TEST_CASE(many_clients_stay_open_and_interleave) {
  Server server;
  server.Start("workers: {count: 2}\nbackends: {processes: {count: 4, requests_per_process: 0}}\n" +
               Listeners("echo"));
  for (const std::string& run : kRuns) {
    std::vector<Client> clients;
    for (int i = 0; i < 30; ++i) clients.emplace_back(server.Port(run));
    for (int round = 0; round < 5; ++round) {
      const auto message = [&](std::size_t i) {
        return "client " + std::to_string(i) + " round " + std::to_string(round);
      };
      for (std::size_t i = 0; i < clients.size(); ++i) clients[i].Send(message(i));
      for (std::size_t i = clients.size(); i-- > 0;) Await(clients[i], message(i));
    }
  }
}

BOOST_AUTO_TEST_CASE(many_bytes_come_back_as_they_went) {
  Server server;
  server.Start(Listeners("echo"));
  const std::string bytes = BigMessage();
  for (const std::string& run : kRuns) {
    Client client(server.Port(run));
    std::thread sender([&] { client.Send(bytes); });
    // Another object for the same socket: one sends while the other reads.
    const std::string back = client.ReadBytes(bytes.size());
    sender.join();
    BOOST_TEST((back == bytes), run);
  }
}

BOOST_AUTO_TEST_CASE(a_message_in_parts_is_put_together_and_several_at_once_are_taken_apart) {
  Server server;
  server.Start(Listeners("chaos"));
  for (const std::string& run : kRuns) {
    Client client(server.Port(run));
    client.Send("o");
    BOOST_TEST(!client.WaitForBytes(milliseconds(50)));
    client.Send("k\nok\nok");
    Await(client, "still here\nstill here\n");
    client.Send("\nbye\n");
    Await(client, "still here\nstill here\n");
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

BOOST_AUTO_TEST_CASE(nonsense_closes_the_connection_with_a_line_in_the_log) {
  Server server;
  server.Start(Listeners("chaos"));
  for (const std::string& run : kRuns) {
    for (const std::string what : {"too much", "throw"}) {
      const std::size_t from = server.LogSize();
      Client client(server.Port(run));
      client.Send(what + "\n");
      BOOST_TEST(client.WaitForEnd() == Client::End::closed, run << " " << what);
      server.WaitForLog({"error module failed", "module=chaos", "listener=" + run}, from);
    }
  }
  BOOST_TEST(server.CountLog("worker died") == 0);
}

BOOST_AUTO_TEST_CASE(a_message_that_never_ends_is_bounded_in_size_and_time) {
  Server server;
  server.Start("limits: {body: 64KiB}\ntimeouts: {body: 300ms}\n" + Listeners("chaos"));
  for (const std::string& run : kRuns) {
    Client slow(server.Port(run));
    slow.Send("o");
    BOOST_TEST(slow.WaitForEnd() == Client::End::closed);
    const std::size_t from = server.LogSize();
    Client big(server.Port(run));
    const std::string bytes(200'000, 'x');
    (void)::send(big.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    server.WaitForLog({"a message is longer than limits.body allows", "listener=" + run}, from);
  }
}

BOOST_AUTO_TEST_CASE(connections_outlive_reloads_and_workers) {
  Server server;
  // A half of a message may be with a thread or an executor when its worker is killed.
  server.Start("workers: {count: 2}\n" + Listeners("chaos", ", replay: idempotent"));
  std::vector<Client> clients;
  for (const std::string& run : kRuns) {
    for (int i = 0; i < 4; ++i) clients.emplace_back(server.Port(run));
  }
  const auto talk = [&] {
    for (Client& client : clients) client.Send("ok\no");
    for (Client& client : clients) Await(client, "still here\n");
    // Half of a message waits where the connection goes.
  };
  const auto finish = [&] {
    for (Client& client : clients) client.Send("k\n");
    for (Client& client : clients) Await(client, "still here\n");
  };
  for (int i = 0; i < 3; ++i) {
    talk();
    BOOST_TEST(server.Reload().status == 0);
    finish();
    for (const int slot : {0, 1}) {
      talk();
      const std::size_t from = server.LogSize();
      server.KillWorker(slot, SIGKILL);
      server.WaitForLog({"worker is ready"}, from);
      finish();
    }
  }
}

BOOST_AUTO_TEST_CASE(the_server_may_speak_first_and_a_connection_remembers) {
  Server server;
  server.Start("workers: {count: 2}\n" + Listeners("dialogue"));
  for (const std::string& run : kRuns) {
    std::vector<Client> clients;
    for (int i = 0; i < 5; ++i) clients.emplace_back(server.Port(run));
    for (Client& client : clients) Await(client, "Hello. Who are you?\n");
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i].Send("n" + std::to_string(i) + "\none\ntw");
    }
    for (std::size_t i = clients.size(); i-- > 0;) {
      const std::string name = "n" + std::to_string(i);
      Await(clients[i], "Welcome, " + name + ".\n" + name + ", line 1: one\n");
      clients[i].Send("o\nbye\n");
      Await(clients[i], name + ", line 2: two\nGoodbye.\n");
      BOOST_TEST(clients[i].WaitForEnd() == Client::End::closed);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_connection_remembers_outlives_reloads_and_workers) {
  Server server;
  server.Start("workers: {count: 2}\n" + Listeners("dialogue", ", replay: idempotent"));
  std::vector<Client> clients;
  for (const std::string& run : kRuns) {
    for (int i = 0; i < 4; ++i) clients.emplace_back(server.Port(run));
  }
  for (Client& client : clients) Await(client, "Hello. Who are you?\n");
  for (Client& client : clients) client.Send("me\n");
  for (Client& client : clients) Await(client, "Welcome, me.\n");
  int line = 0;
  const auto talk = [&] {
    const std::string number = std::to_string(++line);
    for (Client& client : clients) client.Send("x\n");
    for (Client& client : clients) Await(client, "me, line " + number + ": x\n");
  };
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(server.Reload().status == 0);
    talk();
    for (const int slot : {0, 1}) {
      const std::size_t from = server.LogSize();
      server.KillWorker(slot, SIGKILL);
      talk();
      server.WaitForLog({"worker is ready"}, from);
      talk();
    }
  }
}

BOOST_AUTO_TEST_CASE(a_connection_is_greeted_once_whatever_becomes_of_its_worker) {
  Server server;
  server.Start("workers: {count: 2}\n" + Listeners("dialogue", ", replay: idempotent"));
  for (int i = 0; i < 3; ++i) {
    std::vector<Client> clients;
    for (const std::string& run : kRuns) {
      for (int each = 0; each < 10; ++each) clients.emplace_back(server.Port(run));
    }
    const std::size_t from = server.LogSize();
    for (const int slot : {0, 1}) server.KillWorker(slot, SIGKILL);
    for (Client& client : clients) client.Send("me\n");
    for (Client& client : clients) Await(client, "Hello. Who are you?\nWelcome, me.\n");
    const std::size_t one = server.WaitForLog({"worker is ready"}, from);
    server.WaitForLog({"worker is ready"}, one);
  }
}

BOOST_AUTO_TEST_CASE(an_opening_is_begun_again_when_its_worker_died_in_it) {
  Server server;
  // No `replay`: nothing of the client's has been used.
  server.Start("workers: {count: 1}\nlisteners:\n" + Remember("thread", "open_ms: 300") +
               Remember("process", "open_ms: 300"));
  for (const std::string run : {"thread", "process"}) {
    Client client(server.Port(run));
    BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
    const std::size_t from = server.LogSize();
    server.KillWorker(0, SIGKILL);
    server.WaitForLog({"worker is ready"}, from);
    Await(client, "opened\n");
    client.Send("grow 3\n");
    Await(client, "3\n");
    BOOST_TEST(!client.WaitForBytes(milliseconds(50)));
    client.ShutDown();
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

BOOST_AUTO_TEST_CASE(a_module_that_changes_under_a_message_neither_doubles_nor_loses_it) {
  const Server server;  // Only its directory.
  const auto install = [&](const std::string& name) {
    std::filesystem::copy_file(TINED_TEST_MODULES "/" + name + ".so", server.Path("new.so"));
    std::filesystem::rename(server.Path("new.so"), server.Path("module.so"));
  };
  // Of the two, `remember` is told when a connection opens.
  for (const std::string before : {"slow", "remember"}) {
    install(before);
    Server other;
    other.Start(
        "workers: {count: 1}\nlisteners:\n  - {name: web, address: \"127.0.0.1:0\", stream: "
        "{module: {file: \"" +
        server.Path("module.so") + "\", run: process, settings: {open_ms: 500}}}}\n");
    Client client(other.Port());
    if (before == "slow") client.Send("anything");
    BOOST_TEST(Eventually([&] { return other.Status()["executors"]["busy"] == 1; }));
    install(before == "slow" ? "remember" : "slow");
    const std::size_t from = other.LogSize();
    ::kill(SpawnerOf(other), SIGKILL);
    other.WaitForLog({"spawner is ready"}, from);
    Await(client, before == "slow" ? "slow\n" : "opened\n");
    BOOST_TEST(!client.WaitForBytes(milliseconds(700)));
    client.Send("grow 1\n");
    Await(client, before == "slow" ? "1\n" : "slow\n");
  }
}

BOOST_AUTO_TEST_CASE(what_a_connection_remembers_has_a_limit) {
  Server server;
  std::string yaml = "workers: {count: 1}\nlisteners:\n";
  for (const std::string& run : kRuns) {
    yaml += Remember(run, "");
  }
  server.Start(yaml);
  for (const std::string& run : kRuns) {
    Client client(server.Port(run));
    const auto grow = [&](const std::string& more, const std::string& size) {
      client.Send("grow " + more + "\n");
      Await(client, size + "\n");
    };
    grow("0", "0");
    grow("16383", "16383");
    grow("1", "16384");
    BOOST_TEST(server.Reload().status == 0);
    grow("0", "16384");
    const std::size_t from = server.LogSize();
    client.Send("grow 1\n");
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
    server.WaitForLog({"error module failed", "a state of 16385 bytes"}, from);
  }
}

BOOST_AUTO_TEST_CASE(a_module_may_refuse_a_connection_as_it_opens) {
  Server server;
  std::string yaml = "listeners:\n";
  for (const std::string& run : kRuns) {
    yaml += Remember(run, "refuse: true");
  }
  server.Start(yaml);
  for (const std::string& run : kRuns) {
    Client client(server.Port(run));
    BOOST_TEST(client.WaitForEnd() == Client::End::closed, run);
  }
}

BOOST_AUTO_TEST_CASE(a_crash_closes_the_connection_of_its_message_alone) {
  Server server;
  server.Start("workers: {count: 2}\n" + Listeners("chaos"));
  for (const std::string& run : kRuns) {
    Client bystander(server.Port(run));
    bystander.Send("ok\n");
    Await(bystander, "still here\n");
    Client client(server.Port(run));
    client.Send("segv\n");
    BOOST_TEST(client.WaitForEnd() == Client::End::closed, run);
    bystander.Send("ok\n");
    Await(bystander, "still here\n");
  }
}

BOOST_AUTO_TEST_CASE(a_message_whose_worker_is_killed_is_handled_again_if_that_is_allowed) {
  for (const bool again : {true, false}) {
    Server server;
    server.Start("workers: {count: 2}\nlisteners:\n" +
                 Listener("web", "chaos", "process", again ? ", replay: idempotent" : ""));
    Client client(server.Port());
    client.Send("hang\n");
    BOOST_TEST(Eventually([&] { return server.Status()["executors"]["busy"] == 1; }));
    const auto before = server.Status()["executors"]["requests"].get<int>();
    const std::size_t from = server.LogSize();
    for (const int slot : {0, 1}) server.KillWorker(slot, SIGKILL);
    const std::size_t one = server.WaitForLog({"worker is ready"}, from);
    server.WaitForLog({"worker is ready"}, one);
    if (again) {
      BOOST_TEST(
          Eventually([&] { return server.Status()["executors"]["requests"] == before + 1; }));
    } else {
      BOOST_TEST(client.WaitForEnd() == Client::End::closed);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_unix_socket_carries_a_stream) {
  Server server;
  server.Start(
      "listeners:\n  - {name: s, address: \"unix:${DIR}/s.sock\", stream: {module: {file: "
      "\"" TINED_EXAMPLES "/echo.so\"}}}\n");
  Client client(server.Path("s.sock"));
  client.Send("hello");
  Await(client, "hello");
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_the_message_that_is_being_handled) {
  Server server;
  server.Start(Listeners("fibonacci"));
  Client client(server.Port("thread"));
  client.Send("35");
  BOOST_TEST(Eventually([&] { return server.Status()["bytes"]["received"] > 0; }));
  server.Signal(SIGTERM);
  Await(client, "14930352");
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const Server server;
  const auto check = [&](const std::string& yaml) {
    server.Configure(yaml);
    return RunProgram({TINED_BINARY, "--check", "--config", server.Path("tined.yaml")}).errors;
  };
  const auto contains = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::string no_stream = check("listeners:\n" + Listener("a", "sleep", "event"));
  BOOST_TEST(contains(no_stream, "it is not for streams: its table has no `receive`"), no_stream);
  const std::string both = check(
      "listeners:\n  - {name: a, address: \"127.0.0.1:0\", stream: {module: {file: "
      "\"" TINED_EXAMPLES "/echo.so\"}}, routes: [{path: /, respond: {body: a}}]}\n");
  BOOST_TEST(contains(both, "a listener has either `routes` (HTTP) or a `stream`, not both"), both);
  const std::string none = check("listeners:\n  - {name: a, address: \"127.0.0.1:0\"}\n");
  BOOST_TEST(contains(none, "has neither routes nor a stream"), none);
}

BOOST_AUTO_TEST_SUITE_END()
