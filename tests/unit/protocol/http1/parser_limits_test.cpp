// What is too long, and how much of it is waited for.
#include "protocol/http1/parser.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

const std::string kBegunGet = "GET / HTTP/1.1\r\nHost: a\r\n";
const std::string kBegunPost = "POST / HTTP/1.1\r\nHost: a\r\n";

BOOST_AUTO_TEST_SUITE(RequestParserTest)

constexpr std::size_t kTarget = 100;
constexpr std::size_t kHeader = 200;
const config::Limits kSmall{.header_size = Bytes{kHeader},
                            .headers = 3,
                            .target = Bytes{kTarget},
                            .body = {},
                            .connections = {}};

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
  BOOST_TEST(Read(kBegunGet + "X: " + std::string(kTarget + kHeader + 64, 'x'), kSmall).refusal() ==
             431);
}

BOOST_AUTO_TEST_CASE(rfc9110_5_4_too_many_fields_get_431) {
  BOOST_TEST(Read(kBegunGet + "X: y\r\nX: y\r\n\r\n", kSmall).is_whole());
  BOOST_TEST(Read(kBegunGet + "X: y\r\nX: y\r\nX: y\r\n\r\n", kSmall).refusal() == 431);
  BOOST_TEST(Read(kBegunGet + "X: y\r\nX: y\r\nX: y\r\nX", kSmall).refusal() == 431);
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
       {std::string("A"), "GET /" + std::string(), kBegunGet + "X: ", kBegunGet + "X: y\r\nY: "}) {
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
  const Read read(kBegunPost + "Content-Length: x\r\n\r\n");
  BOOST_TEST(read.request().method_text == "POST");
  BOOST_TEST(read.request().target == "/");
  BOOST_TEST(!read.result().reason.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
