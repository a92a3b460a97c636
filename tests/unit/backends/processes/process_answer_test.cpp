// What an executor sends is believed only as far as it makes sense: whatever it runs may have
// overwritten it.
#include "backends/processes/process_answer.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "base/passing.hpp"
#include "ledger/ledger.hpp"
#include "protocol/http1/writer.hpp"

namespace tined::backends {
namespace {

/// A worker's side that waits, and an executor's that answers bytes of the test's.
class Asked {
 public:
  explicit Asked(bool is_message)
      : answer_(loop_,
                {.is_message = is_message,
                 .place = "/",
                 .module = "x.so",
                 .line = {"GET /"},
                 .timeout = std::chrono::seconds(20)},
                is_message ? PackedRequest(0, SampleMessage()) : PackedRequest(0, Sample()),
                nullptr, unanswered_),
        is_message_(is_message) {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    give_.Reset(ends[0]);
    const Descriptor take(ends[1]);
    BOOST_REQUIRE(answer_.Send(give_.get()));
    ReceivedRequest received;
    BOOST_REQUIRE((received.Take(take.get()) == ReceivedRequest::Taken::yes));
    executor_.Reset(::dup(received.answer()));
    ticket_ = received.ticket();
  }

  /// Sends a head and what follows it; what the client is answered.
  std::string Answer(const AnswerHead& head, const std::string& rest) {
    const AnswerLabel label{ticket_.id, ticket_.word};
    std::string bytes(reinterpret_cast<const char*>(&label), sizeof label);
    bytes.append(reinterpret_cast<const char*>(&head), sizeof head);
    bytes += rest;
    BOOST_REQUIRE(::send(executor_.get(), bytes.data(), bytes.size(), 0) ==
                  static_cast<ssize_t>(bytes.size()));
    while (!answer_.is_done()) loop_.Turn();
    if (is_message_) return Reply();
    const http::Request request = Sample();
    answer::Exchange exchange(request);
    answer_.Compose(exchange);
    (void)http1::Write(exchange.answer, {}, "now", composer_);
    return {arena_.At(block_.offset), composer_.size()};
  }

  std::string state;
  bool closes = false;

 private:
  std::string Reply() {
    stream::Reply reply;
    answer_.Compose(reply);
    state = reply.state.value_or("none");
    closes = reply.closes;
    return std::string(reply.bytes);
  }

  static http::Request Sample() {
    http::Request sample;
    sample.method_text = "GET";
    return sample;
  }
  static stream::Message SampleMessage() {
    stream::Message sample;
    sample.bytes = "message";
    return sample;
  }

  loop::Loop loop_;
  std::size_t unanswered_ = 0;
  ProcessAnswer answer_;
  const bool is_message_;
  Descriptor give_;
  Descriptor executor_;
  Ticket ticket_;
  ledger::Ledger memory_{1, 1U << 20};
  ledger::Arena arena_{memory_.arena()};
  ledger::Block block_;
  std::atomic<std::uint32_t> place_{0};
  ledger::Composer composer_{arena_, block_, place_, 0};
};

using Body = AnswerHead::Body;

BOOST_AUTO_TEST_SUITE(ProcessAnswerTest)

BOOST_AUTO_TEST_CASE(a_message_is_answered_with_bytes_and_perhaps_a_state) {
  Asked plain(true);
  BOOST_TEST(plain.Answer({.status = 200, .body = Body::bytes, .length = 5}, "hello") == "hello");
  BOOST_TEST(plain.state == "none");
  BOOST_TEST(!plain.closes);
  Asked remembered(true);
  BOOST_TEST(remembered.Answer({.status = 200, .body = Body::bytes, .length = 5, .state_size = 3},
                               "abchello") == "hello");
  BOOST_TEST(remembered.state == "abc");
  Asked emptied(true);
  BOOST_TEST(emptied.Answer({.status = 200, .body = Body::bytes, .length = 5, .state_size = 0},
                            "hello") == "hello");
  BOOST_TEST(emptied.state == "");
}

BOOST_AUTO_TEST_CASE(nonsense_closes_a_stream) {
  for (const AnswerHead& wild : {AnswerHead{.status = 200, .state_size = 20'000},
                                 AnswerHead{.status = 200, .state_size = UINT64_MAX - 1},
                                 AnswerHead{.status = 200, .length = UINT64_MAX - 8},
                                 AnswerHead{.status = -7}, AnswerHead{.status = 1000}}) {
    Asked asked(true);
    BOOST_TEST(asked.Answer(wild, std::string(100, 'x')) == "");
    BOOST_TEST(asked.closes);
    BOOST_TEST(asked.state == "none");
  }
}

BOOST_AUTO_TEST_CASE(nonsense_is_a_500_to_a_request) {
  for (const AnswerHead& wild :
       {AnswerHead{.status = 200, .lines_size = UINT32_MAX}, AnswerHead{.status = 199},
        AnswerHead{.status = INT32_MAX}, AnswerHead{.status = 200, .state_size = 1}}) {
    Asked asked(false);
    BOOST_TEST(asked.Answer(wild, std::string(100, 'x')).starts_with("HTTP/1.1 500 "));
  }
}

BOOST_AUTO_TEST_CASE(field_lines_that_lie_are_a_500_to_their_request) {
  for (const std::string lines :
       {"no colon\r\n", ": no name\r\n", "X-A: 1\r\nContent-Length: 0\r\n", "content-length:5\r\n",
        "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "X-A: 1\nX-B: 2\r\n", "X-A: 1",
        "X A: 1\r\n", "X-A : 1\r\n", " X-A: 1\r\n", "X-A: 1\r\n\r\n", "X-A: a\rb\r\n",
        "X-A: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nPOISONED"}) {
    BOOST_TEST_CONTEXT(lines) {
      Asked asked(false);
      const AnswerHead head{.status = 200,
                            .lines_size = static_cast<std::uint32_t>(lines.size()),
                            .body = Body::bytes,
                            .length = 2};
      const std::string answer = asked.Answer(head, lines + "hi");
      BOOST_TEST(answer.starts_with("HTTP/1.1 500 "));
      BOOST_TEST(answer.find("POISONED") == std::string::npos);
    }
  }
  Asked honest(false);
  const std::string lines = "X-A: 1\r\nSet-Cookie: a=b; c\t\x80\r\nEmpty:\r\n";
  const AnswerHead head{.status = 200,
                        .lines_size = static_cast<std::uint32_t>(lines.size()),
                        .body = Body::bytes,
                        .length = 2};
  // What follows the body is nobody's.
  const std::string answer = honest.Answer(head, lines + "hi, and more");
  BOOST_TEST(answer.find(lines) != std::string::npos);
  BOOST_TEST(answer.ends_with("\r\n\r\nhi"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_none_is_a_500) {
  Asked asked(false);
  const AnswerHead head{.status = 200, .body = Body::file, .length = 2};
  BOOST_TEST(asked.Answer(head, "").starts_with("HTTP/1.1 500 "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::backends
