// What is refused: malformed, ambiguous, dangerous. Each with the status of the RFC, an announced
// close, and silence about whatever follows.
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/wire.hpp"

using namespace tined::test;

namespace {

const std::string kHidden = "GET /files/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(refusals, *boost::unit_test::fixture<Wire>())

BOOST_AUTO_TEST_CASE(rfc9112_3_2_host_must_be_there_once_and_well_formed) {
  ExpectRefused(400, "GET /ping HTTP/1.1\r\n\r\n");
  ExpectRefused(400, "GET http://a/ping HTTP/1.1\r\n\r\n");
  ExpectRefused(400, kGet + "Host: b\r\n\r\n");
  ExpectRefused(400, kGet + "Host: a\r\n\r\n");
  for (const char* host : {"a b", "a/b", "u@a", "a:x", "a:65536", "[::1", "a%zz", "a,b?", ":80"}) {
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
  ExpectRefused(400, kPost + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(rfc9112_2_2_white_space_before_the_first_field_is_refused) {
  ExpectRefused(400, "GET /ping HTTP/1.1\r\n Host: a\r\n\r\n");
  ExpectRefused(400, "GET /ping HTTP/1.1\r\n \r\nHost: a\r\n\r\n");
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

BOOST_AUTO_TEST_CASE(rfc9110_15_5_14_a_length_above_the_limit_gets_413) {
  ExpectRefused(413, kPost + "Content-Length: 1048577\r\n\r\n");
  ExpectRefused(413, kPost + "Content-Length: 18446744073709551615\r\n\r\n");
  ExpectRefused(413, kPost + "Transfer-Encoding: chunked\r\n\r\n100001\r\n");
  ExpectRefused(413, kPost + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_12_http_1_0_must_say_how_long_its_body_is) {
  ExpectRefused(411, "POST /ping HTTP/1.0\r\n\r\nabc");
  BOOST_TEST(Ask("POST /ping HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc").status == 200);
  // From HTTP/1.1 on, a request without a length has no body (RFC 9112, 6.3).
  BOOST_TEST(Ask(kPost + "\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9112_6_3_a_last_coding_other_than_chunked_is_refused) {
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
  BOOST_TEST(Ask(kPost + "Transfer-Encoding: , CHUNKED ,\r\n\r\n0\r\n\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rfc9112_6_1_an_unknown_coding_gets_501) {
  ExpectRefused(501, kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
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
  ExpectRefused(400, "\n" + kGet + "\r\n");
  ExpectRefused(400, "\r" + kGet + "\r\n");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_answered_at_once_however_it_is_cut) {
  const std::string table[] = {"GET /ping HTTP/1.1\nHost: a\n\n",
                               "GET /ping HTTP/1.1\r\nHost: a\n",
                               "GET /ping\r\n",
                               "GET  /ping",
                               "G@T /ping",
                               kGet + "X : y\r\n",
                               kGet + "no colon\r\n",
                               kGet + "X: a\r\n b\r\nY",
                               "GET /ping HTTP/1.1\r\nX: y\r\n\r\n"};
  for (const std::string& each : table) {
    for (const std::size_t piece : {1U, 7U, 20U}) {
      Client client = Connect();
      const auto start = std::chrono::steady_clock::now();
      for (std::size_t at = 0; at < each.size(); at += piece) {
        ::send(client.descriptor(), each.data() + at, std::min(piece, each.size() - at),
               MSG_NOSIGNAL);
        std::this_thread::sleep_for(milliseconds(1));
      }
      BOOST_TEST_CONTEXT(each << " in pieces of " << piece) {
        BOOST_TEST(client.Read().status == 400);
        // Sooner than by timeouts.header.
        BOOST_TEST((std::chrono::steady_clock::now() - start < seconds(8)));
      }
    }
  }
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
                           "GET",
                           " GET /ping HTTP/1.1",
                           "GET\t/ping HTTP/1.1",
                           "GET /pi ng HTTP/1.1",
                           "GET /pi ng HTTP/1.2",
                           "GET /ping http/1.1",
                           "GET /ping HTTP/1",
                           "GET /ping HTTP/1.",
                           "GET /ping HTTP/11.1",
                           "GET /ping HTTPS/1.1",
                           "G@T /ping HTTP/1.1",
                           "GET ping HTTP/1.1",
                           "GET * HTTP/1.1",
                           "CONNECT /ping HTTP/1.1",
                           "CONNECT a: HTTP/1.1",
                           "GET /a#b HTTP/1.1",
                           "GET /a\\b HTTP/1.1",
                           "GET /%00 HTTP/1.1",
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

BOOST_AUTO_TEST_CASE(rfc9113_3_4_the_preface_of_http_2_gets_505) {
  ExpectRefused(505, std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33));
}

BOOST_AUTO_TEST_CASE(a_tls_handshake_gets_400) {
  ExpectRefused(400, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
}

BOOST_AUTO_TEST_CASE(rfc9110_7_4_https_without_tls_gets_421) {
  ExpectRefused(421, "GET https://a/ping HTTP/1.1\r\nHost: a\r\n\r\n");
}

/// Requests that hide a second one where another parser might see it.
BOOST_AUTO_TEST_CASE(rfc9112_11_2_a_smuggled_request_is_never_answered) {
  const std::string length = std::to_string(kHidden.size());
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string table[] = {
      // Two framings.
      "Content-Length: " + length + "\r\n" + chunked + "\r\n0\r\n\r\n",
      chunked + "Content-Length: " + length + "\r\n\r\n0\r\n\r\n",
      "Content-Length: 0\r\n" + chunked + "\r\n0\r\n\r\n",
      "Content-Length: 0\r\nContent-Length: " + length + "\r\n\r\n",
      "Content-Length: " + length + "\r\nContent-Length: 0\r\n\r\n",
      "Content-Length: 0, " + length + "\r\n\r\n",
      // A framing that only some see.
      "Content-Length : " + length + "\r\n\r\n",
      "Content-Length: +" + length + "\r\n\r\n",
      "Content-Length: 0x" + length + "\r\n\r\n",
      "Content-Length: " + length + "\x0b\r\n\r\n",
      "Content-Length:\r\n " + length + "\r\n\r\n",
      "X: y\nContent-Length: " + length + "\r\n\r\n",
      "X: y\rContent-Length: " + length + "\r\n\r\n",
      " Content-Length: " + length + "\r\n\r\n",
      "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\x0c\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: \x0b"
      "chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: 'chunked'\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding: identity\r\nContent-Length: " + length + "\r\n\r\n",
      "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer\x7f-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "Transfer-Encoding\r\n: chunked\r\n\r\n0\r\n\r\n",
      // Chunks whose end is in doubt.
      chunked + "\r\n5\r\nABCDE0\r\n\r\n",
      chunked + "\r\n5\r\nABCDE\n0\r\n\r\n",
      chunked + "\r\n5\nABCDE\r\n0\r\n\r\n",
      chunked + "\r\n5;\nABCDE\r\n0\r\n\r\n",
      chunked + "\r\n5;a\nABCDE\r\n0\r\n\r\n",
      chunked + "\r\n5;a\rABCDE\r\n0\r\n\r\n",
      chunked + "\r\n5;a=\"\r\nABCDE\r\n0\r\n\r\n",
      chunked + "\r\n 0\r\n\r\n",
      chunked + "\r\n0 \r\n\r\n",
      chunked + "\r\n0x0\r\n\r\n",
      chunked + "\r\n-0\r\n\r\n",
      chunked + "\r\n10000000000000000\r\n\r\n",
      chunked + "\r\n0\n\r\n",
      chunked + "\r\n0\r\n\n",
      chunked + "\r\n0\r\nX : y\r\n\r\n",
      chunked + "\r\n0\r\n\r\r\n",
  };
  for (const std::string& each : table) ExpectRefused(400, kPost + each + kHidden);
  ExpectRefused(400, "POST /ping HTTP/1.0\r\n" + chunked + "\r\n0\r\n\r\n" + kHidden);
  ExpectRefused(400, "POST /ping HTTP/1.1\r\n\r\n" + kHidden);
}

BOOST_AUTO_TEST_CASE(a_request_inside_a_body_is_not_answered) {
  Client client = Connect();
  client.Send(kPost + "Content-Length: " + std::to_string(kHidden.size()) + "\r\n\r\n" + kHidden);
  BOOST_TEST(client.Read().body == "pong\n");
  client.ShutDown();
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(answers_before_the_refused_request_are_given) {
  Client client = Connect();
  client.Send(kGet + "\r\n" + kGet + "\r\n" + "bad\r\n\r\n" + kHidden);
  BOOST_TEST(client.Read().body == "pong\n");
  BOOST_TEST(client.Read().body == "pong\n");
  BOOST_TEST(client.Read().status == 400);
  client.ShutDown();
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_SUITE_END()
