// RFC 9113, 5: the states of streams, their numbers, flow control and errors.
#include <boost/test/unit_test.hpp>

#include "tests/integration/http2_rules.hpp"

using namespace tined::test::rules;

namespace {

/// More requests at once than may be: none of them has come to its end.
std::string TooMany() {
  std::string frames;
  for (std::uint32_t i = 0; i <= 100; ++i) frames += Put(2 * i + 1);
  return frames;
}

/// As much content as a stream's window allows at first.
std::string FullWindow(std::uint32_t stream) {
  std::string frames;
  for (int i = 0; i < 4; ++i) frames += Data(stream, std::string(16384, 'x'), false);
  return frames;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_rules, Site)

BOOST_AUTO_TEST_CASE(on_streams_that_are_idle) {
  Expect({
      {"5.1", "DATA", Data(1, "x"), Ends(ErrorCode::protocol_error)},
      {"5.1", "RST_STREAM", Reset(1), Ends(ErrorCode::protocol_error)},
      {"5.1", "WINDOW_UPDATE", WindowUpdate(1, 100), Ends(ErrorCode::protocol_error)},
      {"5.1", "CONTINUATION", Continuation(1, ""), Ends(ErrorCode::protocol_error)},
      {"5.1", "PRIORITY", Priority(1, 0), GoesOn()},
      {"5.1", "DATA above one that is open", Put(1) + Data(3, "x"),
       Ends(ErrorCode::protocol_error)},
      // Streams with even numbers are the server's, which opens none.
      {"5.1", "DATA on a server's", Get(5) + Data(2, "x"), Ends(ErrorCode::protocol_error)},
      {"5.1", "RST_STREAM on a server's", Get(5) + Reset(2), Ends(ErrorCode::protocol_error)},
      {"5.1", "WINDOW_UPDATE on a server's", Get(5) + WindowUpdate(2, 100),
       Ends(ErrorCode::protocol_error)},
      {"5.1", "PRIORITY on a server's", Get(5) + Priority(2, 0), Answers({{5, 200}})},
  });
}

BOOST_AUTO_TEST_CASE(on_streams_whose_request_is_whole) {
  const std::string whole = Put(1) + Data(1, "whole");
  Expect({
      {"5.1", "DATA", whole + Data(1, "x"), Ends(ErrorCode::stream_closed)},
      {"5.1", "HEADERS", whole + Get(1), Ends(ErrorCode::stream_closed)},
      {"5.1", "CONTINUATION", whole + Continuation(1, ""), Ends(ErrorCode::protocol_error)},
      {"5.1", "WINDOW_UPDATE", whole + WindowUpdate(1, 100), Answers({{1, 200}})},
      {"5.1", "PRIORITY", whole + Priority(1, 0), Answers({{1, 200}})},
      {"5.1", "RST_STREAM", whole + Reset(1) + Get(3), Answers({{3, 200}})},
  });
}

BOOST_AUTO_TEST_CASE(on_streams_that_are_closed) {
  const std::string reset = Put(1) + Reset(1);
  Expect({
      {"5.1", "DATA behind RST_STREAM", reset + Data(1, "x"), Ends(ErrorCode::stream_closed)},
      {"5.1", "HEADERS behind RST_STREAM", reset + Get(1), Ends(ErrorCode::stream_closed)},
      {"5.1", "PRIORITY behind RST_STREAM", reset + Priority(1, 0), GoesOn()},
      {"5.1", "RST_STREAM behind RST_STREAM", reset + Reset(1), GoesOn()},
      {"5.1", "WINDOW_UPDATE behind RST_STREAM", reset + WindowUpdate(1, 100), GoesOn()},
      {"5.1", "DATA behind the answer", Get(1) + Data(1, "x"), Ends(ErrorCode::stream_closed)},
      {"5.1", "HEADERS behind the answer", Get(1) + Get(1), Ends(ErrorCode::stream_closed)},
      {"5.1", "WINDOW_UPDATE behind the answer", Get(1) + WindowUpdate(1, 100),
       Answers({{1, 200}})},
      {"5.1", "RST_STREAM behind the answer", Get(1) + Reset(1), Answers({{1, 200}})},
      {"5.1", "DATA on one that was passed over", Get(5) + Data(3, "x"),
       Ends(ErrorCode::stream_closed)},
      // The answer did not wait for these.
      {"5.1", "DATA behind an early answer", TooEarly(1) + Data(1, "x", false) + Data(1, "y"),
       Answers({{1, 405}})},
      {"5.1", "trailers behind an early answer", TooEarly(1) + Headers(1, {{"x", "y"}}),
       Answers({{1, 405}})},
      {"5.1", "RST_STREAM behind an early answer", TooEarly(1) + Reset(1), Answers({{1, 405}})},
  });
}

BOOST_AUTO_TEST_CASE(numbers_of_streams) {
  Expect({
      {"5.1.1", "an even one", Get(2), Ends(ErrorCode::protocol_error)},
      {"5.1.1", "0", Get(0), Ends(ErrorCode::protocol_error)},
      {"5.1.1", "a lower one", Get(5) + Get(3), Ends(ErrorCode::protocol_error)},
      {"5.1.1", "with gaps", Get(1) + Get(7) + Get(99), Answers({{1, 200}, {7, 200}, {99, 200}})},
      {"5.1.1", "one that trailers were expected on", Put(3) + Get(1),
       Ends(ErrorCode::protocol_error)},
      {"5.1.2", "more at once than may be", TooMany() + Reset(1),
       Resets(201, ErrorCode::refused_stream)},
      {"5.1.2", "DATA for one that was refused", TooMany() + Data(201, "x") + Reset(1),
       Resets(201, ErrorCode::refused_stream)},
  });
}

BOOST_AUTO_TEST_CASE(flow_control) {
  const std::string halves = Data(1, std::string(100, 'x'), false) + Data(1, "y");
  Expect({
      {"5.2", "all that a stream's window allows", Put(1) + FullWindow(1), GoesOn()},
      // The server gives room when half of it is used up, and the client has not seen that yet.
      {"5.2", "a window of nothing holds an answer back, not the connection",
       Settings({{4, 0}}) + Get(1), Answers({{1, 200}})},
      {"5.2.2", "padding counts",
       Put(1) + Frame(FrameType::data, tined::http2::kPadded, 1, Padded("x", 200)) + halves,
       Answers({{1, 200}})},
      {"6.9.1",
       "content of a stream that is not read any more",
       [] {
         std::string frames = TooEarly(1);
         for (int i = 0; i < 5; ++i) frames += Data(1, std::string(16384, 'x'), false);
         return frames;
       }(),
       {.resets = {{1, ErrorCode::no_error}}, .statuses = {{1, 405}}}},
  });
}

BOOST_AUTO_TEST_CASE(priorities_of_earlier_days_are_ignored) {
  Expect({
      {"5.3", "PRIORITY", Priority(1, 3) + Get(1), Answers({{1, 200}})},
      {"5.3", "HEADERS with a priority",
       HeadersOf(1, std::string("\0\0\0\3\xff", 5) + Block(Request("GET", "/")), kWhole | 0x20),
       Answers({{1, 200}})},
      {"7540, 5.3.1", "PRIORITY that depends on itself", Priority(1, 1),
       Ends(ErrorCode::protocol_error)},
      {"7540, 5.3.1", "HEADERS that depend on themselves",
       HeadersOf(1, std::string("\0\0\0\1\xff", 5) + Block(Request("GET", "/")), kWhole | 0x20),
       Ends(ErrorCode::protocol_error)},
      {"9218, 7.1", "PRIORITY_UPDATE of an idle stream",
       Frame(FrameType::priority_update, 0, 0, Number(1) + "u=0") + Get(1), Answers({{1, 200}})},
      {"9218, 7.1", "PRIORITY_UPDATE of stream 0",
       Frame(FrameType::priority_update, 0, 0, Number(0) + "u=0"), Ends(ErrorCode::protocol_error)},
      {"9218, 7.1", "PRIORITY_UPDATE on a stream",
       Frame(FrameType::priority_update, 0, 1, Number(1) + "u=0"), Ends(ErrorCode::protocol_error)},
      {"9218, 7.1", "PRIORITY_UPDATE too short", Frame(FrameType::priority_update, 0, 0, "abc"),
       Ends(ErrorCode::frame_size_error)},
  });
}

BOOST_AUTO_TEST_SUITE_END()
