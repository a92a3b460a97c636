// Clients that are slow, silent, greedy or gone: each costs a timer, never a worker.
#include <signal.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

Config Serving() {
  return Config().Workers(1).Route("/", Respond("hello")).Route("/files", Files("${DIR}/files"));
}

Config WithShortTimeouts() {
  return Serving().Set("timeouts", "{header: 400ms, body: 400ms, idle: 400ms, write: 400ms}");
}

/// A server that has a directory to serve.
class Site : public Server {
 public:
  Site() { Write("files/small", "small"); }
};

/// The server answers others meanwhile, and has forgotten the client afterwards.
void ExpectServed(const Server& server) {
  BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 0; }));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(a_client_that_says_nothing_is_closed_after_the_idle_timeout) {
  Site server;
  server.Start(WithShortTimeouts());
  Client silent(server.Port());
  BOOST_TEST(silent.WaitForEnd() == Client::End::closed);
  ExpectServed(server);
  BOOST_TEST(server.Status()["connections"]["timed_out"] == 1);
}

BOOST_AUTO_TEST_CASE(a_header_that_trickles_in_gets_408_after_the_header_timeout) {
  Site server;
  server.Start(WithShortTimeouts());
  Client slow(server.Port());
  const std::string request = "GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(100, 'x');
  const auto start = std::chrono::steady_clock::now();
  Client::End end = Client::End::deadline;
  for (std::size_t i = 0; i < request.size() && end == Client::End::deadline; ++i) {
    slow.Send(request.substr(i, 1));
    end = slow.WaitForEnd(milliseconds(20));
  }
  BOOST_TEST(end == Client::End::more_bytes);
  const Answer answer = slow.Read();
  BOOST_TEST(answer.status == 408);
  BOOST_TEST(answer["Connection"] == "close");
  BOOST_TEST((std::chrono::steady_clock::now() - start < seconds(5)));
  slow.ShutDown();
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_body_that_stops_gets_408) {
  Site server;
  server.Start(WithShortTimeouts());
  Client slow(server.Port());
  const Answer answer =
      slow.Ask("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345");
  BOOST_TEST(answer.status == 408);
  BOOST_TEST(slow.WaitForEnd() == Client::End::closed);
  slow.ShutDown();
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_body_that_trickles_in_is_waited_for) {
  Site server;
  server.Start(Serving().Set("timeouts", "{body: 1s, body_rate: 0}"));
  Client slow(server.Port());
  slow.Send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
  const auto start = std::chrono::steady_clock::now();
  // Each pause is well below the time-out, their sum above it.
  for (int i = 0; i < 12; ++i) {
    BOOST_TEST(slow.WaitForEnd(milliseconds(100)) == Client::End::deadline);
    slow.Send("1\r\nx\r\n");
  }
  slow.Send("0\r\n\r\n");
  BOOST_TEST(slow.Read().status == 200);
  BOOST_TEST((std::chrono::steady_clock::now() - start > seconds(1)));
}

