#include "protocol/http1/arrival.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace tined::http1 {
namespace {

constexpr std::size_t kLongest = 1000;
constexpr std::string_view kHeader = "PUT / HTTP/1.1\r\n\r\n";

std::string With(std::string_view body) { return std::string(kHeader).append(body); }

BOOST_AUTO_TEST_SUITE(ArrivalTest)

BOOST_AUTO_TEST_CASE(what_nobody_has_looked_at_is_worth_parsing) {
  Arrival arrival;
  BOOST_TEST(arrival.IsWorthParsing("G", kLongest));
  BOOST_TEST(!arrival.has_header());
}

BOOST_AUTO_TEST_CASE(a_header_is_looked_at_again_when_its_end_is_there_or_it_is_too_long) {
  Arrival arrival;
  std::string input = "GET / HTTP/1.1\r\nHost: exam";
  arrival.WaitForHeader(input);
  BOOST_TEST(!arrival.IsWorthParsing(input += "ple", kLongest));
  BOOST_TEST(!arrival.IsWorthParsing(input += ".org", kLongest));
  BOOST_TEST(arrival.IsWorthParsing(input + "\r\n\r\n", kLongest));
  Arrival endless;
  endless.WaitForHeader("GET / HTTP/1.1\r\nX: ");
  BOOST_TEST(endless.IsWorthParsing(std::string(kLongest + 1, 'x'), kLongest));
}

BOOST_AUTO_TEST_CASE(a_body_with_a_length_is_waited_for_whole) {
  http1::ParseResult parsed;
  parsed.header_size = kHeader.size();
  parsed.framing = http1::BodyFraming::length;
  parsed.body_length = 3;
  const ReadBody part = ReadSized(With("ab"), parsed, Bytes{10});
  BOOST_TEST((part.outcome == ReadBody::Outcome::need_more));
  BOOST_TEST(part.message_size == kHeader.size() + 3);
  Arrival arrival;
  arrival.WaitForBody(kHeader.size(), part.message_size);
  BOOST_TEST(arrival.has_header());
  BOOST_TEST(!arrival.IsWorthParsing(With("ab"), kLongest));
  BOOST_TEST(arrival.IsWorthParsing(With("abc"), kLongest));
  const std::string whole = With("abc and the next");
  const ReadBody read = ReadSized(whole, parsed, Bytes{10});
  BOOST_TEST((read.outcome == ReadBody::Outcome::complete));
  BOOST_TEST(read.body == "abc");
  BOOST_TEST((ReadSized(whole, parsed, Bytes{2}).outcome == ReadBody::Outcome::too_large));
}

BOOST_AUTO_TEST_CASE(chunks_are_read_as_they_come) {
  Arrival arrival;
  std::string input = With("3\r\nabc\r\n");
  ReadBody read = arrival.ReadChunks(input, kHeader.size(), Bytes{10});
  BOOST_TEST((read.outcome == ReadBody::Outcome::need_more));
  arrival.WaitForBody(kHeader.size(), read.message_size);
  BOOST_TEST(!arrival.IsWorthParsing(input += "2\r\n", kLongest));
  BOOST_TEST(arrival.IsWorthParsing(input += "de\r\n0\r\n\r\nGET", kLongest));
  read = arrival.ReadChunks(input, kHeader.size(), Bytes{10});
  BOOST_TEST((read.outcome == ReadBody::Outcome::complete));
  BOOST_TEST(read.body == "abcde");
  BOOST_TEST(read.message_size == input.size() - 3);
}

BOOST_AUTO_TEST_CASE(chunks_that_make_no_sense_or_are_too_many_are_told_apart) {
  Arrival malformed;
  BOOST_TEST((malformed.ReadChunks(With("x\r\n"), kHeader.size(), Bytes{10}).outcome ==
              ReadBody::Outcome::malformed));
  Arrival large;
  BOOST_TEST((large.ReadChunks(With("b\r\nabcdefghijk\r\n"), kHeader.size(), Bytes{10}).outcome ==
              ReadBody::Outcome::too_large));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http1
