// RFC 9113, 8: requests as header blocks and content.
#include <boost/test/unit_test.hpp>

#include "tests/integration/http2_rules.hpp"

using namespace tined::test::rules;

namespace {

/// A request with further fields that is not one.
Row Malformed(const char* section, const char* what, const Fields& more) {
  return {section, what, Headers(1, Request("GET", "/", more)), Ends(ErrorCode::protocol_error)};
}
Row Fine(const char* section, const char* what, const Fields& more) {
  return {section, what, Headers(1, Request("GET", "/", more)), Answers({{1, 200}})};
}
/// All fields of a request.
Row Whole(const char* section, const char* what, const Fields& fields, int status) {
  if (status == 0) return {section, what, Headers(1, fields), Ends(ErrorCode::protocol_error)};
  return {section, what, Headers(1, fields), Answers({{1, status}})};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_rules, Site)

BOOST_AUTO_TEST_CASE(content_and_trailers) {
  const std::string content = Put(1) + Data(1, "content", false);
  Expect({
      {"8.1", "trailers", content + Headers(1, {{"x", "y"}}), Answers({{1, 200}})},
      {"8.1", "trailers without content", Put(1) + Headers(1, {{"x", "y"}}), Answers({{1, 200}})},
      {"8.1", "trailers without fields", content + HeadersOf(1, ""), Answers({{1, 200}})},
      {"8.1", "trailers in two frames",
       content + HeadersOf(1, Block({{"x", "y"}}), 1) + Continuation(1, Block({{"z", ""}})),
       Answers({{1, 200}})},
      {"8.1", "trailers that do not end the stream", content + Headers(1, {{"x", "y"}}, kOpen),
       Ends(ErrorCode::protocol_error)},
      {"8.1", "a second header", content + Headers(1, Request("GET", "/"), kWhole),
       Ends(ErrorCode::protocol_error)},
      {"8.1", "a pseudo-field in trailers", content + Headers(1, {{":path", "/"}}),
       Ends(ErrorCode::protocol_error)},
      {"8.1", "an upper case name in trailers", content + Headers(1, {{"X", "y"}}),
       Ends(ErrorCode::protocol_error)},
      {"8.1", "a field of the connection in trailers",
       content + Headers(1, {{"transfer-encoding", "chunked"}}), Ends(ErrorCode::protocol_error)},
      {"8.1",
       "an answer before all of the request has come",
       TooEarly(1),
       {.resets = {{1, ErrorCode::no_error}}, .statuses = {{1, 405}}}},
  });
}

BOOST_AUTO_TEST_CASE(content_has_the_length_that_is_told) {
  Expect({
      {"8.1.1", "as long", Put(1, {{"content-length", "4"}}) + Data(1, "four"),
       Answers({{1, 200}})},
      {"8.1.1", "as long in pieces",
       Put(1, {{"content-length", "4"}}) + Data(1, "fo", false) + Data(1, "ur"),
       Answers({{1, 200}})},
      {"8.1.1", "longer", Put(1, {{"content-length", "3"}}) + Data(1, "four"),
       Ends(ErrorCode::protocol_error)},
      {"8.1.1", "longer, not ended", Put(1, {{"content-length", "3"}}) + Data(1, "four", false),
       Ends(ErrorCode::protocol_error)},
      {"8.1.1", "shorter", Put(1, {{"content-length", "5"}}) + Data(1, "four"),
       Ends(ErrorCode::protocol_error)},
      {"8.1.1", "shorter, with trailers",
       Put(1, {{"content-length", "5"}}) + Data(1, "four", false) + Headers(1, {{"x", "y"}}),
       Ends(ErrorCode::protocol_error)},
      {"8.1.1", "padding is no content",
       Put(1, {{"content-length", "4"}}) +
           Frame(FrameType::data, tined::http2::kPadded | 1, 1, Padded("four", 9)),
       Answers({{1, 200}})},
      {"8.1.1", "a length, and no content",
       Headers(1, Request("PUT", "/echo", {{"content-length", "1"}})),
       Ends(ErrorCode::protocol_error)},
      {"8.1.1", "a length of 0, and no content",
       Headers(1, Request("PUT", "/echo", {{"content-length", "0"}})), Answers({{1, 200}})},
      {"8.1.1", "two lengths",
       Put(1, {{"content-length", "4"}, {"content-length", "4"}}) + Data(1, "four"),
       Ends(ErrorCode::protocol_error)},
      {"8.1.1", "a length that is none", Put(1, {{"content-length", "4x"}}) + Data(1, "four"),
       Ends(ErrorCode::protocol_error)},
      {"8.1.1", "a length below nothing", Put(1, {{"content-length", "-1"}}) + Data(1, "four"),
       Ends(ErrorCode::protocol_error)},
  });
}

BOOST_AUTO_TEST_CASE(names_and_values_of_fields) {
  const std::string nul(1, '\0');
  Expect({
      Fine("8.2.1", "names of all characters", {{"!#$%&'*+-.^_`|~09az", "x"}}),
      Fine("8.2.1", "a value with tabs, spaces and bytes above 127", {{"x", "a \t\xc3\xa4 b"}}),
      Fine("8.2.1", "a value of nothing", {{"x", ""}}),
      Malformed("8.2.1", "an upper case name", {{"X-Field", "x"}}),
      Malformed("8.2.1", "a name with a space", {{"x y", "x"}}),
      Malformed("8.2.1", "a name with a colon", {{"x:y", "x"}}),
      Malformed("8.2.1", "a name with a byte above 127", {{"x\xff", "x"}}),
      Malformed("8.2.1", "a name with a control", {{"x\x7f", "x"}}),
      Malformed("8.2.1", "a name of nothing", {{"", "x"}}),
      Malformed("8.2.1", "a value with NUL", {{"x", "a" + nul + "b"}}),
      Malformed("8.2.1", "a value with CR", {{"x", "a\rb"}}),
      Malformed("8.2.1", "a value with LF", {{"x", "a\nb"}}),
      Malformed("8.2.1", "a value that begins with a space", {{"x", " a"}}),
      Malformed("8.2.1", "a value that ends with a tab", {{"x", "a\t"}}),
      Malformed("8.2.2", "Connection", {{"connection", "close"}}),
      Malformed("8.2.2", "Proxy-Connection", {{"proxy-connection", "keep-alive"}}),
      Malformed("8.2.2", "Keep-Alive", {{"keep-alive", "timeout=5"}}),
      Malformed("8.2.2", "Transfer-Encoding", {{"transfer-encoding", "chunked"}}),
      Malformed("8.2.2", "Upgrade", {{"upgrade", "websocket"}}),
      Malformed("8.2.2", "TE other than trailers", {{"te", "gzip"}}),
      Malformed("8.2.2", "TE with more than trailers", {{"te", "trailers, gzip"}}),
      Fine("8.2.2", "TE: trailers", {{"te", "trailers"}}),
      Fine("8.2.3", "cookies in pieces", {{"cookie", "a=b"}, {"x", "y"}, {"cookie", "c=d"}}),
  });
}

BOOST_AUTO_TEST_CASE(pseudo_fields) {
  const std::pair<std::string, std::string> method = {":method", "GET"};
  const std::pair<std::string, std::string> scheme = {":scheme", "http"};
  const std::pair<std::string, std::string> path = {":path", "/"};
  const std::pair<std::string, std::string> authority = {":authority", "test"};
  Expect({
      Whole("8.3", "in any order", {authority, path, scheme, method}, 200),
      Whole("8.3", "one that nobody knows", {method, scheme, path, authority, {":x", "y"}}, 0),
      Whole("8.3", "one of answers", {method, scheme, path, authority, {":status", "200"}}, 0),
      Whole("8441, 4", ":protocol, which was not offered",
            {method, scheme, path, authority, {":protocol", "websocket"}}, 0),
      Whole("8.3", "behind a field", {method, scheme, authority, {"x", "y"}, path}, 0),
      Whole("8.3", ":method twice", {method, method, scheme, path, authority}, 0),
      Whole("8.3", ":scheme twice", {method, scheme, scheme, path, authority}, 0),
      Whole("8.3", ":path twice", {method, scheme, path, path, authority}, 0),
      Whole("8.3", ":authority twice", {method, scheme, path, authority, authority}, 0),
      Whole("8.3", "in upper case", {method, scheme, {":Path", "/"}, authority}, 0),
      Whole("8.3.1", "without :method", {scheme, path, authority}, 0),
      Whole("8.3.1", "without :scheme", {method, path, authority}, 0),
      Whole("8.3.1", "without :path", {method, scheme, authority}, 0),
      Whole("8.3.1", "with :path of nothing", {method, scheme, {":path", ""}, authority}, 0),
      Whole("8.3.1", "with :method of nothing", {{":method", ""}, scheme, path, authority}, 0),
      Whole("8.3.1", "with a path that is none", {method, scheme, {":path", "x"}, authority}, 0),
      Whole("8.3.1", "with * for GET", {method, scheme, {":path", "*"}, authority}, 0),
      Whole("8.3.1", "with Host in place of :authority", {method, scheme, path, {"host", "test"}},
            200),
      Whole("8.3.1", "with both", {method, scheme, path, authority, {"host", "test"}}, 200),
      Whole("8.3.1", "with both, which differ", {method, scheme, path, authority, {"host", "b"}},
            0),
      Whole("8.3.1", "with neither", {method, scheme, path}, 0),
      Whole("8.3.1", "with a user in :authority",
            {method, scheme, path, {":authority", "user@test"}}, 0),
      Whole("8.3.1", "with an :authority that is no host",
            {method, scheme, path, {":authority", "a b"}}, 400),
      Whole("8.3.1", "of https over cleartext", {method, {":scheme", "https"}, path, authority},
            421),
      Whole("8.3.1", "with a method that nobody knows",
            {{":method", "BREW"}, scheme, path, authority}, 501),
      Whole("8.5", "CONNECT", {{":method", "CONNECT"}, {":authority", "a:1"}}, 501),
      Whole("8.5", "CONNECT with :path", {{":method", "CONNECT"}, authority, path}, 0),
      Whole("8.5", "CONNECT with :scheme", {{":method", "CONNECT"}, authority, scheme}, 0),
      Whole("8.5", "CONNECT without :authority", {{":method", "CONNECT"}}, 0),
  });
}

BOOST_AUTO_TEST_CASE(fields_beyond_limits) {
  const std::string large(17000, 'x');
  std::string many = Block(Request("GET", "/"));
  for (int i = 0; i < 120; ++i) many += Block({{"x", "y"}});
  Expect({
      {"10.5.1", "a large one",
       HeadersOf(1, Block(Request("GET", "/", {{"x", large}})).substr(0, 10000), 1) +
           Continuation(1, Block(Request("GET", "/", {{"x", large}})).substr(10000)),
       Answers({{1, 431}})},
      {"10.5.1", "many", HeadersOf(1, many), Answers({{1, 431}})},
      {"10.5.1", "a long target", Headers(1, Request("GET", "/" + std::string(9000, 'x'))),
       Answers({{1, 414}})},
  });
}

BOOST_AUTO_TEST_SUITE_END()
