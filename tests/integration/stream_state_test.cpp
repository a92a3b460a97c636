// Streams whose server speaks first and whose connections remember.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/streams.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

/// Connections that remember (tests/modules/remember.cpp).
Handler Remember(const std::string& run, const std::string& settings) {
  return Module("remember", "run: " + run + ", settings: {" + settings + "}");
}

/// One listener for each way to run the module.
Config Remembering(const std::string& settings) {
  Config config;
  for (const std::string& run : kRuns) config.Listener(run).Stream(Remember(run, settings));
  return config;
}

pid_t SpawnerOf(const Server& server) {
  const std::string log = server.Log();
  const std::size_t at = log.find("spawner started");
  BOOST_REQUIRE(at != std::string::npos);
  return std::stoi(log.substr(log.find("pid=", at) + 4));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream_state)

BOOST_AUTO_TEST_CASE(the_server_may_speak_first_and_a_connection_remembers) {
  Server server;
  server.Start(Streams("dialogue").Workers(2));
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

BOOST_AUTO_TEST_CASE(what_a_connection_remembers_outlives_reloads_and_workers, *NeedsRescue()) {
  Server server;
  server.Start(Streams("dialogue", "replay: idempotent").Workers(2));
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

BOOST_AUTO_TEST_CASE(a_connection_is_greeted_once_whatever_becomes_of_its_worker, *NeedsRescue()) {
  Server server;
  server.Start(Streams("dialogue", "replay: idempotent").Workers(2));
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

BOOST_AUTO_TEST_CASE(an_opening_is_begun_again_when_its_worker_died_in_it, *NeedsRescue()) {
  Server server;
  // No `replay`: nothing of the client's has been used.
  server.Start(Config()
                   .Workers(1)
                   .Listener("thread")
                   .Stream(Remember("thread", "open_ms: 300"))
                   .Listener("process")
                   .Stream(Remember("process", "open_ms: 300")));
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

BOOST_AUTO_TEST_CASE(a_module_that_changes_under_a_message_is_the_generations_until_a_reload) {
  const Server server;  // Only its directory.
  const auto install = [&](const std::string& name) {
    std::filesystem::copy_file(Built("tests/modules/" + name + ".so"), server.Path("new.so"));
    std::filesystem::rename(server.Path("new.so"), server.Path("module.so"));
  };
  // Of the two, `remember` is told when a connection opens.
  for (const std::string before : {"slow", "remember"}) {
    install(before);
    Server other;
    other.Start(Config().Workers(1).Stream(
        Module(server.Path("module.so"), "run: process, settings: {open_ms: 500}")));
    Client client(other.Port());
    if (before == "slow") client.Send("anything");
    BOOST_TEST(Eventually([&] { return other.Status()["executors"]["busy"] == 1; }));
    install(before == "slow" ? "remember" : "slow");
    const std::size_t from = other.LogSize();
    Kill(SpawnerOf(other), SIGKILL);
    other.WaitForLog({"spawner is ready"}, from);
    Await(client, before == "slow" ? "slow\n" : "opened\n");
    BOOST_TEST(!client.WaitForBytes(milliseconds(700)));
    client.Send("grow 1\n");
    Await(client, before == "slow" ? "slow\n" : "1\n");
  }
}

BOOST_AUTO_TEST_CASE(what_a_connection_remembers_has_a_limit) {
  Server server;
  server.Start(Remembering("").Workers(1));
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
  server.Start(Remembering("refuse: true"));
  for (const std::string& run : kRuns) {
    Client client(server.Port(run));
    BOOST_TEST(client.WaitForEnd() == Client::End::closed, run);
  }
}

BOOST_AUTO_TEST_SUITE_END()
