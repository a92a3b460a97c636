// How a request is taken apart, and what of its line and its fields is refused.
#include "protocol/http1/parser.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

const std::string kLineAndHost = "GET / HTTP/1.1\r\nHost: a\r\n";

/// The status that refuses a GET with these field lines; 0 when it is taken.
int RefusalOfFields(const std::string& lines) {
  return Read(kLineAndHost + lines + "\r\n").refusal();
}

/// The status that refuses a request line; 0 when it is taken.
int RefusalOfLine(const std::string& line) { return Read(line + "\r\nHost: a\r\n\r\n").refusal(); }

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
  const std::string header = kLineAndHost + "\r\n";
  for (const char* rest : {"", "x", "GET / HTTP/1.1\r\n\r\n", "\r\n\r\n", "\n"}) {
    BOOST_TEST(Read(header + rest).result().header_size == header.size());
  }
}

BOOST_AUTO_TEST_CASE(every_part_of_a_good_header_needs_more) {
  for (const std::string& whole :
       {kLineAndHost + "X: y\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n" + std::string(),
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
  const Read read(kLineAndHost + "A:b\r\nC: \t d \t \r\nE:\r\nF:   \r\n\r\n");
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
