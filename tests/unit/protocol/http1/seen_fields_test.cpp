#include "protocol/http1/seen_fields.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

using http1::SeenFields;

const std::string kLine = "GET /a?b HTTP/1.1\r\n";
const std::string kFields =
    "Host: one.example\r\nConnection: keep-alive\r\nUser-Agent: somebody's browser/1.0 (and "
    "more)\r\n"
    "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\nCookie: a=b; c=d; e=f\r\n\r\n";

/// Everything that can be told of a request that was read, as text.
std::string Story(const ParseResult& result, const Request& request) {
  std::string story =
      std::to_string(static_cast<int>(result.outcome)) + ' ' + std::to_string(result.status) + ' ' +
      std::to_string(result.header_size) + ' ' + std::to_string(static_cast<int>(result.framing)) +
      (result.keep_alive ? " keep" : " close") + (result.expects_continue ? " continue" : "") +
      (result.has_failed_expectation ? " failed" : "");
  for (const std::string_view part : {request.method_text, request.target, request.path,
                                      request.raw_path, request.query, request.host}) {
    story.append("|").append(part);
  }
  for (const Field& field : request.fields) {
    story += '\n' + std::to_string(static_cast<int>(field.id));
    story.append(" ").append(field.name).append("=").append(field.value);
  }
  return story + '\n' + std::to_string(request.minor_version);
}

/// One parser for many requests.
class Reader {
 public:
  std::string Story(const std::string& input) {
    const std::string copy = input;  // A view that stayed with an earlier input would show.
    Request request;
    const ParseResult result = parser_.Parse(copy, request);
    return http::Story(result, request);
  }
  /// Reads it often enough that its fields are known.
  void Learn(const std::string& input) {
    for (int i = 0; i < 3; ++i) Story(input);
  }

 private:
  RequestParser parser_{config::Limits{}};
};

std::string Fresh(const std::string& input) { return Reader().Story(input); }

/// As the parser does it.
void Note(SeenFields& seen, const std::string& text, const std::vector<Field>& fields) {
  if (seen.Find(text) == nullptr) seen.Note(text, fields);
}

BOOST_AUTO_TEST_SUITE(SeenFieldsTest)

BOOST_AUTO_TEST_CASE(a_section_is_known_from_the_second_time_on) {
  const std::string text = "Host: a\r\nX-Long: " + std::string(200, 'x') + "\r\n\r\n";
  const std::string_view view = text;
  const std::vector<Field> fields{{Name::host, view.substr(0, 4), view.substr(6, 1)}};
  SeenFields seen;
  BOOST_TEST(seen.Find(text) == nullptr);
  Note(seen, text, fields);
  BOOST_TEST(seen.Find(text) == nullptr);
  Note(seen, text, fields);
  const std::string same = text;
  const SeenFields::Section* const section = seen.Find(same);
  BOOST_REQUIRE(section != nullptr);
  BOOST_REQUIRE(section->fields.size() == 1U);
  BOOST_TEST(section->fields[0].value == "a");
  BOOST_TEST((section->fields[0].value.data() == section->text.data() + 6));
  BOOST_TEST(section->about.host() == "a");
}

BOOST_AUTO_TEST_CASE(one_that_comes_again_and_again_keeps_its_place) {
  SeenFields seen;
  const std::string often(200, 'x');
  for (int i = 0; i < 2; ++i) Note(seen, often, {});
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST((seen.Find(often) != nullptr));
    // Some of them want the same place.
    Note(seen, std::string(200, 'y') + std::to_string(i), {});
  }
}

BOOST_AUTO_TEST_CASE(short_and_very_long_sections_are_not_kept) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{4000}}) {
    const std::string text(size, 'x');
    SeenFields seen;
    for (int i = 0; i < 3; ++i) Note(seen, text, {});
    BOOST_TEST(seen.Find(text) == nullptr);
  }
}

BOOST_AUTO_TEST_CASE(what_is_known_says_the_same_as_what_is_read) {
  Reader reader;
  for (int i = 0; i < 5; ++i) {
    BOOST_TEST(reader.Story(kLine + kFields) == Fresh(kLine + kFields));
  }
}

