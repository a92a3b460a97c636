// RFC 9113, 6: frames of each type.
#include <boost/test/unit_test.hpp>

#include "tests/integration/http2_rules.hpp"

using namespace tined::test::rules;
using tined::http2::kAck;
using tined::http2::kPadded;

namespace {

const std::string kGet = Block(Request("GET", "/"));

std::string PaddedHeaders(std::size_t padding) {
  return HeadersOf(1, Padded(kGet, padding), kWhole | kPadded);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_rules, Site)

BOOST_AUTO_TEST_CASE(data) {
  const auto padded = [](std::string_view payload) {
    return Put(1) + Frame(FrameType::data, kPadded | 1, 1, payload);
  };
  Expect({
      {"6.1", "of the connection", Frame(FrameType::data, 0, 0, "x"),
       Ends(ErrorCode::protocol_error)},
      {"6.1", "without content", Put(1) + Data(1, "", false) + Data(1, ""), Answers({{1, 200}})},
      {"6.1", "with padding", padded(Padded("content", 9)), Answers({{1, 200}})},
      {"6.1", "with padding of nothing", padded(Padded("content", 0)), Answers({{1, 200}})},
      {"6.1", "of nothing but padding", padded(Padded("", 255)), Answers({{1, 200}})},
      {"6.1", "with more padding than payload", padded("\x05xxxx"),
       Ends(ErrorCode::protocol_error)},
      {"6.1", "with padding as long as the payload", padded("\x04xxx"),
       Ends(ErrorCode::protocol_error)},
      {"6.1", "with padding, and no length of it", padded(""), Ends(ErrorCode::frame_size_error)},
  });
}

BOOST_AUTO_TEST_CASE(headers) {
  const std::string priority("\0\0\0\0\x10", 5);
  Expect({
      {"6.2", "of the connection", HeadersOf(0, kGet), Ends(ErrorCode::protocol_error)},
      {"6.2", "with padding", PaddedHeaders(100), Answers({{1, 200}})},
      {"6.2", "with padding and priority",
       HeadersOf(1, Padded(priority + kGet, 7), kWhole | kPadded | 0x20), Answers({{1, 200}})},
      {"6.2", "with more padding than payload", HeadersOf(1, "\xff" + kGet, kWhole | kPadded),
       Ends(ErrorCode::protocol_error)},
      {"6.2", "with padding, and no length of it", HeadersOf(1, "", kWhole | kPadded),
       Ends(ErrorCode::frame_size_error)},
      {"6.2", "with a priority cut short", HeadersOf(1, "abc", kWhole | 0x20),
       Ends(ErrorCode::frame_size_error)},
      {"6.2", "with padding that leaves no room for the priority",
       HeadersOf(1, Padded(priority, 1).substr(0, 5), kWhole | kPadded | 0x20),
       Ends(ErrorCode::frame_size_error)},
      {"6.2", "without a block", HeadersOf(1, ""), Ends(ErrorCode::protocol_error)},
  });
}

BOOST_AUTO_TEST_CASE(priority) {
  const auto of_size = [](std::size_t size) {
    return Frame(FrameType::priority, 0, 1, std::string(size, '\0'));
  };
  Expect({
      {"6.3", "of the connection", Priority(0, 1), Ends(ErrorCode::protocol_error)},
      {"6.3", "of 4 bytes", of_size(4), Ends(ErrorCode::frame_size_error)},
      {"6.3", "of 6 bytes", of_size(6), Ends(ErrorCode::frame_size_error)},
      {"6.3", "of a stream that depends on one that never was", Priority(3, 99), GoesOn()},
  });
}

BOOST_AUTO_TEST_CASE(rst_stream) {
  const auto of_size = [](std::size_t size) {
    return Put(1) + Frame(FrameType::rst_stream, 0, 1, std::string(size, '\0'));
  };
  Expect({
      {"6.4", "of the connection", Reset(0), Ends(ErrorCode::protocol_error)},
      {"6.4", "of 3 bytes", of_size(3), Ends(ErrorCode::frame_size_error)},
      {"6.4", "of 5 bytes", of_size(5), Ends(ErrorCode::frame_size_error)},
      {"6.4", "with no error", Put(1) + Reset(1, ErrorCode::no_error), GoesOn()},
      {"7", "with an error that nobody knows", Put(1) + Reset(1, static_cast<ErrorCode>(0xbad)),
       GoesOn()},
  });
}

BOOST_AUTO_TEST_CASE(settings) {
  constexpr std::uint32_t kLargest = 0x7fffffff;
  Expect({
      {"6.5", "of a stream", Frame(FrameType::settings, 0, 1), Ends(ErrorCode::protocol_error)},
      {"6.5", "that acknowledge with content", Frame(FrameType::settings, kAck, 0, "123456"),
       Ends(ErrorCode::frame_size_error)},
      {"6.5", "that acknowledge on a stream", Frame(FrameType::settings, kAck, 1),
       Ends(ErrorCode::protocol_error)},
      {"6.5", "of 5 bytes", Frame(FrameType::settings, 0, 0, "12345"),
       Ends(ErrorCode::frame_size_error)},
      {"6.5", "of 7 bytes", Frame(FrameType::settings, 0, 0, "1234567"),
       Ends(ErrorCode::frame_size_error)},
      {"6.5.2", "ENABLE_PUSH 2", Settings({{2, 2}}), Ends(ErrorCode::protocol_error)},
      {"6.5.2", "ENABLE_PUSH 1", Settings({{2, 1}}), GoesOn()},
      {"6.5.2", "INITIAL_WINDOW_SIZE 2^31 - 1", Settings({{4, kLargest}}) + Get(1),
       Answers({{1, 200}})},
      {"6.5.2", "INITIAL_WINDOW_SIZE 2^31", Settings({{4, kLargest + 1}}),
       Ends(ErrorCode::flow_control_error)},
      {"6.5.2", "MAX_FRAME_SIZE 16383", Settings({{5, 16383}}), Ends(ErrorCode::protocol_error)},
      {"6.5.2", "MAX_FRAME_SIZE 2^24 - 1", Settings({{5, 0xffffff}}), GoesOn()},
      {"6.5.2", "MAX_FRAME_SIZE 2^24", Settings({{5, 0x1000000}}), Ends(ErrorCode::protocol_error)},
      {"6.5.2", "MAX_CONCURRENT_STREAMS 0, which are the server's", Settings({{3, 0}}) + Get(1),
       Answers({{1, 200}})},
      {"6.5.2", "HEADER_TABLE_SIZE 0", Settings({{1, 0}}) + Get(1) + Get(3),
       Answers({{1, 200}, {3, 200}})},
      {"6.5.2", "HEADER_TABLE_SIZE 2^32 - 1", Settings({{1, 0xffffffff}}) + Get(1),
       Answers({{1, 200}})},
      {"6.5.2", "one that nobody knows", Settings({{0xffff, 1}}), GoesOn()},
      {"6.5.3", "one twice: the last counts", Settings({{4, 0}, {4, 100}}) + Get(1),
       Answers({{1, 200}})},
      {"6.9.2", "a larger window for streams beyond 2^31 - 1",
       Put(1) + WindowUpdate(1, kLargest - 65535) + Settings({{4, 65536}}),
       Ends(ErrorCode::flow_control_error)},
  });
}

BOOST_AUTO_TEST_CASE(push_promise) {
  Expect({
      {"6.6", "from a client", Frame(FrameType::push_promise, 4, 1, Number(2) + "\x82"),
       Ends(ErrorCode::protocol_error)},
      {"8.4", "on an open stream",
       Put(1) + Frame(FrameType::push_promise, 4, 1, Number(2) + "\x82"),
       Ends(ErrorCode::protocol_error)},
  });
}

BOOST_AUTO_TEST_CASE(ping) {
  Expect({
      {"6.7", "on a stream", Frame(FrameType::ping, 0, 1, "12345678"),
       Ends(ErrorCode::protocol_error)},
      {"6.7", "of 7 bytes", Ping("1234567"), Ends(ErrorCode::frame_size_error)},
      {"6.7", "of 9 bytes", Ping("123456789"), Ends(ErrorCode::frame_size_error)},
      // It would be answered with what the row waits for.
      {"6.7", "that acknowledges is not answered", Ping("the last", kAck) + Get(1),
       Answers({{1, 200}})},
  });
}

BOOST_AUTO_TEST_CASE(goaway) {
  Expect({
      {"6.8", "on a stream", Frame(FrameType::goaway, 0, 1, std::string(8, '\0')),
       Ends(ErrorCode::protocol_error)},
      {"6.8", "of 7 bytes", Frame(FrameType::goaway, 0, 0, std::string(7, '\0')),
       Ends(ErrorCode::frame_size_error)},
      {"6.8", "while requests are under way",
       Put(1) + GoAway(0, ErrorCode::no_error) + Data(1, "x"), Answers({{1, 200}})},
      {"7", "with an error that nobody knows", GoAway(0, static_cast<ErrorCode>(0xbad)), GoesOn()},
  });
}

BOOST_AUTO_TEST_CASE(window_update) {
  constexpr std::uint32_t kLargest = 0x7fffffff;
  Expect({
      {"6.9", "by nothing on the connection", WindowUpdate(0, 0), Ends(ErrorCode::protocol_error)},
      {"6.9", "by nothing on a stream", Put(1) + WindowUpdate(1, 0),
       Ends(ErrorCode::protocol_error)},
      {"6.9", "by the reserved bit alone", WindowUpdate(0, 0x80000000),
       Ends(ErrorCode::protocol_error)},
      {"6.9", "of 3 bytes", Frame(FrameType::window_update, 0, 0, "123"),
       Ends(ErrorCode::frame_size_error)},
      {"6.9", "of 5 bytes", Frame(FrameType::window_update, 0, 0, "12345"),
       Ends(ErrorCode::frame_size_error)},
      {"6.9.1", "up to 2^31 - 1 on the connection", WindowUpdate(0, kLargest - 65535), GoesOn()},
      {"6.9.1", "beyond on the connection", WindowUpdate(0, kLargest - 65534),
       Ends(ErrorCode::flow_control_error)},
      {"6.9.1", "up to 2^31 - 1 on a stream",
       Put(1) + WindowUpdate(1, kLargest - 65535) + Data(1, "x"), Answers({{1, 200}})},
      {"6.9.1", "beyond on a stream", Put(1) + WindowUpdate(1, kLargest - 65534),
       Ends(ErrorCode::flow_control_error)},
  });
}

BOOST_AUTO_TEST_CASE(continuation) {
  Expect({
      {"6.10", "of the connection", HeadersOf(1, "\x82", 1) + Continuation(0, "\x84"),
       Ends(ErrorCode::protocol_error)},
      {"6.10", "without HEADERS", Continuation(1, kGet), Ends(ErrorCode::protocol_error)},
      {"6.10", "behind the end of a block", Get(1) + Continuation(1, kGet),
       Ends(ErrorCode::protocol_error)},
      {"6.10", "behind DATA", Put(1) + Data(1, "x", false) + Continuation(1, kGet),
       Ends(ErrorCode::protocol_error)},
      {"6.10", "of another stream", HeadersOf(1, "\x82", 1) + Continuation(3, "\x84"),
       Ends(ErrorCode::protocol_error)},
      {"10.5.1", "more than anybody needs",
       [] {
         std::string frames = HeadersOf(1, "\x82", 1);
         for (int i = 0; i < 9; ++i) frames += Continuation(1, "", 0);
         return frames;
       }(),
       Ends(ErrorCode::enhance_your_calm)},
  });
}

BOOST_AUTO_TEST_SUITE_END()
