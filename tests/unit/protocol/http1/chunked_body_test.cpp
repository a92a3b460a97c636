#include "protocol/http1/chunked_body.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <ostream>

namespace tined::http1 {

std::ostream& operator<<(std::ostream& out, ChunkedBody::Outcome outcome) {
  constexpr const char* kNames[] = {"complete", "need_more", "malformed", "too_large"};
  return out << kNames[static_cast<int>(outcome)];
}

namespace {

using Outcome = ChunkedBody::Outcome;

constexpr Bytes kLimit{1000};

/// How reading some bytes ended.
struct Decoded {
  Outcome outcome = Outcome::need_more;
  std::string body;
  std::size_t sent_size = 0;
  bool operator==(const Decoded&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Decoded& decoded) {
  return out << decoded.outcome << " `" << decoded.body << "` " << decoded.sent_size;
}

Decoded ResultOf(const ChunkedBody& body, Outcome outcome) {
  if (outcome != Outcome::complete) return {outcome, {}, 0};
  return {outcome, std::string(body.body()), body.sent_size()};
}

Decoded Decode(std::string_view sent, Bytes limit = kLimit) {
  ChunkedBody body(limit);
  const Outcome outcome = body.Feed(sent);
  return ResultOf(body, outcome);
}

/// The same, the bytes arriving one by one; each time in memory of exactly their size, so that a
/// sanitizer sees a look beyond them.
Decoded DecodeByByte(std::string_view sent, Bytes limit = kLimit) {
  ChunkedBody body(limit);
  for (std::size_t size = 0; size <= sent.size(); ++size) {
    const std::unique_ptr<char[]> arrived(new char[size]);
    sent.copy(arrived.get(), size);
    const Outcome outcome = body.Feed({arrived.get(), size});
    if (outcome != Outcome::need_more) return ResultOf(body, outcome);
  }
  return {};
}

/// The same, in two pieces.
Decoded DecodeInTwo(std::string_view sent, std::size_t first) {
  ChunkedBody body(kLimit);
  Outcome outcome = body.Feed(sent.substr(0, first));
  if (outcome == Outcome::need_more) outcome = body.Feed(sent);
  return ResultOf(body, outcome);
}

const std::string_view kWell[] = {
    "0\r\n\r\n",
    "5\r\n12345\r\n0\r\n\r\n",
    "5\r\n12345\r\na\r\n1234567890\r\n0\r\n\r\n",
    "00000000000000000000005\r\n12345\r\n000\r\n\r\n",
    "A\r\n1234567890\r\n0\r\n\r\n",
    "2\r\n\r\n\r\n0\r\n\r\n",
    "5;a\r\n12345\r\n0;b=c\r\n\r\n",
    "5 ; a = b\t;c=\"d;\\\"e\"\r\n12345\r\n0\r\n\r\n",
    "5;a=\"\"\r\n12345\r\n0\r\n\r\n",
    "5;a=\"\xc3\xa4\t \"\r\n12345\r\n0\r\n\r\n",
    "0\r\nA: b\r\nC:\r\n\r\n",
    "0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
};

const std::string_view kMalformed[] = {
    "\r\n",
    "x\r\n",
    "-1\r\n",
    "+1\r\n",
    "0x5\r\n12345\r\n",
    " 5\r\n12345\r\n",
    "5 \r\n12345\r\n",
    "\t5\r\n12345\r\n",
    "5\n12345\n0\n\n",
    "5\n",
    "5\r\r\n12345\r\n",
    "5\r12345\r\n",
    "5\r\n12345\n0\r\n\r\n",
    "5\r\n12345\r0\r\n\r\n",
    "5\r\n123456\r\n0\r\n\r\n",
    "5\r\n12345X0\r\n\r\n",
    "5\r\n123450\r\n\r\n",
    "10000000000000000\r\n",
    "fffffffffffffffff\r\n",
    ";a=b\r\n",
    "5;\r\n12345\r\n",
    "5;a=\r\n12345\r\n",
    "5;=b\r\n12345\r\n",
    "5;a b\r\n12345\r\n",
    "5;a \r\n12345\r\n",
    "5;a=b \r\n12345\r\n",
    "5;a=\"b\r\n\"\r\n12345\r\n",
    "5;a=\"b\\\r\n12345\r\n",
    "5;a=\"b\"c\r\n12345\r\n",
    "5,5\r\n12345\r\n",
    "5;a\n12345\r\n",
    "5;a=\"\x01\"\r\n12345\r\n",
    "5;a\x7f\r\n12345\r\n",
    "0\n\r\n",
    "0\r\n\n",
    "0\r\nX : y\r\n\r\n",
    "0\r\n X: y\r\n\r\n",
    "0\r\nX: a\r\n b\r\n\r\n",
    "0\r\nX: a\nY: b\r\n\r\n",
    "0\r\nX: a\rY: b\r\n\r\n",
    "0\r\nX: a\x01\r\n\r\n",
    "0\r\nX\r\n\r\n",
    "0\r\n: x\r\n\r\n",
    "0\r\nGET / HTTP/1.1\r\n\r\n",
};

BOOST_AUTO_TEST_SUITE(ChunkedBodyTest)

BOOST_AUTO_TEST_CASE(rfc9112_7_1_chunks_are_put_together) {
  BOOST_TEST(Decode("5\r\n12345\r\na\r\n6789abcdef\r\n0\r\n\r\n").body == "123456789abcdef");
  BOOST_TEST(Decode("0\r\n\r\n") == (Decoded{Outcome::complete, "", 5}));
  BOOST_TEST(Decode("2\r\n\r\n\r\n0\r\n\r\n").body == "\r\n");
}

BOOST_AUTO_TEST_CASE(what_is_well_formed_is_taken_whole) {
  for (const std::string_view sent : kWell) {
    BOOST_TEST_CONTEXT(sent) {
      BOOST_TEST(Decode(sent).outcome == Outcome::complete);
      BOOST_TEST(Decode(sent).sent_size == sent.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_refused_as_soon_as_its_line_is_there) {
  for (const std::string_view sent : kMalformed) {
    BOOST_TEST_CONTEXT(sent) { BOOST_TEST(Decode(sent).outcome == Outcome::malformed); }
  }
  using namespace std::string_view_literals;
  BOOST_TEST(Decode("5;a=\"\0\"\r\n12345\r\n"sv).outcome == Outcome::malformed);
  BOOST_TEST(Decode("0\r\nX: \0\r\n\r\n"sv).outcome == Outcome::malformed);
}

BOOST_AUTO_TEST_CASE(bytes_one_by_one_give_the_same_as_all_at_once) {
  for (const std::string_view sent : kWell) BOOST_TEST(DecodeByByte(sent) == Decode(sent));
  for (const std::string_view sent : kMalformed) BOOST_TEST(DecodeByByte(sent) == Decode(sent));
}

BOOST_AUTO_TEST_CASE(two_pieces_give_the_same_as_one_wherever_they_part) {
  for (const std::string_view sent : kWell) {
    for (std::size_t first = 0; first <= sent.size(); ++first) {
      BOOST_TEST(DecodeInTwo(sent, first) == Decode(sent));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_part_of_a_well_formed_body_needs_more) {
  for (const std::string_view sent : kWell) {
    for (std::size_t size = 0; size < sent.size(); ++size) {
      BOOST_TEST(Decode(sent.substr(0, size)).outcome == Outcome::need_more);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_follows_the_body_is_left_alone) {
  for (const std::string_view sent : kWell) {
    for (const char* rest : {"x", "\r\n", "0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"}) {
      BOOST_TEST(Decode(std::string(sent) + rest) == Decode(sent));
    }
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_7_1_2_trailers_are_no_part_of_the_body) {
  BOOST_TEST(Decode("1\r\na\r\n0\r\nB: c\r\n\r\n").body == "a");
}

BOOST_AUTO_TEST_CASE(a_body_may_be_as_large_as_the_limit_and_no_larger) {
  const auto of = [](std::size_t first, std::size_t second) {
    char lines[2][32];
    std::snprintf(lines[0], sizeof lines[0], "%zx\r\n", first);
    std::snprintf(lines[1], sizeof lines[1], "%zx\r\n", second);
    return lines[0] + std::string(first, 'x') + "\r\n" + lines[1] + std::string(second, 'x') +
           "\r\n0\r\n\r\n";
  };
  BOOST_TEST(Decode(of(600, 400)).outcome == Outcome::complete);
  BOOST_TEST(Decode(of(600, 401)).outcome == Outcome::too_large);
  BOOST_TEST(DecodeByByte(of(600, 400)).outcome == Outcome::complete);
  BOOST_TEST(DecodeByByte(of(600, 401)).outcome == Outcome::too_large);
}

BOOST_AUTO_TEST_CASE(a_chunk_that_is_too_large_is_refused_before_it_comes) {
  BOOST_TEST(Decode("3e9\r\n").outcome == Outcome::too_large);
  BOOST_TEST(Decode("ffffffffffffffff\r\n").outcome == Outcome::too_large);
  BOOST_TEST(Decode("1\r\na\r\nffffffffffffffff\r\n").outcome == Outcome::too_large);
  BOOST_TEST(Decode("1\r\n", Bytes{0}).outcome == Outcome::too_large);
  BOOST_TEST(Decode("0\r\n\r\n", Bytes{0}).outcome == Outcome::complete);
}

BOOST_AUTO_TEST_CASE(rfc9112_7_1_1_framing_has_a_limit_too) {
  const std::string endless(kLimit.count + (64U << 10) + 32, 'x');
  BOOST_TEST(Decode("5;" + endless).outcome == Outcome::too_large);
  BOOST_TEST(Decode("0" + endless.substr(34)).outcome == Outcome::need_more);
  BOOST_TEST(Decode("0\r\nX: " + endless).outcome == Outcome::too_large);
  std::string trailers = "0\r\n";
  while (trailers.size() <= endless.size()) trailers += "X: y\r\n";
  BOOST_TEST(Decode(trailers).outcome == Outcome::too_large);
  std::string extended;
  while (extended.size() <= 2 * endless.size())
    extended += "1;" + std::string(900, 'x') + "\r\na\r\n";
  BOOST_TEST(Decode(extended).outcome == Outcome::too_large);
}

BOOST_AUTO_TEST_CASE(only_content_counts_however_small_its_chunks_are) {
  std::string sent;
  for (int i = 0; i < 300000; ++i) sent += "1\r\na\r\n";
  const Bytes limit{300000};
  BOOST_TEST((Decode(sent + "0\r\n\r\n", limit).outcome == Outcome::complete));
  BOOST_TEST((Decode(sent + "1\r\na\r\n0\r\n\r\n", limit).outcome == Outcome::too_large));
  // Zeros that nobody needs do.
  std::string zeros;
  for (int i = 0; i < 1000; ++i) zeros += std::string(1000, '0') + "1\r\na\r\n";
  BOOST_TEST((Decode(zeros + "0\r\n\r\n").outcome == Outcome::too_large));
}

BOOST_AUTO_TEST_CASE(an_extension_in_two_pieces_counts_its_chunk_once) {
  ChunkedBody body(Bytes{5});
  BOOST_TEST(body.Feed("5;a=\"") == Outcome::need_more);
  BOOST_TEST(body.Feed("5;a=\"b\"\r\n12345\r\n0\r\n\r\n") == Outcome::complete);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http1
