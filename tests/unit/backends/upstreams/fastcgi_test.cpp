#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "backends/upstreams/fastcgi_answer.hpp"
#include "backends/upstreams/fastcgi_request.hpp"

using namespace tined::backends;
using fastcgi::Type;
using State = AnswerReader::State;

namespace {

std::string Record(Type type, std::string_view content) {
  std::string bytes;
  fastcgi::Append(bytes, type, content);
  return bytes;
}

/// The same with some padding.
std::string Padded(Type type, std::string_view content) {
  std::string bytes = Record(type, content);
  bytes[6] = 3;
  return bytes + std::string(3, 'p');
}

const std::string kEnd = Record(Type::end_request, std::string(8, '\0'));

struct Understood {
  State state = State::head;
  AnswerReader::Head head;
  std::string body;
  std::string errors;
  std::string fault;
  std::size_t left = 0;
};

Understood Read(std::string_view sent, std::size_t piece, std::size_t room_size, bool is_head) {
  Understood result;
  FastCgiAnswer answer({is_head, true},
                       [&](std::string_view bytes) { result.errors.append(bytes); });
  std::string room(room_size, '\0');
  std::string known;
  for (std::size_t at = 0; at < sent.size(); at += piece) {
    known.append(sent.substr(at, piece));
    while (!known.empty() && (answer.state() == State::head || answer.state() == State::body)) {
      const auto [input, body] = answer.Take(known, room);
      known.erase(0, input);
      result.body.append(room, 0, body);
      if (input == 0 && body == 0) break;
    }
  }
  answer.OnEnd();
  result.state = answer.state();
  result.fault = answer.fault();
  result.head = answer.head();
  result.left = known.size();
  return result;
}

/// The same however it is cut.
Understood Read(std::string_view sent, bool is_head = false) {
  const Understood whole = Read(sent, sent.size(), 4096, is_head);
  for (const std::size_t piece : {1U, 2U, 7U, 50U}) {
    for (const std::size_t room : {1U, 5U, 4096U}) {
      const Understood cut = Read(sent, piece, room, is_head);
      BOOST_TEST((cut.state == whole.state));
      BOOST_TEST(cut.body == whole.body);
      BOOST_TEST(cut.head.lines == whole.head.lines);
      // Of a body that has its length it may be that more is not looked at.
      if (whole.head.length) continue;
      BOOST_TEST(cut.errors == whole.errors);
      if (whole.state == State::complete) BOOST_TEST(cut.left == whole.left);
    }
  }
  return whole;
}

std::string Fault(std::string_view sent) {
  const Understood got = Read(sent);
  BOOST_TEST((got.state == State::broken));
  return got.fault;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(FastCgiSuite)

BOOST_AUTO_TEST_CASE(a_request_is_in_records_each_stream_of_which_ends) {
  const std::string long_value(200, 'v');
  const std::string bytes = FastCgiRequest({{"A", "1"}, {"B", long_value}}, "body", true);
  std::string expected("\1\1\0\1\0\x08\0\0\0\1\1\0\0\0\0\0", 16);
  expected.append("\1\4\0\1\0\xD2\0\0", 8).append("\1\1A1", 4);
  expected.append("\1\x80\0\0\xC8", 5).append("B").append(long_value);
  expected.append("\1\4\0\1\0\0\0\0", 8).append("\1\5\0\1\0\4\0\0body\1\5\0\1\0\0\0\0", 20);
  BOOST_TEST(bytes == expected);
  BOOST_TEST(FastCgiRequest({}, "", false).substr(8, 8) == std::string("\0\1\0\0\0\0\0\0", 8));
  BOOST_TEST(FastCgiRequest({}, "", false).size() == 32U);
}

BOOST_AUTO_TEST_CASE(what_is_long_takes_several_records) {
  const std::string body(100'000, 'b');
  const std::string bytes = FastCgiRequest({{"A", "1"}}, body, false);
  BOOST_TEST(bytes.size() == 16 + 8 + 4 + 8 + 8 + 8 + body.size() + 8);
}

BOOST_AUTO_TEST_CASE(an_answer_is_read_out_of_its_records) {
  const Understood got =
      Read(Padded(Type::output, "Status: 404 Nope\r\nX-A:") + Record(Type::errors, "oh") +
           Padded(Type::output, " 1\r\n\r\nhel") + Record(Type::output, "") +
           Padded(Type::errors, " no\n") + Record(Type::output, "lo") + kEnd + "next");
  BOOST_TEST((got.state == State::complete));
  BOOST_TEST(got.head.status == 404);
  BOOST_TEST(got.head.lines == "X-A: 1\r\n");
  BOOST_TEST(got.body == "hello");
  BOOST_TEST(got.errors == "oh no\n\n");
  BOOST_TEST(got.left == 4U);
}

BOOST_AUTO_TEST_CASE(a_body_is_as_long_as_its_script_says) {
  const Understood longer = Read(Record(Type::output, "Content-Length: 3\r\n\r\nabcdef") +
                                 Record(Type::output, "x") + kEnd);
  BOOST_TEST((longer.state == State::complete));
  BOOST_TEST(longer.body == "abc");
  // What a script does behind that is its own affair.
  const Understood busy = Read(Record(Type::output, "Content-Length: 3\r\n\r\nabc"));
  BOOST_TEST((busy.state == State::complete));
  BOOST_TEST(busy.body == "abc");
  BOOST_TEST(Fault(Record(Type::output, "Content-Length: 3\r\n\r\nab") + kEnd) ==
             "its body is shorter than it says");
  const Understood head = Read(Record(Type::output, "Content-Length: 3\r\n\r\n") + kEnd, true);
  BOOST_TEST((head.state == State::complete));
  BOOST_TEST((head.head.length == 3U));
  const Understood none = Read(Record(Type::output, "Status: 204 x\r\n\r\nabc") + kEnd);
  BOOST_TEST((none.state == State::complete));
  BOOST_TEST(none.body == "");
}

BOOST_AUTO_TEST_CASE(a_header_needs_none_of_the_fields_of_cgi) {
  const Understood got = Read(Record(Type::output, "X-A: 1\r\n\r\nok") + kEnd);
  BOOST_TEST((got.state == State::complete));
  BOOST_TEST(got.head.status == 200);
  BOOST_TEST(got.head.lines == "X-A: 1\r\n");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_broken) {
  BOOST_TEST(Fault("HTTP/1.1 400 Bad Request\r\n\r\n") == "it does not speak FastCGI");
  BOOST_TEST(Fault(std::string("\1\6\0\2\0\0\0\0", 8)) == "a record is of another request");
  BOOST_TEST(Fault(std::string("\1\7\0\0\0\0\0\0", 8)) == "a record is of another request");
  BOOST_TEST(Fault(Record(Type::params, "x")) == "a record is of a kind that no answer has");
  BOOST_TEST(Fault(Record(Type::end_request, "1234567")) == "its last record is too short");
  BOOST_TEST(Fault(kEnd) == "it ended without a header");
  BOOST_TEST(Fault(Record(Type::output, "no colon\r\n\r\n") + kEnd) != "");
  BOOST_TEST(Fault(Record(Type::output, "A: 1\r\n\r\nhalf")) == "closed early");
  BOOST_TEST(Fault(Record(Type::end_request, std::string("\0\0\0\0\2\0\0\0", 8))) ==
             "it has too much to do (FCGI_OVERLOADED)");
  std::string large;
  for (int i = 0; i < 100; ++i)
    large += Record(Type::output, "A: " + std::string(1000, 'x') + "\r\n");
  BOOST_TEST(Fault(large) == "its header is too long");
}

BOOST_AUTO_TEST_SUITE_END()
