// Listeners with a `stream:`: raw connections handed to a module, however it is run.
#include <signal.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/streams.hpp"

using namespace tined::test;

namespace {

std::string BigMessage() {
  std::string bytes(3'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7919 >> 5);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(a_number_is_answered_and_the_connection_closes) {
  Server server;
  server.Start(Streams("fibonacci").Workers(2));
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
  server.Start(Streams("fibonacci"));
  for (const std::string& run : kRuns) {
    Client client(server.Port(run));
    client.Send("20");
    client.ShutDown();
    Await(client, "10946");
  }
}

BOOST_AUTO_TEST_CASE(many_clients_stay_open_and_interleave) {
  Server server;
  server.Start(Streams("echo").Workers(2).Set("backends",
                                              "{processes: {count: 4, requests_per_process: 0}}"));
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
  server.Start(Streams("echo"));
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
  server.Start(Streams("chaos"));
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
  server.Start(Streams("chaos"));
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
  server.Start(Streams("chaos").Set("limits", "{body: 64KiB}").Set("timeouts", "{body: 300ms}"));
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

BOOST_AUTO_TEST_CASE(connections_outlive_reloads_and_workers, *NeedsRescue()) {
  Server server;
  // A half of a message may be with a thread or an executor when its worker is killed.
  server.Start(Streams("chaos", "replay: idempotent").Workers(2));
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

BOOST_AUTO_TEST_CASE(a_crash_closes_the_connection_of_its_message_alone, *NeedsRescue()) {
  Server server;
  server.Start(Streams("chaos").Workers(2));
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

BOOST_AUTO_TEST_CASE(a_message_whose_worker_is_killed_is_handled_again_if_that_is_allowed,
                     *NeedsRescue()) {
  for (const bool again : {true, false}) {
    Server server;
    server.Start(Config().Workers(2).Stream(Module("chaos", "run: process"),
                                            again ? "replay: idempotent" : ""));
    Client client(server.Port());
    client.Send("hang\n");
    BOOST_TEST(Eventually([&] { return server.Status()["executors"]["busy"] == 1; }));
    const auto before = server.Status()["executors"]["requests"].get<int>();
    const std::size_t from = server.LogSize();
    for (const int slot : {0, 1}) server.KillWorker(slot, SIGKILL);
    const std::size_t one = server.WaitForLog({"worker is ready"}, from);
    server.WaitForLog({"worker is ready"}, one);
    if (again) {
      // The second worker may have begun it before it was killed as well.
      BOOST_TEST(Eventually([&] { return server.Status()["executors"]["requests"] > before; }));
    } else {
      BOOST_TEST(client.WaitForEnd() == Client::End::closed);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_unix_socket_carries_a_stream) {
  Server server;
  server.Start(Config().Listener("s", "unix:${DIR}/s.sock").Stream(Module("echo")));
  Client client(server.Path("s.sock"));
  client.Send("hello");
  Await(client, "hello");
}

BOOST_AUTO_TEST_CASE(a_stop_waits_for_the_message_that_is_being_handled) {
  Server server;
  server.Start(Streams("fibonacci"));
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
    return RunProgram({Built("tined"), "--check", "--config", server.Path("tined.yaml")}).errors;
  };
  const auto contains = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::string no_stream = check(Config().Stream(Module("sleep")));
  BOOST_TEST(contains(no_stream, "it is not for streams: its table has no `receive`"), no_stream);
  const std::string both = check(Config().Stream(Module("echo")).Route("/", Respond("a")));
  BOOST_TEST(contains(both, "a listener has either `routes` (HTTP) or a `stream`, not both"), both);
  const std::string none = check(Config().Listener("a"));
  BOOST_TEST(contains(none, "has neither routes nor a stream"), none);
}

BOOST_AUTO_TEST_SUITE_END()
