// What servers answer, rightly and wrongly, and what clients get of it.
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/contains.hpp"
#include "tests/integration/proxy/site.hpp"

using namespace tined::test;

namespace {

/// What a client gets whose server sends these bytes and closes.
Answer Got(ProxySite& site, const std::string& sent, const std::string& method = "GET") {
  Client client(site.Port());
  client.Send(method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send(sent);
  asked.ShutDown();
  return client.Read(method == "HEAD");
}

/// The same for an answer that cannot be passed on: the client is told, and keeps its connection.
void ExpectBadGateway(ProxySite& site, const std::string& sent) {
  const Answer answer = Got(site, sent);
  BOOST_TEST(answer.status == 502, sent.substr(0, 100));
  BOOST_TEST(!answer.Has("Connection"));
}

std::string Large() {
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i) + ' ';
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy)

BOOST_AUTO_TEST_CASE(an_answer_is_passed_on) {
  ProxySite site;
  const Answer answer =
      Got(site,
          "HTTP/1.1 203 Fine\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: other\r\n"
          "Keep-Alive: timeout=5\r\nConnection: X-Own\r\nX-Own: 1\r\nContent-Length: 2\r\n\r\nok");
  BOOST_TEST(answer.status == 203);
  BOOST_TEST(answer.body == "ok");
  BOOST_TEST(Contains(answer.header, "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n"));
  BOOST_TEST(answer["Server"] == "tined");
  BOOST_TEST(!answer.Has("Keep-Alive"));
  BOOST_TEST(!answer.Has("X-Own"));
}

BOOST_AUTO_TEST_CASE(every_framing_is_understood) {
  ProxySite site;
  const std::string large = Large();
  const std::string chunks = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n";
  for (const auto& [sent, body] : std::vector<std::pair<std::string, std::string>>{
           {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
           {"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end"},
           {"HTTP/1.0 200 OK\r\n\r\nto the end", "to the end"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, "hello world"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
           {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "ok"},
           {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(large.size()) + "\r\n\r\n" +
                large,
            large},
           {"HTTP/1.1 200 OK\r\n\r\n" + large, large}}) {
    const Answer answer = Got(site, sent);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST((answer.body == body), sent.substr(0, 100));
  }
}

BOOST_AUTO_TEST_CASE(answers_without_a_body_have_none) {
  ProxySite site;
  const Answer head = Got(site, "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", "HEAD");
  BOOST_TEST(head["Content-Length"] == "12345");
  const Answer none = Got(site, "HTTP/1.1 204 No Content\r\n\r\n");
  BOOST_TEST(none.status == 204);
  BOOST_TEST(!none.Has("Content-Length"));
  const Answer same = Got(site, "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
  BOOST_TEST(same.status == 304);
  BOOST_TEST(same["ETag"] == "\"x\"");
}

BOOST_AUTO_TEST_CASE(a_body_is_passed_on_as_it_comes) {
  ProxySite site;
  Client client(site.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n");
  BOOST_TEST(client.ReadHeader().status == 200);
  for (const std::string event : {"data: 1", "data: 2", "data: 3"}) {
    asked.Send("7\r\n" + event + "\r\n");
    BOOST_TEST(client.ReadLine() == "7");
    BOOST_TEST(client.ReadLine() == event);
  }
  asked.Send("0\r\n\r\n");
  BOOST_TEST(client.ReadLine() == "0");
  BOOST_TEST(client.ReadLine().empty());
  client.SendGet("/");
  BOOST_TEST(asked.ReadRequest().header.starts_with("GET / "));
}

BOOST_AUTO_TEST_CASE(answers_that_make_no_sense_are_bad_gateways) {
  ProxySite site;
  ExpectBadGateway(site, "");
  site.WaitForLog({"an upstream gave no answer", "route=/", "server=" + site.behind.name(),
                   "status=502", "it closed the connection without an answer"});
  ExpectBadGateway(site, "HTTP/1.1 200 OK\r\nContent-Le");
  ExpectBadGateway(site, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  ExpectBadGateway(site, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
  ExpectBadGateway(site,
                   "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nab");
  ExpectBadGateway(site, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
  ExpectBadGateway(site, "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n");
  ExpectBadGateway(site, "HTTP/1.1 200 OK\r\nA\rB: 1\r\n\r\n");
  const std::string field = "X: " + std::string(1000, 'x') + "\r\n";
  std::string large = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100; ++i) large += field;
  ExpectBadGateway(site, large + "\r\n");
  ExpectBadGateway(site, "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'));
  BOOST_TEST(site.CountLog("worker crashed") == 0);
}

BOOST_AUTO_TEST_CASE(an_answer_may_arrive_in_any_pieces) {
  ProxySite site;
  const std::string sent =
      "HTTP/1.1 200 OK\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
  Client client(site.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  for (std::size_t piece : {1U, 2U, 5U}) {
    asked.ReadRequest();
    for (std::size_t at = 0; at < sent.size(); at += piece) asked.Send(sent.substr(at, piece));
    const Answer answer = client.Read();
    BOOST_TEST(answer["X"] == "1");
    BOOST_TEST(answer.body == "abcd");
    client.SendGet("/");
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_ends_early_is_cut_off_and_never_completed) {
  ProxySite site;
  const std::string body(30'000, 'x');
  for (const std::string& sent :
       {"HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n" + body,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7530\r\n" + body + "\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7530\r\n" + body + "\r\nzz\r\n"}) {
    Client client(site.Port());
    client.SendGet("/");
    ScriptedServer::Connection asked = site.behind.Accept();
    asked.ReadRequest();
    const std::size_t at = site.LogSize();
    asked.Send(sent);
    BOOST_TEST(client.ReadHeader().status == 200);
    asked.ShutDown();
    BOOST_TEST(!ReadToEnd(client).ends_with("0\r\n\r\n"));
    site.WaitForLog({"an upstream broke off its answer", "route=/", "server=" + site.behind.name()},
                    at);
  }
}

/// Wherever a server closes, its client gets the answer whole, an error, or an end that cannot be
/// taken for the answer's.
BOOST_AUTO_TEST_CASE(a_server_may_close_at_any_byte) {
  ProxySite site;
  for (const bool is_chunked : {true, false}) {
    const std::string sent = is_chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                          "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
                                        : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde";
    for (std::size_t size = 0; size <= sent.size(); ++size) {
      Client client(site.Port());
      client.SendGet("/");
      {
        ScriptedServer::Connection asked = site.behind.Accept();
        asked.ReadRequest();
        asked.Send(sent.substr(0, size));
      }
      try {
        const Answer answer = client.Read();
        const bool is_whole = answer.status == 200 && answer.body == "abcde";
        BOOST_TEST((size == sent.size() ? is_whole : answer.status == 502), size);
      } catch (const std::runtime_error&) {
        BOOST_TEST(size < sent.size());
      }
    }
  }
  BOOST_TEST(site.CountLog("worker crashed") == 0);
}

BOOST_AUTO_TEST_CASE(a_client_that_reads_slowly_holds_its_server_back) {
  ProxySite site;
  const std::string large = Large();
  Client client(site.Port());
  const int size = 4096;
  ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  client.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  // What nobody reads does not get far: sockets have some room, tined next to none.
  std::size_t taken = 0;
  const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  for (std::size_t at = 0;;) {
    const ssize_t sent = ::send(asked.descriptor(), chunk.data() + at, chunk.size() - at,
                                MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && !Eventually(
                        [&] {
                          return ::send(asked.descriptor(), chunk.data() + at, 1,
                                        MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
                        },
                        milliseconds(300))) {
      break;
    }
    const std::size_t got = sent < 0 ? 1 : static_cast<std::size_t>(sent);
    taken += got;
    at = (at + got) % chunk.size();
    BOOST_REQUIRE(taken < 64U << 20);
  }
  BOOST_TEST(client.ReadHeader().status == 200);
  BOOST_TEST(client.ReadLine() != "");
}

BOOST_AUTO_TEST_CASE(a_server_is_left_when_its_client_has_left) {
  ProxySite site;
  {
    Client waiting(site.Port());
    waiting.SendGet("/");
    ScriptedServer::Connection asked = site.behind.Accept();
    asked.ReadRequest();
    waiting = Client(site.Port());
    BOOST_TEST(asked.WaitForEnd() == Client::End::closed);
  }
  Client reading(site.Port());
  reading.SendGet("/");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  BOOST_TEST(reading.ReadHeader().status == 200);
  reading = Client(site.Port());
  BOOST_TEST(asked.WaitForEnd() != Client::End::deadline);
  BOOST_TEST(Eventually([&] { return site.Status()["connections"]["open"] == 1; }));
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_before_the_request_is_through) {
  ProxySite site("", "", "limits: {body: 32MiB}");
  Client client(site.Port());
  client.Send(PostText("/", std::string(20 << 20, 'x')));
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.Send("HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno");
  const Answer answer = client.Read();
  BOOST_TEST(answer.status == 413);
  BOOST_TEST(answer.body == "no");
  BOOST_TEST(asked.WaitForEnd() != Client::End::deadline);
}

BOOST_AUTO_TEST_CASE(errors_may_be_told_in_this_servers_words) {
  ProxySite site;
  site.Write("sorry.txt", "sorry");
  const std::string error =
      "HTTP/1.1 404 Nope\r\nX: 1\r\nContent-Type: a/b\r\nTransfer-Encoding: "
      "chunked\r\n\r\n6\r\ntheirs\r\n";
  site.Configure(Config().Workers(1).Route("/", Proxy(site.behind.name()),
                                           "errors: {pages: {4xx: sorry.txt, 502: sorry.txt}}"));
  BOOST_TEST(site.Reload().status == 0);
  BOOST_TEST(Got(site, error + "0\r\n\r\n").body == "theirs");
  BOOST_TEST(Got(site, "").body == "sorry");
  site.Configure(Config().Workers(1).Route("/", Proxy(site.behind.name()),
                                           "errors: {pages: {4xx: sorry.txt}, intercept: true}"));
  BOOST_TEST(site.Reload().status == 0);
  const Answer told = Got(site, error);
  BOOST_TEST(told.status == 404);
  BOOST_TEST(told.body == "sorry");
  BOOST_TEST(told["X"] == "1");
}

BOOST_AUTO_TEST_CASE(a_server_may_let_a_client_have_a_file) {
  ProxySite site;
  site.Write("private/secret", "a file");
  site.Configure(Config()
                     .Workers(1)
                     .Route("/", Proxy(site.behind.name(), "local_redirects: true"))
                     .Route("/private", Files("${DIR}/private"), "access: {deny: all}"));
  BOOST_TEST(site.Reload().status == 0);
  BOOST_TEST(GetOnce(site.Port(), "/private/secret").status == 403);
  const std::string sent =
      "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /private/secret\r\nSet-Cookie: a=1\r\n"
      "Content-Type: application/pdf\r\nX: 1\r\nSet-Cookie: b=2\r\nETag: \"theirs\"\r\n"
      "Content-Length: 7\r\n\r\nignored";
  const Answer answer = Got(site, sent);
  BOOST_TEST(answer.body == "a file");
  BOOST_TEST(!answer.Has("X-Accel-Redirect"));
  // What is about the file is said of it.
  BOOST_TEST(Contains(answer.header, "Set-Cookie: a=1\r\n"));
  BOOST_TEST(Contains(answer.header, "Set-Cookie: b=2\r\n"));
  BOOST_TEST(Contains(answer.header, "Content-Type: application/pdf\r\n"));
  BOOST_TEST(!Contains(answer.header, "text/plain"));
  BOOST_TEST(answer["ETag"] != "\"theirs\"");
  BOOST_TEST(!answer.Has("X"));
  Client client(site.Port());
  client.SendGet("/", "Range: bytes=0-1,3-4\r\n");
  ScriptedServer::Connection asked = site.behind.Accept();
  asked.ReadRequest();
  asked.Send(sent);
  BOOST_TEST(client.Read()["Content-Type"].starts_with("multipart/byteranges; boundary="));
  const Answer none = Got(site,
                          "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /private/none\r\n"
                          "Content-Disposition: attachment\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(none.status == 404);
  BOOST_TEST(!none.Has("Content-Disposition"));
}

BOOST_AUTO_TEST_SUITE_END()