BOOST_AUTO_TEST_CASE(a_request_line_is_read_each_time) {
  Reader reader;
  reader.Learn(kLine + kFields);
  for (const std::string line : {"GET /other HTTP/1.1\r\n",
                                 "HEAD / HTTP/1.0\r\n",
                                 "POST / HTTP/1.0\r\n",
                                 "POST / HTTP/1.1\r\n",
                                 "GET /%00 HTTP/1.1\r\n",
                                 "GET / HTTP/1.5\r\n",
                                 "GET / HTTP/2.0\r\n",
                                 "GET /\r\n",
                                 "GET http://b/ HTTP/1.1\r\n",
                                 "GET  / HTTP/1.1\r\n",
                                 "GET / HTTP/1.1\n",
                                 "\n",
                                 "\r\n",
                                 "G\x01T / HTTP/1.1\r\n",
                                 " GET / HTTP/1.1\r\n",
                                 "GET HTTP/1.1\r\n",
                                 "GET /a b HTTP/1.1\r\n",
                                 "GET /\t HTTP/1.1\r\n",
                                 "GET /\x7f HTTP/1.1\r\n",
                                 "GET /\xc3\xa9?\xff HTTP/1.1\r\n",
                                 "GET /\r HTTP/1.1\r\n",
                                 "GET a HTTP/1.1\r\n",
                                 "OPTIONS * HTTP/1.1\r\n",
                                 "CONNECT a:1 HTTP/1.1\r\n",
                                 "BREW / HTTP/1.1\r\n",
                                 "GET https://b/ HTTP/1.1\r\n",
                                 "GET /../x HTTP/1.1\r\n",
                                 "GET / HTTP/1.1 \r\n",
                                 "GET / HTTP/1.1\r\nX: y\r\n"}) {
    BOOST_TEST_CONTEXT(line) { BOOST_TEST(reader.Story(line + kFields) == Fresh(line + kFields)); }
  }
}

BOOST_AUTO_TEST_CASE(a_short_section_is_known_and_judged_by_version) {
  for (const std::string fields : {"Host: a\r\n\r\n", "Host: a:80\r\n\r\n", "X: twelve\r\n\r\n"}) {
    Reader reader;
    reader.Learn("GET / HTTP/1.0\r\n" + fields);
    for (const std::string line : {"GET /b HTTP/1.0\r\n", "GET /b HTTP/1.1\r\n"}) {
      BOOST_TEST(reader.Story(line + fields) == Fresh(line + fields));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_section_that_differs_in_one_byte_is_read) {
  Reader reader;
  reader.Learn(kLine + kFields);
  for (std::size_t at = 0; at < kFields.size(); ++at) {
    for (const char byte : {'x', ' ', ':', '\r', '\n', '\0'}) {
      std::string fields = kFields;
      fields[at] = byte;
      BOOST_TEST(reader.Story(kLine + fields) == Fresh(kLine + fields));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_follows_a_header_is_no_part_of_it) {
  Reader reader;
  reader.Learn(kLine + kFields);
  for (const std::string& rest : {kLine + kFields, std::string("x"), std::string("\r\n")}) {
    BOOST_TEST(reader.Story(kLine + kFields + rest) == Fresh(kLine + kFields + rest));
  }
  for (std::size_t size = 0; size < kFields.size(); ++size) {
    const std::string part = kLine + kFields.substr(0, size);
    BOOST_TEST(reader.Story(part) == Fresh(part));
  }
}

BOOST_AUTO_TEST_CASE(more_kinds_of_clients_than_there_is_room_for) {
  Reader reader;
  for (int round = 0; round < 4; ++round) {
    for (int client = 0; client < 100; ++client) {
      const std::string input = kLine + "Cookie: id=" + std::to_string(client) + "\r\n" + kFields;
      BOOST_TEST(reader.Story(input) == Fresh(input));
    }
  }
}

BOOST_AUTO_TEST_CASE(fields_that_announce_a_body_are_read_each_time) {
  Reader reader;
  for (const std::string more : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
                                 "Content-Length: 0\r\n", "Expect: 100-continue\r\n"}) {
    const std::string input = "POST / HTTP/1.1\r\n" + more + kFields;
    for (int i = 0; i < 4; ++i) BOOST_TEST(reader.Story(input) == Fresh(input));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
