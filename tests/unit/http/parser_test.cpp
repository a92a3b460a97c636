#include "http/parser.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

const std::string kGet = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";

/// The status that refuses a GET with these field lines; 0 when it is taken.
int RefusalOfFields(const std::string& lines) { return Read(kGet + lines + "\r\n").refusal(); }

/// The same for a request line.
int RefusalOfLine(const std::string& line) { return Read(line + "\r\nHost: a\r\n\r\n").refusal(); }

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

BOOST_AUTO_TEST_CASE(a_header_is_taken_apart) {
  const std::string header =
      "GET /a%20b?c=d HTTP/1.1\r\nHost: one.example:80\r\nX-One:  two \t\r\n\r\n";
  const Read read(header + "body");
  BOOST_REQUIRE(read.is_whole());
  const Request& request = read.request();
  BOOST_TEST((request.method == Method::get));
  BOOST_TEST(request.method_text == "GET");
  BOOST_TEST(request.target == "/a%20b?c=d");
  BOOST_TEST(request.path == "/a b");
  BOOST_TEST(request.raw_path == "/a%20b");
  BOOST_TEST(request.query == "c=d");
  BOOST_TEST(request.host == "one.example:80");
  BOOST_TEST(request.minor_version == 1);
  BOOST_REQUIRE(request.fields.size() == 2U);
  BOOST_TEST(request.fields[1].name == "X-One");
  BOOST_TEST(request.fields[1].value == "two");
  BOOST_TEST(read.result().header_size == header.size());
}

