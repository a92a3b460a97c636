// The end of a connection: whatever a client sends, and however slowly it reads, it gets the whole
// of its last answer (RFC 9112, 9.6).
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr std::size_t kBig = 20U << 20;

class Site : public Server {
 public:
  explicit Site(Config config = {}) {
    Write("files/small", "small");
    Write("files/big", std::string(kBig, 'x'));
    Start(config.Workers(1)
              .Route("/hello", Respond("hello"))
              .Route("/files", Files("${DIR}/files"))
              .Route("/get", Respond("hello"), "methods: [GET]")
              .Listener("local", "unix:${DIR}/local.sock")
              .Route("/files", Files("${DIR}/files")));
  }
};

/// A client whose kernel takes little for it.
Client Small(Client client) {
  const int room = 32 << 10;
  ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  return client;
}

/// Waits until something has arrived, and leaves it there.
bool HasBytes(const Client& client) {
  pollfd socket{.fd = client.descriptor(), .events = POLLIN, .revents = 0};
  return ::poll(&socket, 1, 20'000) == 1;
}

/// Sends all of `bytes`, reading whatever comes meanwhile. False: it met a reset.
bool SendWhileReading(const Client& client, std::string_view bytes, std::string& read) {
  std::string room(64U << 10, '\0');
  while (!bytes.empty()) {
    pollfd both{.fd = client.descriptor(), .events = POLLIN | POLLOUT, .revents = 0};
    if (::poll(&both, 1, 20'000) <= 0) return false;
    if ((both.revents & POLLIN) != 0 && read.empty()) {
      const ssize_t got = ::recv(client.descriptor(), room.data(), room.size(), 0);
      if (got < 0) return false;
      read.append(room.data(), static_cast<std::size_t>(got));
    }
    const ssize_t sent = ::send(client.descriptor(), bytes.data(),
                                std::min<std::size_t>(bytes.size(), 16U << 10), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  if (!read.empty()) return true;
  const ssize_t got = ::recv(client.descriptor(), room.data(), room.size(), 0);
  if (got > 0) read.append(room.data(), static_cast<std::size_t>(got));
  return got > 0;
}

/// Reads to the end, a pause before each of `steps` reads: how many bytes came, or -1 at a reset.
std::int64_t ReadSlowly(const Client& client, std::size_t step, milliseconds pause) {
  std::string room(step, '\0');
  std::int64_t total = 0;
  for (;;) {
    std::this_thread::sleep_for(pause);
    const ssize_t got = ::recv(client.descriptor(), room.data(), room.size(), MSG_WAITALL);
    if (got < 0) return -1;
    if (got == 0) return total;
    total += got;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(closing)

BOOST_AUTO_TEST_CASE(an_answer_before_the_body_reaches_a_client_that_goes_on_sending) {
  const Site server;
  const std::string length = "Content-Length: 900000\r\n\r\n";
  const std::string body(900'000, 'x');
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "dbba0\r\n" + body + "\r\n0\r\n\r\n";
  struct Case {
    int status;
    std::string line;
    std::string fields;
  };
  for (const Case& each : {Case{405, "PUT /files/small", ""},
                           {405, "POST /files/small", ""},
                           {405, "PUT /files/none", ""},
                           {405, "POST /get", ""},
                           {404, "PUT /no-route", ""},
                           {404, "POST /no-route", ""},
                           {417, "POST /hello", "Expect: something\r\n"},
                           {501, "BREW /files/small", ""}}) {
    BOOST_TEST_CONTEXT(each.line) {
      for (const char* version : {" HTTP/1.1\r\n", " HTTP/1.0\r\n", "chunked"}) {
        const bool is_chunked = version[0] == 'c';
        if (std::string_view(version).ends_with("0\r\n") && each.status == 417)
          continue;  // It has no expectations.
        std::string request = each.line;
        request += is_chunked ? " HTTP/1.1\r\n" : version;
        request += "Host: test\r\n" + each.fields + (is_chunked ? chunked : length) +
                   (is_chunked ? chunk : body);
        for (int i = 0; i < 5; ++i) {
          Client client(server.Port());
          client.Send(request);  // Throws at a reset.
          BOOST_TEST(client.Read().status == each.status);
          BOOST_TEST(client.WaitForEnd() == Client::End::closed);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_may_read_the_early_answer_and_go_on_sending) {
  const Site server;
  for (int i = 0; i < 10; ++i) {
    const Client client(server.Port());
    std::string read;
    BOOST_TEST(SendWhileReading(client,
                                "PUT /files/small HTTP/1.1\r\nHost: test\r\nContent-Length: "
                                "900000\r\n\r\n" +
                                    std::string(900'000, 'x'),
                                read));
    BOOST_TEST(read.substr(0, 13) == "HTTP/1.1 405 ");
  }
}

BOOST_AUTO_TEST_CASE(what_arrives_behind_the_last_request_does_not_cut_its_answer) {
  const Site server;
  const char* const requests[] = {
      "GET /files/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
      "GET /files/big HTTP/1.0\r\n\r\n"};
  for (const char* request : requests) {
    for (const char* more : {"\r\n", "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"}) {
      for (const bool is_local : {false, true}) {
        Client client = Small(is_local ? Client(server.Path("local.sock")) : Client(server.Port()));
        client.Send(request);
        BOOST_REQUIRE(HasBytes(client));
        client.Send(more);
        // Slower than the kernel, so that the end of the answer waits in it when all is written.
        const std::int64_t got = ReadSlowly(client, 512U << 10, milliseconds(10));
        BOOST_TEST(got > static_cast<std::int64_t>(kBig));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_late_empty_line_finds_the_connection_ended_not_reset) {
  const Site server;
  for (const char* request : {"GET /hello HTTP/1.0\r\n\r\n",
                              "GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"}) {
    Client client(server.Port());
    client.Send(request);
    BOOST_REQUIRE(client.WaitForBytes(kPatience));
    client.Send("\r\n");
    std::this_thread::sleep_for(milliseconds(50));
    BOOST_TEST(client.Read().body == "hello");
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

BOOST_AUTO_TEST_CASE(the_idle_timeout_does_not_cut_an_answer_that_is_still_being_taken) {
  const Site server(Config().Set("timeouts", "{idle: 200ms}"));
  Client client = Small(Client(server.Port()));
  client.SendGet("/files/big");
  // All is written long before it is read; then the connection counts as idle.
  std::string room(256U << 10, '\0');
  std::size_t total = 0;
  for (bool has_sent = false; total < kBig; total += room.size()) {
    if (total > kBig - (1U << 20)) {
      std::this_thread::sleep_for(milliseconds(300));
      if (!has_sent) ::send(client.descriptor(), "\r\n", 2, MSG_NOSIGNAL);
      has_sent = true;
    }
    BOOST_REQUIRE(::recv(client.descriptor(), room.data(), room.size(), MSG_WAITALL) ==
                  static_cast<ssize_t>(room.size()));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_never_takes_its_last_answer_does_not_keep_its_connection) {
  const Site server(Config().Set("timeouts", "{write: 300ms, body: 300ms}"));
  Client deaf = Small(Client(server.Port()));
  deaf.Send("GET /files/big HTTP/1.0\r\n\r\n");
  BOOST_TEST(Eventually([&] { return server.Status()["connections"]["open"] == 0; }));
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_killed_while_it_closes_cuts_nothing) {
  const Site server;
  Client client(server.Port());
  client.Send("PUT /files/small HTTP/1.1\r\nHost: test\r\nContent-Length: 900000\r\n\r\nx");
  BOOST_REQUIRE(client.WaitForBytes(kPatience));
  server.KillWorker(0, SIGKILL);
  server.WaitForLog({"worker died"});
  client.Send(std::string(100'000, 'x'));
  BOOST_TEST(client.Read().status == 405);
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_SUITE_END()
