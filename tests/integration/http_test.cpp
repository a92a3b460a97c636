// HTTP as clients meet it on the wire. Case names carry the section of RFC 9110 or 9112.
#include <boost/test/unit_test.hpp>

#include "tests/integration/client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

/// One server for the whole suite: no case may harm it.
struct Http {
  Http() {
    server.Write("files/hello.txt", "hello\n");
    server.Start(R"(
workers: {count: 1}
listeners:
  - name: web
    address: 127.0.0.1:0
    routes:
      - {path: /ping, respond: {body: "pong\n"}}
      - {path: /files, static: {root: "${DIR}/files"}}
      - {path: /old, redirect: {to: /new}}
      - {path: /post, methods: [POST], respond: {body: "posted\n"}}
      - {path: /hosted, host: one.example, respond: {body: "one\n"}}
      - {path: /hosted, host: two.example, respond: {body: "two\n"}}
)");
    port = server.Port();
    shared = this;
  }
  Server server;
  std::uint16_t port = 0;
  static Http* shared;
};
Http* Http::shared = nullptr;

/// Connects to the suite's server.
Client Connect() { return Client(Http::shared->port); }

/// One connection, these bytes, the answer.
Answer Ask(const std::string& bytes) { return Connect().Ask(bytes); }

/// Bytes that must end in `status`, in an announced close, and in no further answer.
void ExpectRefused(int status, const std::string& bytes) {
  BOOST_TEST_CONTEXT(bytes) {
    Client client = Connect();
    client.Send(bytes);
    const Answer answer = client.Read();
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer["Connection"] == "close");
    client.ShutDown();
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

const std::string kGet = "GET /ping HTTP/1.1\r\nHost: a\r\n";
const std::string kPost = "POST /ping HTTP/1.1\r\nHost: a\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(http, *boost::unit_test::fixture<Http>())

BOOST_AUTO_TEST_CASE(rfc9112_9_3_connections_persist) {
  Client client = Connect();
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.Get("/ping");
    BOOST_TEST(answer.body == "pong\n");
    BOOST_TEST(!answer.Has("Connection"));
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_9_6_close_is_honoured_and_announced) {
  Client client = Connect();
  BOOST_TEST(client.Get("/ping", "Connection: close\r\n")["Connection"] == "close");
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(rfc9112_9_3_http_1_0_closes_unless_it_asks_to_keep_alive) {
  Client plain = Connect();
  BOOST_TEST(plain.Ask("GET /ping HTTP/1.0\r\n\r\n").body == "pong\n");
  BOOST_TEST(plain.WaitForEnd() == Client::End::closed);
  Client kept = Connect();
  for (int i = 0; i < 2; ++i) {
    const Answer answer = kept.Ask("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(answer["Connection"] == "keep-alive");
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_9_3_2_pipelined_requests_are_answered_in_order) {
  Client client = Connect();
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    requests += i % 2 == 0 ? kGet + "\r\n" : "GET /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  client.Send(requests);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(client.Read().body == (i % 2 == 0 ? "pong\n" : "hello\n"));
}

BOOST_AUTO_TEST_CASE(rfc9112_2_2_an_empty_line_before_a_request_is_ignored) {
  BOOST_TEST(Ask("\r\n\r\n" + kGet + "\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_in_any_pieces) {
  Client client = Connect();
  for (const char byte : kPost + "Content-Length: 3\r\n\r\nabc" + kGet + "\r\n") {
    client.Send(std::string(1, byte));
  }
  BOOST_TEST(client.Read().status == 200);
  BOOST_TEST(client.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_6_6_1_every_answer_has_a_date) {
  for (const char* target : {"/ping", "/none", "/files/hello.txt", "/old"}) {
    const std::string date = Connect().Get(target)["Date"];
    BOOST_TEST(date.size() == 29U);
    BOOST_TEST(date.ends_with(" GMT"));
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_2_head_sends_the_fields_of_get_and_no_content) {
  for (const char* target : {"/ping", "/files/hello.txt", "/none", "/old"}) {
    Client client = Connect();
    const Answer get = client.Get(target);
    client.Send("HEAD " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const Answer head = client.Read(/*is_head=*/true);
    BOOST_TEST(head.header == get.header);
    BOOST_TEST(client.Get("/ping").body == "pong\n");
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_7_options_names_the_methods) {
  BOOST_TEST(Ask("OPTIONS /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n")["Allow"] ==
             "GET, HEAD, OPTIONS");
  const Answer server = Ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(server.status == 204);
  BOOST_TEST(server.Has("Allow"));
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_6_405_lists_what_is_allowed) {
  const Answer file = Ask("DELETE /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(file.status == 405);
  BOOST_TEST(file["Allow"] == "GET, HEAD, OPTIONS");
  const Answer route = Ask("GET /post HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(route.status == 405);
  BOOST_TEST(route["Allow"] == "POST, OPTIONS");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_6_2_unknown_methods_get_501) {
  for (const char* method : {"BREW", "get", "TRACE", "PROPFIND"}) {
    BOOST_TEST(Ask(std::string(method) + " /ping HTTP/1.1\r\nHost: a\r\n\r\n").status == 501);
  }
  BOOST_TEST(Ask("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n").status == 501);
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_2_absolute_form_names_the_host) {
  BOOST_TEST(Ask("GET http://one.example/hosted HTTP/1.1\r\nHost: two.example\r\n\r\n").body ==
             "one\n");
  BOOST_TEST(Ask("GET http://two.example:80/hosted HTTP/1.1\r\nHost: a\r\n\r\n").body == "two\n");
}

BOOST_AUTO_TEST_CASE(rfc9110_7_2_routes_tell_hosts_apart) {
  BOOST_TEST(Ask("GET /hosted HTTP/1.1\r\nHost: One.Example:8080\r\n\r\n").body == "one\n");
  BOOST_TEST(Ask("GET /hosted HTTP/1.1\r\nHost: two.example\r\n\r\n").body == "two\n");
  BOOST_TEST(Ask("GET /hosted HTTP/1.1\r\nHost: three.example\r\n\r\n").status == 404);
}

BOOST_AUTO_TEST_CASE(rfc9110_15_4_9_a_redirect_keeps_rest_and_query) {
  const Answer answer = Connect().Get("/old/a%20b?c=d");
  BOOST_TEST(answer.status == 308);
  BOOST_TEST(answer["Location"] == "/new/a%20b?c=d");
}

BOOST_AUTO_TEST_CASE(rfc9112_6_3_bodies_are_read_whole_and_the_connection_goes_on) {
  Client client = Connect();
  client.Send(kPost + "Content-Length: 5\r\n\r\n12345" + kGet + "\r\n");
  BOOST_TEST(client.Read().status == 200);
  BOOST_TEST(client.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9112_7_1_chunked_bodies_with_extensions_and_trailers) {
  Client client = Connect();
  client.Send(kPost +
              "Transfer-Encoding: chunked\r\n\r\n5;a=b;c=\"d\"\r\n12345\r\nA\r\n1234567890\r\n" +
              "0\r\nTrailer: x\r\n\r\n" + kGet + "\r\n");
  BOOST_TEST(client.Read().status == 200);
  BOOST_TEST(client.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_1_100_continue_comes_before_the_body_and_once) {
  Client client = Connect();
  const std::string head = kPost + "Content-Length: 3\r\nExpect: 100-Continue\r\n\r\n";
  BOOST_TEST(client.Ask(head).status == 100);
  client.Send("a");
  client.Send("bc");
  BOOST_TEST(client.Read().status == 200);
  // A body that is there already needs no invitation.
  BOOST_TEST(client.Ask(head + "abc").status == 200);
  BOOST_TEST(client.Get("/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_1_no_100_continue_for_what_is_refused_anyway) {
  Client client = Connect();
  const Answer answer = client.Ask(
      "POST /files/hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
      "Expect: 100-continue\r\n\r\n");
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer["Connection"] == "close");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_18_other_expectations_get_417) {
  BOOST_TEST(Ask(kGet + "Expect: the-impossible\r\n\r\n").status == 417);
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_host_must_be_there_once_and_well_formed) {
  ExpectRefused(400, "GET /ping HTTP/1.1\r\n\r\n");
  ExpectRefused(400, kGet + "Host: b\r\n\r\n");
  ExpectRefused(400, kGet + "Host: a\r\n\r\n");
  for (const char* host : {"a b", "a/b", "u@a", "a:x", "a:65536", "[::1", "a%zz", "a,b?"}) {
    ExpectRefused(400, "GET /ping HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
  }
  for (const char* host :
       {"", "a", "a:", "a:80", "[::1]", "[::1]:80", "127.0.0.1:1", "a.example."}) {
    BOOST_TEST(Ask("GET /ping HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_5_1_no_space_before_the_colon) {
  ExpectRefused(400, kGet + "X : y\r\n\r\n");
  ExpectRefused(400, kGet + "X\t: y\r\n\r\n");
  ExpectRefused(400, kPost + "Content-Length : 5\r\n\r\n12345");
}

BOOST_AUTO_TEST_CASE(rfc9112_5_2_obs_fold_is_refused) {
  ExpectRefused(400, kGet + "X: a\r\n b\r\n\r\n");
  ExpectRefused(400, kGet + "X: a\r\n\tb\r\n\r\n");
  ExpectRefused(400, kGet + "X:\r\n b\r\n\r\n");
  ExpectRefused(400, kGet + "X: a\r\n \r\n\r\n");
  ExpectRefused(400, "GET /ping HTTP/1.1\r\n Host: a\r\n\r\n");
  ExpectRefused(400, kPost + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(rfc9112_6_3_ambiguous_lengths_are_refused) {
  for (const char* fields :
       {"Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5", "Content-Length: +5", "Content-Length: -5", "Content-Length: 0x5",
        "Content-Length: 5 5", "Content-Length: ", "Content-Length: 5a",
        "Content-Length: 99999999999999999999999", "Content-Length: 1e3",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5"}) {
    ExpectRefused(400, kPost + fields + "\r\n\r\n12345");
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_6_1_odd_transfer_codings_are_refused) {
  for (const char* value :
       {"chunked, chunked", "identity", "chunked, gzip", "chunked, identity", "xchunked",
        "\x0b"
        "chunked",
        "chunked;a=b", "\"chunked\"", ""}) {
    ExpectRefused(400, kPost + "Transfer-Encoding: " + value + "\r\n\r\n0\r\n\r\n");
  }
  ExpectRefused(
      400, kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  ExpectRefused(400, kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n");
  ExpectRefused(400, "POST /ping HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  ExpectRefused(501, kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
  BOOST_TEST(Ask(kPost + "Transfer-Encoding: , CHUNKED ,\r\n\r\n0\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9112_7_1_malformed_chunks_are_refused) {
  for (const char* body :
       {"x\r\n", "-1\r\n", "0x5\r\n12345\r\n", " 5\r\n12345\r\n", "\r\n", "5\n12345\r\n0\r\n\r\n",
        "5\r\n12345\n0\r\n\r\n", "5\r\n123456\r\n", "5\r\n12345X0\r\n\r\n", "11111111111111111\r\n",
        ";a=b\r\n", "0\r\nX : y\r\n\r\n", "0\r\nX: a\r\n b\r\n\r\n", "0\nX: y\n\n"}) {
    ExpectRefused(400, kPost + "Transfer-Encoding: chunked\r\n\r\n" + body);
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_2_2_bare_line_feeds_and_carriage_returns_are_refused) {
  ExpectRefused(400, "GET /ping HTTP/1.1\nHost: a\n\n");
  ExpectRefused(400, "GET /ping HTTP/1.1\r\nHost: a\n\r\n");
  ExpectRefused(400, kGet + "X: a\rb\r\n\r\n");
  ExpectRefused(400, kGet + "X: a\r\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_5_control_characters_are_refused) {
  ExpectRefused(400, kGet + std::string("X: a\0b\r\n\r\n", 10));
  ExpectRefused(400, kGet +
                         "X: a\x01"
                         "b\r\n\r\n");
  ExpectRefused(400, kGet + "X\x7f: b\r\n\r\n");
  ExpectRefused(400, kGet + "X(: b\r\n\r\n");
  ExpectRefused(400, kGet + ": b\r\n\r\n");
  ExpectRefused(400, kGet + "no colon\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(rfc9112_3_malformed_request_lines_are_refused) {
  for (const char* line : {"GET  /ping HTTP/1.1",
                           "GET /ping  HTTP/1.1",
                           "GET /ping HTTP/1.1 ",
                           "GET /ping",
                           " GET /ping HTTP/1.1",
                           "GET\t/ping HTTP/1.1",
                           "GET /pi ng HTTP/1.1",
                           "GET /ping http/1.1",
                           "GET /ping HTTP/1",
                           "GET /ping HTTP/1.",
                           "GET /ping HTTP/11.1",
                           "GET /ping HTTPS/1.1",
                           "G@T /ping HTTP/1.1",
                           "GET ping HTTP/1.1",
                           "GET * HTTP/1.1",
                           "GET /a#b HTTP/1.1",
                           "GET /a\\b HTTP/1.1",
                           "GET /%00 HTTP/1.1",
                           "GET /%2f HTTP/1.1",
                           "GET /%zz HTTP/1.1",
                           "GET /% HTTP/1.1",
                           "GET /../etc/passwd HTTP/1.1",
                           "GET /files/%2e%2e/%2e%2e/x HTTP/1.1",
                           "GET ftp://a/ HTTP/1.1",
                           "GET http:///ping HTTP/1.1",
                           "GET http://u@a/ HTTP/1.1"}) {
    ExpectRefused(400, std::string(line) + "\r\nHost: a\r\n\r\n");
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_15_6_6_other_major_versions_get_505) {
  ExpectRefused(505, "GET /ping HTTP/2.0\r\nHost: a\r\n\r\n");
  ExpectRefused(505, "GET /ping HTTP/0.9\r\nHost: a\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(rfc9110_2_5_higher_minor_versions_are_served) {
  BOOST_TEST(Ask("GET /ping HTTP/1.2\r\nHost: a\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(a_smuggled_request_is_never_answered) {
  // Each of these hides "GET /files/hello.txt" where another parser might see a request of its own.
  const std::string hidden = "GET /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string length = std::to_string(hidden.size());
  ExpectRefused(400, kPost + "Content-Length: " + length +
                         "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden);
  ExpectRefused(400,
                kPost + "Content-Length: 0\r\nContent-Length: " + length + "\r\n\r\n" + hidden);
  ExpectRefused(400, kPost + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden);
  ExpectRefused(400, kPost + "Transfer-Encoding: chunked\r\n\r\n5\r\nABCDE0\r\n\r\n" + hidden);
  ExpectRefused(400, kPost + "X: y\nContent-Length: " + length + "\r\n\r\n" + hidden);
}

BOOST_AUTO_TEST_SUITE_END()