BOOST_AUTO_TEST_CASE(what_follows_the_header_is_left_alone) {
  const std::string header = kGet + "\r\n";
  for (const char* rest : {"", "x", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n", "\n"}) {
    BOOST_TEST(Read(header + rest).result().header_size == header.size());
  }
}

BOOST_AUTO_TEST_CASE(every_part_of_a_good_header_needs_more) {
  for (const std::string& whole :
       {kGet + "X: y\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n" + std::string(),
        "GET http://a/ HTTP/1.3\r\nHost: b\r\nX:\r\n\r\n" + std::string()}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      BOOST_TEST_CONTEXT(whole.substr(0, size)) {
        BOOST_TEST(Read(whole.substr(0, size)).needs_more());
      }
    }
    BOOST_TEST(Read(whole).is_whole());
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_2_the_host_of_an_absolute_target_replaces_the_one_received) {
  const std::string fields = "A: 1\r\nhost: b.example:1\r\nB: 2\r\n\r\n";
  const auto host_of = [](const Request& request) { return *request.Find(Name::host); };
  RequestParser parser({});
  Request request;
  // The second time, and the third, the fields are known.
  for (int i = 0; i < 3; ++i) {
    const std::string absolute = "GET http://a.example:80/x HTTP/1.1\r\n" + fields;
    (void)parser.Parse(absolute, request);
    BOOST_TEST(request.host == "a.example:80");
    BOOST_REQUIRE(request.fields.size() == 3U);
    BOOST_TEST(request.fields[1].name == "host");
    BOOST_TEST(host_of(request) == "a.example:80");
    BOOST_TEST(request.fields[2].value == "2");
    const std::string origin = "GET /x HTTP/1.1\r\n" + fields;
    (void)parser.Parse(origin, request);
    BOOST_TEST(request.host == "b.example:1");
    BOOST_TEST(host_of(request) == "b.example:1");
  }
  const Read without("GET http://a.example/x HTTP/1.0\r\n\r\n");
  BOOST_REQUIRE(without.is_whole());
  BOOST_TEST(host_of(without.request()) == "a.example");
  const Read later("GET http://a.example/x HTTP/1.4\r\nHost: b\r\n\r\n");
  BOOST_TEST(host_of(later.request()) == "a.example");
  BOOST_TEST(Read("GET http://a.example/x HTTP/1.1\r\nHost: b c\r\n\r\n").refusal() == 400);
}

BOOST_AUTO_TEST_CASE(half_an_empty_line_before_a_request_needs_more) {
  BOOST_TEST(Read("\r").needs_more());
  BOOST_TEST(Read("\rG").refusal() == 400);
  BOOST_TEST(Read("\n").refusal() == 400);
}

BOOST_AUTO_TEST_CASE(one_parser_reads_one_request_after_another) {
  RequestParser parser({});
  Request request;
  (void)parser.Parse("POST /%61 HTTP/1.7\r\nHost: a\r\nContent-Length: 5\r\n\r\n", request);
  const ParseResult second = parser.Parse("GET /b HTTP/1.0\r\n\r\n", request);
  BOOST_TEST((second.outcome == ParseResult::Outcome::header));
  BOOST_TEST((second.framing == BodyFraming::none));
  BOOST_TEST(request.path == "/b");
  BOOST_TEST(request.fields.empty());
  BOOST_TEST(request.host.empty());
}

// The request line.

BOOST_AUTO_TEST_CASE(rfc9112_3_the_request_line_has_single_spaces) {
  for (const char* line : {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ",
                           " GET / HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1",
                           "GET /a b HTTP/1.1", "GET /a b HTTP/1.2", "GET / HTTP/1.1\t"}) {
    BOOST_TEST_CONTEXT(line) { BOOST_TEST(RefusalOfLine(line) == 400); }
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_3_a_request_line_that_lacks_a_part_is_refused_without_waiting) {
  for (const char* line : {"GET", "GET ", "GET /", "GET / ", "GET / H", "GET / HTTP/1",
                           "/ HTTP/1.1", "GET HTTP/1.1"}) {
    BOOST_TEST_CONTEXT(line) {
      BOOST_TEST(RefusalOfLine(line) == 400);
      BOOST_TEST(Read(std::string(line) + "\r\n\r\n").refusal() == 400);
    }
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_3_1_a_method_is_a_token) {
  for (const char* method : {"G@T", "G(T", "\"GET\"", "G\xc3\x84T", "G\x01T", ""}) {
    BOOST_TEST(RefusalOfLine(std::string(method) + " / HTTP/1.1") == 400);
  }
  for (const char* method : {"BREW", "!#$%&'*+-.^_`|~", "M-SEARCH", "get"}) {
    const Read read(std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(read.is_whole());
    BOOST_TEST((read.request().method == Method::other));
    BOOST_TEST(read.request().method_text == method);
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_2_3_the_version_is_case_sensitive_and_has_two_digits) {
  for (const char* version :
       {"http/1.1", "HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/11.1", "HTTP/1.11", "HTTP/1,1",
        "HTTPS/1.1", "HTTP/ 1.1", "HTTP/-1.1", "HTTP/a.b", "XTTP/1.1", "HTTP/1.1x", "HTTP 1.1"}) {
    BOOST_TEST_CONTEXT(version) {
      BOOST_TEST(RefusalOfLine(std::string("GET / ") + version) == 400);
    }
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_2_5_a_higher_minor_version_is_read_as_1_1) {
  for (const char* version : {"1.2", "1.9"}) {
    const Read read("POST /a HTTP/" + std::string(version) +
                    "\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    BOOST_TEST(read.is_whole());
    BOOST_TEST(read.request().minor_version == 1);
    BOOST_TEST(read.request().path == "/a");
    BOOST_TEST((read.result().framing == BodyFraming::chunked));
    BOOST_TEST(read.result().header_size == 57U);
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_15_6_6_other_major_versions_get_505) {
  for (const char* version : {"0.9", "2.0", "3.0", "9.9"}) {
    BOOST_TEST(RefusalOfLine(std::string("GET / HTTP/") + version) == 505);
  }
  // Whether more follows on the line makes no difference: it may not have arrived.
  BOOST_TEST(RefusalOfLine("GET / HTTP/2.0 x") == 505);
  BOOST_TEST(RefusalOfLine("GET /a / HTTP/0.1") == 400);
  BOOST_TEST(Read("GET /a / HTTP/0").refusal() == 400);
  BOOST_TEST(Read("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").refusal() == 505);
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_a_target_fits_its_method) {
  for (const char* line :
       {"GET a HTTP/1.1", "GET * HTTP/1.1", "OPTIONS a HTTP/1.1", "CONNECT / HTTP/1.1",
        "CONNECT a HTTP/1.1", "CONNECT a: HTTP/1.1", "CONNECT :80 HTTP/1.1", "GET a:80 HTTP/1.1",
        "GET http:/a HTTP/1.1", "GET ftp://a/ HTTP/1.1", "GET http:///b HTTP/1.1"}) {
    BOOST_TEST_CONTEXT(line) { BOOST_TEST(RefusalOfLine(line) == 400); }
  }
  for (const char* line : {"GET / HTTP/1.1", "OPTIONS * HTTP/1.1", "OPTIONS / HTTP/1.1",
                           "CONNECT a:80 HTTP/1.1", "GET HTTP://a HTTP/1.1"}) {
    BOOST_TEST_CONTEXT(line) { BOOST_TEST(RefusalOfLine(line) == 0); }
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_7_4_https_is_not_answered_without_tls) {
  BOOST_TEST(RefusalOfLine("GET https://a/ HTTP/1.1") == 421);
  BOOST_TEST(RefusalOfLine("GET HTTPS://a/ HTTP/1.1") == 421);
}

// Field lines.

BOOST_AUTO_TEST_CASE(rfc9112_5_1_no_space_before_the_colon) {
  for (const char* lines : {"X : y\r\n", "X\t: y\r\n", " X: y\r\n", ": y\r\n", "X\r\n", "X y\r\n",
                            "Content-Length : 5\r\n", "Transfer-Encoding\t: chunked\r\n"}) {
    BOOST_TEST_CONTEXT(lines) { BOOST_TEST(RefusalOfFields(lines) == 400); }
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_5_1_a_name_is_a_token) {
  for (const char* name : {"X(", "X\"", "X/", "X[", "X{", "X=", "X\x7f", "X\x80", "X\x01", "X@"}) {
    BOOST_TEST(RefusalOfFields(std::string(name) + ": y\r\n") == 400);
  }
  BOOST_TEST(RefusalOfFields("!#$%&'*+-.^_`|~09az: y\r\n") == 0);
}

BOOST_AUTO_TEST_CASE(rfc9112_5_2_folded_lines_are_refused) {
  for (const char* lines :
       {"X: a\r\n b\r\n", "X: a\r\n\tb\r\n", "X:\r\n b\r\n", "X: a\r\n \r\n", "X:\r\n \r\n",
        "X: a\r\n b\r\n c\r\n", "X: a\r\n \r\n b\r\n", "X: \r\n \r\n \r\n", "X: a \r\n  b \r\n",
        "Transfer-Encoding:\r\n chunked\r\n"}) {
    BOOST_TEST_CONTEXT(lines) { BOOST_TEST(RefusalOfFields(lines) == 400); }
  }
  BOOST_TEST(RefusalOfFields("X: a\r\n " + std::string(5000, 'b') + "\r\n") == 400);
}

BOOST_AUTO_TEST_CASE(rfc9112_2_2_white_space_before_the_first_field_is_refused) {
  BOOST_TEST(Read("GET / HTTP/1.1\r\n Host: a\r\n\r\n").refusal() == 400);
  BOOST_TEST(Read("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n").refusal() == 400);
  BOOST_TEST(Read("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n").refusal() == 400);
}

BOOST_AUTO_TEST_CASE(rfc9112_2_2_bare_carriage_returns_and_line_feeds_are_refused) {
  for (const char* lines : {"X: a\rb\r\n", "X: a\r\r\n", "X: a\n", "X: a\nY: b\r\n", "X\r: a\r\n",
                            "\rX: a\r\n", "X: \r\r\n", "\n"}) {
    BOOST_TEST_CONTEXT(lines) { BOOST_TEST(RefusalOfFields(lines) == 400); }
  }
  BOOST_TEST(Read("GET / HTTP/1.1\nHost: a\n\n").refusal() == 400);
  BOOST_TEST(Read("GET / HTTP/1.1\rHost: a\r\r").refusal() == 400);
}

BOOST_AUTO_TEST_CASE(rfc9110_5_5_a_value_holds_no_controls_but_tabs) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_good = (byte >= 0x20 && byte != 0x7f) || c == '\t';
    BOOST_TEST_CONTEXT(byte) {
      BOOST_TEST(RefusalOfFields("X: a" + std::string(1, c) + "b\r\n") == (is_good ? 0 : 400));
    }
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_5_5_white_space_around_a_value_does_not_belong_to_it) {
  const Read read(kGet + "A:b\r\nC: \t d \t \r\nE:\r\nF:   \r\n\r\n");
  BOOST_REQUIRE(read.request().fields.size() == 5U);
  BOOST_TEST(read.request().fields[1].value == "b");
  BOOST_TEST(read.request().fields[2].value == "d");
  BOOST_TEST(read.request().fields[3].value == "");
  BOOST_TEST(read.request().fields[4].value == "");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_1_names_are_known_in_any_case) {
  const Read read("GET / HTTP/1.1\r\nhOST: a\r\niF-nONE-mATCH: *\r\n\r\n");
  BOOST_TEST(read.is_whole());
  BOOST_TEST(read.request().Has(Name::if_none_match));
}

// Host.

BOOST_AUTO_TEST_CASE(rfc9112_3_2_host_is_there_once) {
  BOOST_TEST(Read("GET / HTTP/1.1\r\n\r\n").refusal() == 400);
  BOOST_TEST(RefusalOfFields("Host: a\r\n") == 400);
  BOOST_TEST(RefusalOfFields("host: b\r\n") == 400);
  BOOST_TEST(Read("GET http://a/ HTTP/1.1\r\n\r\n").refusal() == 400);
  BOOST_TEST(Read("GET / HTTP/1.0\r\n\r\n").refusal() == 0);
  BOOST_TEST(Read("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").refusal() == 400);
  BOOST_TEST(Read("GET / HTTP/1.0\r\nHost: a b\r\n\r\n").refusal() == 400);
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_2_the_targets_host_goes_before_the_field) {
  const Read read("GET http://one:8080/ HTTP/1.1\r\nHost: two\r\n\r\n");
  BOOST_TEST(read.request().host == "one:8080");
  BOOST_TEST(Read("GET http://one/ HTTP/1.1\r\nHost: t w o\r\n\r\n").refusal() == 400);
}

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

// Limits.

constexpr std::size_t kTarget = 100;
constexpr std::size_t kHeader = 200;
const config::Limits kSmall{
    .header_size = Bytes{kHeader}, .headers = 3, .target = Bytes{kTarget}, .body = {}};

BOOST_AUTO_TEST_CASE(rfc9112_3_a_target_above_the_limit_gets_414) {
  const auto with = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  BOOST_TEST(Read(with(kTarget), kSmall).is_whole());
  BOOST_TEST(Read(with(kTarget + 1), kSmall).refusal() == 414);
  BOOST_TEST(Read("GET /" + std::string(kTarget + kHeader + 64, 'x'), kSmall).refusal() == 414);
}

BOOST_AUTO_TEST_CASE(rfc9110_5_4_fields_above_the_limit_get_431) {
  const auto with = [](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: a\r\nX: " +
           std::string(size - std::string("Host: a\r\nX: \r\n\r\n").size(), 'x') + "\r\n\r\n";
  };
  BOOST_TEST(Read(with(kHeader), kSmall).is_whole());
  BOOST_TEST(Read(with(kHeader + 1), kSmall).refusal() == 431);
  BOOST_TEST(Read(kGet + "X: " + std::string(kTarget + kHeader + 64, 'x'), kSmall).refusal() ==
             431);
}

BOOST_AUTO_TEST_CASE(rfc9110_5_4_too_many_fields_get_431) {
  BOOST_TEST(Read(kGet + "X: y\r\nX: y\r\n\r\n", kSmall).is_whole());
  BOOST_TEST(Read(kGet + "X: y\r\nX: y\r\nX: y\r\n\r\n", kSmall).refusal() == 431);
  BOOST_TEST(Read(kGet + "X: y\r\nX: y\r\nX: y\r\nX", kSmall).refusal() == 431);
}

BOOST_AUTO_TEST_CASE(rfc9112_3_a_method_longer_than_any_gets_501) {
  BOOST_TEST(Read(std::string(32, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n").is_whole());
  BOOST_TEST(Read(std::string(33, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n").refusal() == 501);
  RequestParser parser(kSmall);
  Request request;
  BOOST_TEST(parser.Parse(std::string(parser.longest_header() + 1, 'A'), request).status == 501);
}

BOOST_AUTO_TEST_CASE(the_longest_header_is_taken_as_long_as_it_arrives_in_pieces) {
  RequestParser parser(kSmall);
  Request request;
  std::string header =
      std::string(32, 'A') + " /" + std::string(kTarget - 1, 'x') + " HTTP/1.1\r\nHost: a\r\nX: ";
  header.append(parser.longest_header() - header.size() - 4, 'x').append("\r\n\r\n");
  for (std::size_t size = header.size() - 10; size < header.size(); ++size) {
    const ParseResult part = parser.Parse(std::string_view(header).substr(0, size), request);
    BOOST_TEST((part.outcome == ParseResult::Outcome::need_more));
  }
  BOOST_TEST((parser.Parse(header, request).outcome == ParseResult::Outcome::header));
}

BOOST_AUTO_TEST_CASE(a_header_without_end_is_refused_for_what_is_too_long_in_it) {
  for (std::size_t size = kTarget - 5; size < kTarget + 40; ++size) {
    const std::string line = "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nX: ";
    BOOST_TEST(Read(line + std::string(kTarget + kHeader + 64, 'x'), kSmall).refusal() ==
               (size > kTarget ? 414 : 431));
  }
}

BOOST_AUTO_TEST_CASE(no_header_without_end_is_waited_for_beyond_the_longest) {
  RequestParser parser(kSmall);
  Request request;
  for (const std::string& start :
       {std::string("A"), "GET /" + std::string(), kGet + "X: ", kGet + "X: y\r\nY: "}) {
    const std::string longest = start + std::string(parser.longest_header() - start.size(), 'x');
    const ParseResult::Outcome at = parser.Parse(longest, request).outcome;
    BOOST_TEST((at == ParseResult::Outcome::need_more));
    BOOST_TEST((parser.Parse(longest + "x", request).outcome == ParseResult::Outcome::refused));
  }
}

BOOST_AUTO_TEST_CASE(the_default_limits_take_8000_octets_of_request_line) {
  BOOST_TEST(Read("GET /" + std::string(8000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n").is_whole());
}

BOOST_AUTO_TEST_CASE(a_refused_request_still_tells_the_log_what_it_was) {
  const Read read(kPost + "Content-Length: x\r\n\r\n");
  BOOST_TEST(read.request().method_text == "POST");
  BOOST_TEST(read.request().target == "/");
  BOOST_TEST(!read.result().reason.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
