// Where a request ends and what becomes of its connection (RFC 9112, 6 and 9).
#include "protocol/http1/parser.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

/// The framing of a POST with these field lines.
struct Framing {
  explicit Framing(const std::string& lines, const std::string& line = "POST / HTTP/1.1") {
    const Read read(line + "\r\nHost: a\r\n" + lines + "\r\n");
    refusal = read.refusal();
    framing = read.result().framing;
    length = read.result().body_length;
  }
  int refusal = 0;
  BodyFraming framing = BodyFraming::none;
  std::uint64_t length = 0;
};

BOOST_AUTO_TEST_SUITE(RequestParserTest)

// Framing.

BOOST_AUTO_TEST_CASE(rfc9112_6_3_without_a_length_there_is_no_body) {
  const Framing framing("");
  BOOST_TEST(framing.refusal == 0);
  BOOST_TEST((framing.framing == BodyFraming::none));
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_12_an_http_1_0_body_needs_a_length) {
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    const std::string line = std::string(method) + " / HTTP/1.0";
    BOOST_TEST(Framing("", line).refusal == 411);
    BOOST_TEST(Framing("Content-Length: 0\r\n", line).refusal == 0);
    BOOST_TEST(Framing("Content-Length: 5\r\n", line).length == 5U);
  }
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS"}) {
    BOOST_TEST(Framing("", std::string(method) + " / HTTP/1.0").refusal == 0);
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_8_6_a_length_is_digits) {
  BOOST_TEST(Framing("Content-Length: 5\r\n").length == 5U);
  BOOST_TEST(Framing("content-length:\t0005 \r\n").length == 5U);
  BOOST_TEST((Framing("Content-Length: 0\r\n").framing == BodyFraming::none));
  BOOST_TEST(Framing("Content-Length: 18446744073709551615\r\n").length == ~std::uint64_t{0});
  for (const char* value :
       {"", "+5", "-5", "5 5", "5,", ",5", "5, 5", "5, 6", "0x5", "5a", "1e3", "5.0", "\"5\"",
        "5;a=b", "18446744073709551616", "99999999999999999999999", "\xd9\xa5"}) {
    BOOST_TEST_CONTEXT(value) {
      BOOST_TEST(Framing("Content-Length: " + std::string(value) + "\r\n").refusal == 400);
    }
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_6_3_two_lengths_are_refused) {
  BOOST_TEST(Framing("Content-Length: 5\r\nContent-Length: 5\r\n").refusal == 400);
  BOOST_TEST(Framing("Content-Length: 5\r\ncontent-length: 6\r\n").refusal == 400);
  BOOST_TEST(Framing("Content-Length: 0\r\nX: y\r\nContent-Length: 0\r\n").refusal == 400);
}

BOOST_AUTO_TEST_CASE(rfc9112_6_3_both_framings_are_refused) {
  BOOST_TEST(Framing("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n").refusal == 400);
  BOOST_TEST(Framing("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n").refusal == 400);
  BOOST_TEST(Framing("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n").refusal == 400);
  BOOST_TEST(Framing("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n").refusal == 400);
}

BOOST_AUTO_TEST_CASE(rfc9112_6_1_chunked_alone_is_taken) {
  for (const char* value :
       {"chunked", "CHUNKED", "Chunked", ", chunked", "chunked ,", "\tchunked"}) {
    const Framing framing("Transfer-Encoding: " + std::string(value) + "\r\n");
    BOOST_TEST_CONTEXT(value) {
      BOOST_TEST(framing.refusal == 0);
      BOOST_TEST((framing.framing == BodyFraming::chunked));
    }
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_6_3_a_last_coding_that_is_not_chunked_is_refused) {
  for (const char* value : {"", ",", "identity", "gzip", "chunked, gzip", "chunked, identity",
                            "xchunked", "chunkedx", "chunked;a=b", "\"chunked\"", "chu nked",
                            "chunked, chunked;a=b", "chunked gzip", "'chunked'"}) {
    BOOST_TEST_CONTEXT(value) {
      BOOST_TEST(Framing("Transfer-Encoding: " + std::string(value) + "\r\n").refusal == 400);
    }
  }
  BOOST_TEST(Framing("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n").refusal == 400);
}

BOOST_AUTO_TEST_CASE(rfc9112_6_1_chunked_twice_is_refused) {
  BOOST_TEST(Framing("Transfer-Encoding: chunked, chunked\r\n").refusal == 400);
  BOOST_TEST(Framing("Transfer-Encoding: chunked, gzip, chunked\r\n").refusal == 400);
  BOOST_TEST(Framing("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n").refusal ==
             400);
}

BOOST_AUTO_TEST_CASE(rfc9112_6_1_an_unknown_coding_before_chunked_gets_501) {
  BOOST_TEST(Framing("Transfer-Encoding: gzip, chunked\r\n").refusal == 501);
  BOOST_TEST(Framing("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n").refusal == 501);
  BOOST_TEST(Framing("Transfer-Encoding: identity, chunked\r\n").refusal == 501);
}

BOOST_AUTO_TEST_CASE(rfc9112_6_1_http_1_0_has_no_transfer_codings) {
  BOOST_TEST(Framing("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0").refusal == 400);
  BOOST_TEST(Framing("Transfer-Encoding: chunked\r\n", "GET / HTTP/1.0").refusal == 400);
}

// Connection and Expect.

BOOST_AUTO_TEST_CASE(rfc9112_9_3_close_wins_and_the_version_decides_else) {
  const auto keeps = [](const std::string& version, const std::string& lines) {
    const Read read("GET / HTTP/" + version + "\r\nHost: a\r\n" + lines + "\r\n");
    BOOST_TEST_REQUIRE(read.is_whole());
    return read.result().keep_alive;
  };
  BOOST_TEST(keeps("1.1", ""));
  BOOST_TEST(!keeps("1.0", ""));
  BOOST_TEST(!keeps("1.1", "Connection: close\r\n"));
  BOOST_TEST(!keeps("1.1", "Connection: CLOSE\r\n"));
  BOOST_TEST(!keeps("1.1", "Connection: x, , close\r\n"));
  BOOST_TEST(!keeps("1.1", "Connection: close\r\nConnection: keep-alive\r\n"));
  BOOST_TEST(!keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  BOOST_TEST(!keeps("1.0", "Connection: keep-alive, close\r\n"));
  BOOST_TEST(keeps("1.0", "Connection: Keep-Alive\r\n"));
  BOOST_TEST(keeps("1.1", "Connection: closed\r\n"));
  BOOST_TEST(keeps("1.1", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
  BOOST_TEST(keeps("1.1", "Connection:\r\n"));
}

BOOST_AUTO_TEST_CASE(rfc9110_10_1_1_expectations) {
  const auto read = [](const std::string& version, const std::string& lines) {
    const Read got("GET / HTTP/" + version + "\r\nHost: a\r\n" + lines + "\r\n");
    BOOST_TEST_REQUIRE(got.is_whole());
    return std::string(got.result().expects_continue ? "continue" : "") +
           (got.result().has_failed_expectation ? "failed" : "");
  };
  BOOST_TEST(read("1.1", "") == "");
  BOOST_TEST(read("1.1", "Expect: 100-continue\r\n") == "continue");
  BOOST_TEST(read("1.1", "Expect: 100-Continue\r\nExpect: 100-CONTINUE\r\n") == "continue");
  BOOST_TEST(read("1.1", "Expect: , 100-continue ,\r\n") == "continue");
  BOOST_TEST(read("1.1", "Expect: tea\r\n") == "failed");
  BOOST_TEST(read("1.1", "Expect: 100-continue, tea\r\n") == "continuefailed");
  BOOST_TEST(read("1.1", "Expect:\r\n") == "");
  BOOST_TEST(read("1.0", "Expect: 100-continue\r\n") == "");
  BOOST_TEST(read("1.0", "Expect: tea\r\n") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