BOOST_AUTO_TEST_CASE(a_body_below_the_least_rate_gets_408) {
  Site server;
  server.Start(Serving().Set("timeouts", "{body: 500ms, body_rate: 1KiB}"));
  for (const char* framing :
       {"Content-Length: 100000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n10000\r\n"}) {
    Client slow(server.Port());
    slow.Send(std::string("POST / HTTP/1.1\r\nHost: test\r\n") + framing);
    // What comes at first is no credit for later.
    slow.Send(std::string(20'000, 'x'));
    const auto start = std::chrono::steady_clock::now();
    Client::End end = Client::End::deadline;
    while (end == Client::End::deadline && std::chrono::steady_clock::now() - start < kPatience) {
      slow.Send("x");
      end = slow.WaitForEnd(milliseconds(20));
    }
    BOOST_TEST(slow.Read().status == 408);
    slow.ShutDown();
  }
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(chunks_that_stop_get_408) {
  Site server;
  server.Start(WithShortTimeouts());
  for (const char* body : {"", "5", "5\r\n123", "5\r\n12345\r\n0\r\n", "0\r\nX: y\r\n"}) {
    Client slow(server.Port());
    slow.Send(std::string("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n") +
              body);
    BOOST_TEST(slow.Read().status == 408);
    slow.ShutDown();
  }
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_client_that_keeps_silent_between_requests_is_closed) {
  Site server;
  server.Start(WithShortTimeouts());
  Client client(server.Port());
  BOOST_TEST(client.Get("/").status == 200);
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(empty_lines_do_not_keep_a_connection) {
  Site server;
  server.Start(WithShortTimeouts());
  Client client(server.Port());
  const auto start = std::chrono::steady_clock::now();
  Client::End end = Client::End::deadline;
  while (end == Client::End::deadline && std::chrono::steady_clock::now() - start < seconds(10)) {
    client.Send("\r\n");
    end = client.WaitForEnd(milliseconds(20));
  }
  BOOST_TEST((end == Client::End::closed || end == Client::End::reset));
}

BOOST_AUTO_TEST_CASE(an_invited_body_that_never_comes_gets_408) {
  Site server;
  server.Start(WithShortTimeouts());
  Client client(server.Port());
  BOOST_TEST(client
                 .Ask("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n"
                      "Expect: 100-continue\r\n\r\n")
                 .status == 100);
  BOOST_TEST(client.Read().status == 408);
  client.ShutDown();
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_thousand_silent_clients_leave_the_worker_free) {
  Site server;
  server.Start(Serving().Set("timeouts", "{header: 400ms}"));
  const pid_t worker = server.WorkerPids().front();
  std::vector<Client> slow;
  for (int i = 0; i < 1000; ++i) {
    slow.emplace_back(server.Port());
    slow.back().Send("GET / HTTP/1.1\r\nHost: te");
  }
  const milliseconds before = CpuTimeOf(worker);
  BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
  for (Client& client : slow) {
    BOOST_REQUIRE(client.Read().status == 408);
    client.ShutDown();
  }
  BOOST_TEST((CpuTimeOf(worker) - before < seconds(2)));
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_client_that_never_reads_is_cut_off_after_the_write_timeout) {
  Site server;
  server.Write("files/big", std::string(64U << 20, 'x'));
  server.Start(WithShortTimeouts());
  Client deaf(server.Port());
  deaf.SendGet("/files/big");
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["timed_out"] == 1; }));
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_that_makes_progress_is_not_cut_off) {
  Site server;
  server.Write("files/big", std::string(8U << 20, 'x'));
  server.Start(Serving().Set("timeouts", "{write: 1500ms}"));
  Client slow(server.Port());
  const int small = 64 << 10;
  ::setsockopt(slow.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  slow.SendGet("/files/big");
  std::string bytes(512U << 10, '\0');
  std::size_t total = 0;
  const auto start = std::chrono::steady_clock::now();
  while (total < (8U << 20)) {
    const ssize_t got = ::recv(slow.descriptor(), bytes.data(), bytes.size(), MSG_WAITALL);
    BOOST_REQUIRE(got > 0);
    total += static_cast<std::size_t>(got);
    // A pause between two reads is what makes this client slow; the sum is above the time-out.
    std::this_thread::sleep_for(milliseconds(150));
  }
  BOOST_TEST((std::chrono::steady_clock::now() - start > milliseconds(1500)));
}

BOOST_AUTO_TEST_CASE(a_reader_below_the_least_rate_is_cut_off) {
  Site server;
  server.Write("files/big", std::string(64U << 20, 'x'));
  server.Start(Serving().Set("timeouts", "{write: 500ms, write_rate: 1MiB}"));
  Client slow(server.Port());
  const int small = 64 << 10;
  ::setsockopt(slow.descriptor(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  slow.SendGet("/files/big");
  std::string bytes(4096, '\0');
  BOOST_TEST(Eventually([&] {
    (void)::recv(slow.descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    std::this_thread::sleep_for(milliseconds(20));
    return server.Status()["connections"]["timed_out"] == 1;
  }));
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_header_that_is_too_large_gets_431) {
  Site server;
  server.Start(Serving().Set("limits", "{header_size: 1KiB, headers: 10, target: 256}"));
  const std::uint16_t port = server.Port();
  const std::string start = "GET / HTTP/1.1\r\nHost: test\r\n";
  BOOST_TEST(Client(port).Ask(start + "X: " + std::string(2000, 'x') + "\r\n\r\n").status == 431);
  BOOST_TEST(Client(port).Ask(start + "X: " + std::string(8000, 'x')).status == 431);
  std::string many;
  for (int i = 0; i < 20; ++i) many += "X: y\r\n";
  BOOST_TEST(Client(port).Ask(start + many + "\r\n").status == 431);
  BOOST_TEST(
      Client(port).Ask("GET /" + std::string(300, 'x') + " HTTP/1.1\r\nHost: t\r\n\r\n").status ==
      414);
  BOOST_TEST(Client(port).Ask("GET /" + std::string(9000, 'x')).status == 414);
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_gets_413_before_it_is_sent) {
  Site server;
  server.Start(Serving().Set("limits", "{body: 1KiB}"));
  Client client(server.Port());
  const Answer answer = client.Ask(
      "POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n");
  BOOST_TEST(answer.status == 413);
  BOOST_TEST(answer["Connection"] == "close");
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  client.ShutDown();
  Client chunked(server.Port());
  BOOST_TEST(chunked
                 .Ask("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n" +
                      std::string(2048, 'x') + "\r\n")
                 .status == 413);
  chunked.ShutDown();
  ExpectServed(server);
}

BOOST_AUTO_TEST_CASE(an_error_answer_survives_what_the_client_still_sends) {
  Site server;
  server.Start(Serving().Set("limits", "{body: 1KiB}"));
  for (int i = 0; i < 20; ++i) {
    Client client(server.Port());
    client.Send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n" +
                std::string(1000000, 'x'));
    BOOST_TEST(client.Read().status == 413);
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_on_after_the_last_answer_is_cut_off) {
  Site server;
  server.Start(Serving().Set("timeouts", "{body: 1s}"));
  Client client(server.Port());
  BOOST_TEST(client.Ask("nonsense\r\n\r\n").status == 400);
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  // It neither closes nor falls silent: the time for lingering is counted as a whole.
  const auto start = std::chrono::steady_clock::now();
  const auto is_open = [&] { return server.Status()["connections"]["open"] != 0; };
  while (is_open() && std::chrono::steady_clock::now() - start < seconds(15)) {
    ::send(client.descriptor(), "x", 1, MSG_NOSIGNAL);
  }
  BOOST_TEST(!is_open());
}

BOOST_AUTO_TEST_CASE(clients_that_vanish_in_the_middle_leave_nothing) {
  Site server;
  server.Write("files/big", std::string(16U << 20, 'x'));
  server.Start(Serving());
  for (int i = 0; i < 20; ++i) {
    Client client(server.Port());
    client.SendGet("/files/big");
    (void)client.WaitForEnd();
  }
  ExpectServed(server);
}

BOOST_AUTO_TEST_SUITE_END()
