// HTTP as clients meet it on the wire: messages, connections, methods. Case names carry the section
// of RFC 9110 or 9112. What is refused stands in refusals_test.cpp, conditions, ranges and codings
// in selection_test.cpp; the grammar's details are the unit tests'.
#include <boost/test/unit_test.hpp>

#include "tests/integration/wire.hpp"

using namespace tined::test;

BOOST_AUTO_TEST_SUITE(http, *boost::unit_test::fixture<Wire>())

// Messages.

BOOST_AUTO_TEST_CASE(rfc9112_2_2_an_empty_line_before_a_request_is_ignored) {
  BOOST_TEST(Ask("\r\n\r\n" + kGet + "\r\n").status == 200);
  Client client = Connect();
  BOOST_TEST(client.Ask(kGet + "\r\n").status == 200);
  BOOST_TEST(client.Ask("\r\n" + kGet + "\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(a_request_may_arrive_in_any_pieces) {
  const std::string requests =
      "\r\n" + kPost + "Content-Length: 3\r\n\r\nabc" + kPost +
      "Transfer-Encoding: chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nA: b\r\n\r\n" +
      "GET /ping HTTP/1.2\r\nHost: a\r\n\r\n";
  Client client = Connect();
  for (const char byte : requests) client.Send(std::string(1, byte));
  for (int i = 0; i < 3; ++i) BOOST_TEST(client.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_2_5_higher_minor_versions_are_served_as_1_1) {
  Client client = Connect();
  for (const char* version : {"1.2", "1.9"}) {
    const Answer answer =
        client.Ask("POST /ping HTTP/" + std::string(version) +
                   "\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.header.starts_with("HTTP/1.1 "));
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_2_5_http_1_0_is_answered_by_http_1_1) {
  BOOST_TEST(Ask("GET /ping HTTP/1.0\r\n\r\n").header.starts_with("HTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(rfc9110_6_6_1_every_answer_has_a_date) {
  for (const char* target : {"/ping", "/none", "/files/hello.txt", "/old", "/nothing", "/post"}) {
    const std::string date = Ask("GET", target)["Date"];
    BOOST_TEST(date.size() == 29U);
    BOOST_TEST(date.ends_with(" GMT"));
  }
  BOOST_TEST(Ask("nonsense\r\n\r\n").Has("Date"));
}

BOOST_AUTO_TEST_CASE(rfc9110_8_6_no_content_length_without_content) {
  const Answer empty = Ask("GET", "/nothing");
  BOOST_TEST(empty.status == 204);
  BOOST_TEST(!empty.Has("Content-Length"));
  Client client = Connect();
  const Answer invited = client.Ask(kPost + "Content-Length: 1\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(invited.status == 100);
  BOOST_TEST(!invited.Has("Content-Length"));
}

BOOST_AUTO_TEST_CASE(rfc9112_6_1_no_answer_has_a_transfer_coding) {
  for (const char* version : {"1.0", "1.1"}) {
    for (const char* target : {"/ping", "/none", "/files/hello.txt", "/old", "/nothing"}) {
      BOOST_TEST(!Ask("GET " + std::string(target) + " HTTP/" + version + "\r\nHost: a\r\n\r\n")
                      .Has("Transfer-Encoding"));
    }
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_6_3_bodies_are_read_whole_and_the_connection_goes_on) {
  Client client = Connect();
  client.Send(kPost + "Content-Length: 5\r\n\r\n12345" + kGet + "\r\n");
  BOOST_TEST(client.Read().status == 200);
  BOOST_TEST(client.Read().status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_1_content_of_a_get_is_no_request) {
  Client client = Connect();
  client.Send(kGet + "Content-Length: 5\r\n\r\n12345" + kGet + "\r\n");
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

BOOST_AUTO_TEST_CASE(rfc9110_6_5_trailers_change_nothing) {
  Client client = Connect();
  for (const char* trailer : {"Connection: close", "Content-Length: 500", "Host: b",
                              "Transfer-Encoding: gzip", "Expect: tea"}) {
    const Answer answer = client.Ask(kPost + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" +
                                     trailer + "\r\n\r\n");
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(!answer.Has("Connection"));
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_5_1_unknown_fields_and_bytes_above_ascii_are_let_pass) {
  BOOST_TEST(Ask(kGet + "X-Unheard-Of: \xc3\xa4\xff\t!\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_4_te_and_rfc9110_7_8_upgrade_are_ignored) {
  Client client = Connect();
  for (const char* lines :
       {"TE: trailers, deflate;q=0.5\r\nConnection: TE\r\n", "TE: chunked\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\n"}) {
    BOOST_TEST(client.Get("/ping", lines).status == 200);
  }
  BOOST_TEST(
      Ask("GET /ping HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n").status == 200);
}

// Connections.

BOOST_AUTO_TEST_CASE(rfc9112_9_3_connections_persist) {
  Client client = Connect();
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.Get("/ping");
    BOOST_TEST(answer.body == "pong\n");
    BOOST_TEST(!answer.Has("Connection"));
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_9_3_errors_of_the_request_alone_do_not_end_the_connection) {
  Client client = Connect();
  BOOST_TEST(client.Get("/none").status == 404);
  BOOST_TEST(client.Get("/post").status == 405);
  BOOST_TEST(client.Ask("BREW /ping HTTP/1.1\r\nHost: a\r\n\r\n").status == 501);
  BOOST_TEST(client.Get("/ping").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9112_9_6_close_is_honoured_and_announced) {
  for (const char* options : {"close", "CLOSE", "x, ,close", "keep-alive, close"}) {
    Client client = Connect();
    const std::string line = "Connection: " + std::string(options) + "\r\n";
    BOOST_TEST(client.Get("/ping", line)["Connection"] == "close");
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_9_6_nothing_behind_a_close_is_answered) {
  Client client = Connect();
  client.Send(kGet + "Connection: close\r\n\r\n" + kGet + "\r\n");
  BOOST_TEST(client.Read().status == 200);
  client.ShutDown();
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(rfc9112_9_3_http_1_0_closes_unless_it_asks_to_keep_alive) {
  Client plain = Connect();
  const Answer last = plain.Ask("GET /ping HTTP/1.0\r\n\r\n");
  BOOST_TEST(last.body == "pong\n");
  BOOST_TEST(last["Connection"] == "close");
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
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(client.Read().body == (i % 2 == 0 ? "pong\n" : "hello\n"));
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_8_an_incomplete_request_is_not_answered) {
  for (const std::string& part :
       {"GET /pi" + std::string(), kGet, kPost + "Content-Length: 5\r\n\r\n1234",
        kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\n"}) {
    Client client = Connect();
    client.Send(part);
    client.ShutDown();
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_9_6_a_client_that_has_said_all_still_gets_its_answers) {
  Client client = Connect();
  client.Send(kGet + "\r\n" + kGet + "\r\n");
  client.ShutDown();
  BOOST_TEST(client.Read().status == 200);
  BOOST_TEST(client.Read().status == 200);
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

// Methods and targets.

BOOST_AUTO_TEST_CASE(rfc9110_9_3_2_head_sends_the_fields_of_get_and_no_content) {
  for (const char* target : {"/ping", "/files/hello.txt", "/none", "/old", "/nothing", "/post"}) {
    Client client = Connect();
    const Answer get = client.Get(target);
    client.Send("HEAD " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const Answer head = client.Read(/*is_head=*/true);
    BOOST_TEST(head["Content-Length"] == get["Content-Length"]);
    BOOST_TEST(head["ETag"] == get["ETag"]);
    BOOST_TEST(head.status == get.status);
    BOOST_TEST(client.Get("/ping").body == "pong\n");
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_2_a_refused_head_has_no_content_either) {
  for (const std::string& bytes :
       {"HEAD /ping HTTP/1.1\r\n\r\n" + std::string(),
        "HEAD /ping HTTP/3.0\r\nHost: a\r\n\r\n" + std::string(),
        "HEAD /ping HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n" + std::string()}) {
    Client client = Connect();
    client.Send(bytes);
    BOOST_TEST(client.Read(/*is_head=*/true).status >= 400);
    client.ShutDown();
    BOOST_TEST(client.WaitForEnd() == Client::End::closed);
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_7_options_names_the_methods) {
  BOOST_TEST(Ask("OPTIONS", "/files/hello.txt")["Allow"] == "GET, HEAD, OPTIONS");
  BOOST_TEST(Ask("OPTIONS", "/post")["Allow"] == "POST, OPTIONS");
  for (const char* target : {"*", "http://a"}) {
    const Answer server = Ask("OPTIONS", target);
    BOOST_TEST(server.status == 204);
    BOOST_TEST(server.Has("Allow"));
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_6_every_405_lists_what_is_allowed) {
  for (const char* method : {"DELETE", "POST", "PUT", "PATCH"}) {
    const Answer file = Ask(method, "/files/hello.txt");
    BOOST_TEST(file.status == 405);
    BOOST_TEST(file["Allow"] == "GET, HEAD, OPTIONS");
  }
  const Answer route = Ask("GET", "/post");
  BOOST_TEST(route.status == 405);
  BOOST_TEST(route["Allow"] == "POST, OPTIONS");
  const Answer configured = Ask("GET", "/off");
  BOOST_TEST(configured.status == 405);
  BOOST_TEST(configured.Has("Allow"));
}

BOOST_AUTO_TEST_CASE(rfc9110_15_6_2_methods_that_are_unknown_or_not_implemented_get_501) {
  for (const char* method : {"BREW", "get", "TRACE", "PROPFIND", "M-SEARCH"}) {
    BOOST_TEST(Ask(method, "/ping").status == 501);
  }
  BOOST_TEST(Ask("CONNECT", "a:80").status == 501);
  BOOST_TEST(Ask(std::string(5000, 'A'), "/ping").status == 501);
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_2_absolute_form_names_the_host) {
  BOOST_TEST(Ask("GET http://one.example/hosted HTTP/1.1\r\nHost: two.example\r\n\r\n").body ==
             "one\n");
  BOOST_TEST(Ask("GET http://two.example:80/hosted HTTP/1.1\r\nHost: a\r\n\r\n").body == "two\n");
  BOOST_TEST(Ask("GET http://two.example/hosted HTTP/1.1\r\nHost:\r\n\r\n").body == "two\n");
}

BOOST_AUTO_TEST_CASE(rfc9110_7_2_routes_tell_hosts_apart) {
  BOOST_TEST(Ask("GET /hosted HTTP/1.1\r\nHost: One.Example:8080\r\n\r\n").body == "one\n");
  BOOST_TEST(Ask("GET /hosted HTTP/1.1\r\nHost: two.example\r\n\r\n").body == "two\n");
  BOOST_TEST(Ask("GET /hosted HTTP/1.1\r\nHost: three.example\r\n\r\n").status == 404);
}

BOOST_AUTO_TEST_CASE(rfc9110_4_2_3_equivalent_targets_are_the_same) {
  for (const char* target :
       {"/files/hello.txt", "/files/%68ello%2Etxt", "/files/./hello.txt", "/files/x/../hello.txt",
        "//files//hello.txt", "/files/hello.txt?x=%zz"}) {
    BOOST_TEST(Ask("GET", target).body == "hello\n");
  }
  BOOST_TEST(Ask("GET", "/FILES/hello.txt").status == 404);
}

BOOST_AUTO_TEST_CASE(rfc9110_15_4_9_a_redirect_keeps_rest_and_query) {
  const Answer answer = Ask("GET", "/old/a%20b?c=d");
  BOOST_TEST(answer.status == 308);
  BOOST_TEST(answer["Location"] == "/new/a%20b?c=d");
}

// Expectations.

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
  BOOST_TEST(
      client.Ask(kPost + "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n").status ==
      100);
  BOOST_TEST(client.Ask("0\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_1_no_100_continue_where_no_body_follows) {
  Client client = Connect();
  BOOST_TEST(client.Ask(kGet + "Expect: 100-continue\r\n\r\n").status == 200);
  BOOST_TEST(client.Ask(kPost + "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_1_no_100_continue_to_http_1_0) {
  Client client = Connect();
  client.Send("POST /ping HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.Ask("abc").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_1_no_100_continue_for_what_is_refused_anyway) {
  for (const auto& [target, status] :
       {std::pair("/files/hello.txt", 405), std::pair("/none", 404)}) {
    Client client = Connect();
    const Answer answer = client.Ask("POST " + std::string(target) +
                                     " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                                     "Expect: 100-continue\r\n\r\n");
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer["Connection"] == "close");
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_18_other_expectations_get_417) {
  BOOST_TEST(Ask("GET", "/ping", "Expect: the-impossible\r\n").status == 417);
  BOOST_TEST(Ask("GET", "/ping", "Expect: 100-continue, tea\r\n").status == 417);
}

BOOST_AUTO_TEST_CASE(rfc9112_9_3_a_body_that_is_not_waited_for_ends_the_connection) {
  // What came of it could not be told from a request.
  Client client = Connect();
  client.Send("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + kGet + "\r\n");
  const Answer answer = client.Read();
  BOOST_TEST(answer.status == 404);
  BOOST_TEST(answer["Connection"] == "close");
  client.ShutDown();
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_SUITE_END()
