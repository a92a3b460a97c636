#include "backends/upstreams/http_answer.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using namespace tined::backends;
using State = AnswerReader::State;

namespace {

/// What is understood of an answer whose bytes arrive `piece` at a time, and are taken into rooms
/// of `room` bytes.
struct Understood {
  State state = State::head;
  AnswerReader::Head head;
  std::string body;
  std::string fault;
  std::size_t left = 0;  ///< bytes that are no part of it
  bool keeps = false;
};

Understood Read(std::string_view sent, std::size_t piece, std::size_t room_size, bool is_head,
                bool ends, bool takes_redirects = false) {
  HttpAnswer answer(is_head, takes_redirects);
  std::string room(room_size, '\0');
  Understood result;
  std::string known;
  for (std::size_t at = 0; at < sent.size(); at += piece) {
    known.append(sent.substr(at, piece));
    for (;;) {
      const bool is_open = answer.state() == State::head || answer.state() == State::body;
      if (!is_open || known.empty()) break;
      const auto [input, body] = answer.Take(known, room);
      known.erase(0, input);
      result.body.append(room, 0, body);
      if (input == 0 && body == 0) break;
    }
  }
  if (ends) answer.OnEnd();
  result.state = answer.state();
  result.fault = answer.fault();
  if (result.state == State::body || result.state == State::complete) result.head = answer.head();
  result.left = known.size();
  result.keeps = result.state == State::complete && answer.keeps_connection();
  return result;
}

/// The same however it is cut.
Understood Read(std::string_view sent, bool is_head = false, bool ends = false,
                bool takes_redirects = false) {
  const Understood whole = Read(sent, sent.size(), 4096, is_head, ends, takes_redirects);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 50U}) {
    for (const std::size_t room : {1U, 5U, 4096U}) {
      const Understood cut = Read(sent, piece, room, is_head, ends, takes_redirects);
      BOOST_TEST_CONTEXT(sent.substr(0, 200) << " in pieces of " << piece << " into " << room) {
        BOOST_TEST((cut.state == whole.state));
        BOOST_TEST(cut.body == whole.body);
        BOOST_TEST(cut.head.lines == whole.head.lines);
        BOOST_TEST(cut.keeps == whole.keeps);
        if (whole.state == State::complete) BOOST_TEST(cut.left == whole.left);
      }
    }
  }
  return whole;
}

bool IsBroken(std::string_view sent) { return Read(sent).state == State::broken; }

}  // namespace

BOOST_AUTO_TEST_SUITE(HttpAnswerSuite)

BOOST_AUTO_TEST_CASE(an_answer_with_a_length_is_read) {
  const Understood got = Read("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-A: 1\r\n\r\nhello");
  BOOST_TEST((got.state == State::complete));
  BOOST_TEST(got.head.status == 201);
  BOOST_TEST(got.head.lines == "X-A: 1\r\n");
  BOOST_TEST((got.head.length == 5U));
  BOOST_TEST(got.body == "hello");
  BOOST_TEST(got.keeps);
}

BOOST_AUTO_TEST_CASE(what_follows_an_answer_is_no_part_of_it) {
  const Understood got = Read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n");
  BOOST_TEST((got.state == State::complete));
  BOOST_TEST(got.body == "hi");
  BOOST_TEST(got.left == 17U);
}

BOOST_AUTO_TEST_CASE(chunks_are_decoded_and_their_trailers_dropped) {
  const Understood got = Read(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n"
      "0\r\nX-Trailer: 1\r\n\r\n");
  BOOST_TEST((got.state == State::complete));
  BOOST_TEST(got.head.lines == "");
  BOOST_TEST(!got.head.length.has_value());
  BOOST_TEST(got.body == "abc0123456789");
  BOOST_TEST(got.keeps);
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_goes_to_the_end) {
  const Understood got = Read("HTTP/1.1 200 OK\r\n\r\nall of it", false, true);
  BOOST_TEST((got.state == State::complete));
  BOOST_TEST(got.body == "all of it");
  BOOST_TEST(!got.keeps);
}

BOOST_AUTO_TEST_CASE(a_body_that_ends_early_is_broken) {
  for (const std::string_view sent :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "HTTP/1.1 200 OK\r\n"}) {
    const Understood got = Read(sent, false, true);
    BOOST_TEST((got.state == State::broken), sent);
  }
}

BOOST_AUTO_TEST_CASE(answers_to_head_and_some_statuses_have_no_body) {
  const Understood head = Read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true);
  BOOST_TEST((head.state == State::complete));
  BOOST_TEST((head.head.length == 5U));
  BOOST_TEST(head.keeps);
  for (const std::string_view sent : {"HTTP/1.1 204 No Content\r\n\r\n",
                                      "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"}) {
    const Understood got = Read(sent);
    BOOST_TEST((got.state == State::complete), sent);
    BOOST_TEST(got.keeps, sent);
  }
}

BOOST_AUTO_TEST_CASE(interim_answers_are_passed_over) {
  const Understood got = Read(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  BOOST_TEST((got.state == State::complete));
  BOOST_TEST(got.head.lines == "");
  BOOST_TEST(got.body == "ok");
  std::string many;
  for (int i = 0; i < 20; ++i) many += "HTTP/1.1 102 Processing\r\n\r\n";
  BOOST_TEST(IsBroken(many));
}

BOOST_AUTO_TEST_CASE(fields_of_the_connection_are_left_out) {
  const Understood got = Read(
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close, X-Own\r\nX-Own: 1\r\nKeep-Alive: "
      "timeout=5\r\nDate: x\r\nServer: y\r\nSet-Cookie: a\r\nx-own: 2\r\nSet-Cookie: b\r\n\r\n");
  BOOST_TEST(got.head.lines == "Set-Cookie: a\r\nSet-Cookie: b\r\n");
  BOOST_TEST(!got.keeps);
}

BOOST_AUTO_TEST_CASE(connections_are_kept_as_their_version_has_it) {
  BOOST_TEST(!Read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps);
  BOOST_TEST(Read("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").keeps);
}

BOOST_AUTO_TEST_CASE(a_redirect_within_is_taken_where_it_is_allowed) {
  constexpr std::string_view kSent =
      "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /private/a\r\nContent-Length: 0\r\n\r\n";
  const Understood taken = Read(kSent, false, false, true);
  BOOST_TEST(taken.head.local_redirect == "/private/a");
  BOOST_TEST(taken.head.lines == "");
  const Understood two = Read(
      "HTTP/1.1 200 OK\r\nX-Accel-Redirect: /a\r\nX-Accel-Redirect: /b\r\nContent-Length: "
      "0\r\n\r\n",
      false, false, true);
  BOOST_TEST((two.state == State::broken));
  const Understood left = Read(kSent);
  BOOST_TEST(left.head.local_redirect == "");
  BOOST_TEST(left.head.lines == "X-Accel-Redirect: /private/a\r\n");
}

BOOST_AUTO_TEST_CASE(what_can_be_understood_in_two_ways_is_broken) {
  for (const std::string_view sent :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A : 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A: \x01\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 99 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"}) {
    BOOST_TEST(IsBroken(sent), sent);
  }
}

BOOST_AUTO_TEST_CASE(headers_are_bounded) {
  std::string fields = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 300; ++i) fields += "X-A: 1\r\n";
  BOOST_TEST(IsBroken(fields + "\r\n"));
  const std::string line(1000, 'x');
  std::string large = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100; ++i) large += "X-A: " + line + "\r\n";
  BOOST_TEST(IsBroken(large + "\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()
