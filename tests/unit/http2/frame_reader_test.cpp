// RFC 9113, 4 and 6, by section: what a frame alone can be judged by.
#include "http2/frame_reader.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http2/frames.hpp"

namespace tined::http2 {
namespace {

using test::FrameOf;
using test::Number;
using Outcome = ReadResult::Outcome;

/// The code that a frame is refused with; NO_ERROR when it is taken.
ErrorCode Judge(FrameType type, std::uint8_t flags, std::uint32_t stream,
                const std::string& payload) {
  const ReadResult result = ReadFrame(FrameOf(type, flags, stream, payload));
  BOOST_TEST((result.outcome == Outcome::fault) == static_cast<bool>(result.fault));
  BOOST_TEST((result.outcome != Outcome::needs_input));
  return result.fault.code;
}

std::string Payload(std::size_t size) { return std::string(size, 'x'); }

}  // namespace
}  // namespace tined::http2

BOOST_TEST_DONT_PRINT_LOG_VALUE(tined::http2::ErrorCode)
BOOST_TEST_DONT_PRINT_LOG_VALUE(tined::http2::FrameType)

namespace tined::http2 {

BOOST_AUTO_TEST_SUITE(FrameReaderTest)

BOOST_AUTO_TEST_CASE(rfc9113_4_1_a_frame_is_read_once_it_is_whole) {
  const std::string frame = FrameOf(FrameType::data, kEndStream, 3, "hello");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    const ReadResult result = ReadFrame(std::string_view(frame).substr(0, size));
    BOOST_TEST((result.outcome == Outcome::needs_input));
    BOOST_TEST(result.missing > 0U);
    BOOST_TEST(size + result.missing <= frame.size());
  }
  const std::string input = frame + "more";
  const ReadResult result = ReadFrame(input);
  BOOST_REQUIRE((result.outcome == Outcome::frame));
  BOOST_TEST(result.frame.type == FrameType::data);
  BOOST_TEST(result.frame.Has(kEndStream));
  BOOST_TEST(result.frame.stream == 3U);
  BOOST_TEST(result.frame.content == "hello");
  BOOST_TEST(result.frame.size() == frame.size());
}

BOOST_AUTO_TEST_CASE(rfc9113_4_1_the_reserved_bit_of_a_stream_is_ignored) {
  const ReadResult result = ReadFrame(FrameOf(FrameType::data, 0, 0x80000003, ""));
  BOOST_TEST(result.frame.stream == 3U);
}

BOOST_AUTO_TEST_CASE(rfc9113_4_1_an_unknown_type_is_taken_with_any_flags_and_any_stream) {
  BOOST_TEST(Judge(FrameType(0xbe), 0xff, 0, "whatever") == ErrorCode::no_error);
  BOOST_TEST(Judge(FrameType(0xbe), 0xff, 8, "") == ErrorCode::no_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_4_2_a_frame_is_too_large_by_its_header_alone) {
  for (const auto type : {FrameType::data, FrameType::headers, FrameType(0xbe)}) {
    BOOST_TEST(Judge(type, 0, 1, Payload(kDefaultFrameSize)) == ErrorCode::no_error);
    const std::string header = FrameOf(type, 0, 1, Payload(kDefaultFrameSize + 1)).substr(0, 9);
    BOOST_TEST(ReadFrame(header).fault.code == ErrorCode::frame_size_error);
  }
}

BOOST_AUTO_TEST_CASE(rfc9113_6_1_data_is_of_a_stream) {
  BOOST_TEST(Judge(FrameType::data, 0, 0, "x") == ErrorCode::protocol_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_1_padding_is_cut_off_and_still_counts_for_flow_control) {
  const std::string frame = FrameOf(FrameType::data, kPadded, 1, "\x03hello123");
  const ReadResult result = ReadFrame(frame);
  BOOST_TEST(result.frame.content == "hello");
  BOOST_TEST(result.frame.length == 9U);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_1_padding_may_be_all_there_is_but_not_more) {
  for (const auto type : {FrameType::data, FrameType::headers}) {
    BOOST_TEST(Judge(type, kPadded, 1, std::string("\x02xx")) == ErrorCode::no_error);
    BOOST_TEST(Judge(type, kPadded, 1, std::string("\x03xx")) == ErrorCode::protocol_error);
    BOOST_TEST(Judge(type, kPadded, 1, "") == ErrorCode::frame_size_error);
  }
}

BOOST_AUTO_TEST_CASE(rfc9113_6_2_a_priority_in_headers_is_cut_off) {
  const std::string priority = Number(0x80000005) + '\x10';
  const std::string frame =
      FrameOf(FrameType::headers, kPadded | kHasPriority, 1, "\x01" + priority + "blockp");
  const ReadResult padded = ReadFrame(frame);
  BOOST_TEST(padded.frame.content == "block");
  BOOST_TEST(Judge(FrameType::headers, kHasPriority, 1, "1234") == ErrorCode::frame_size_error);
  BOOST_TEST(Judge(FrameType::headers, kHasPriority | kPadded, 1, "12345") ==
             ErrorCode::frame_size_error);
  BOOST_TEST(Judge(FrameType::headers, 0, 0, "x") == ErrorCode::protocol_error);
}

BOOST_AUTO_TEST_CASE(rfc7540_5_3_1_no_stream_depends_on_itself) {
  const std::string itself = Number(5) + '\x10';
  BOOST_TEST(Judge(FrameType::headers, kHasPriority, 5, itself) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::priority, 0, 5, itself) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::priority, 0, 7, itself) == ErrorCode::no_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_3_priority_has_five_bytes_and_a_stream) {
  BOOST_TEST(Judge(FrameType::priority, 0, 0, Payload(5)) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::priority, 0, 1, Payload(4)) == ErrorCode::frame_size_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_4_rst_stream_has_four_bytes_and_a_stream) {
  BOOST_TEST(Judge(FrameType::rst_stream, 0, 1, Payload(4)) == ErrorCode::no_error);
  BOOST_TEST(Judge(FrameType::rst_stream, 0, 0, Payload(4)) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::rst_stream, 0, 1, Payload(5)) == ErrorCode::frame_size_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_5_settings_have_six_bytes_each_and_no_stream) {
  BOOST_TEST(Judge(FrameType::settings, 0, 0, Payload(12)) == ErrorCode::no_error);
  BOOST_TEST(Judge(FrameType::settings, 0, 1, "") == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::settings, 0, 0, Payload(7)) == ErrorCode::frame_size_error);
  BOOST_TEST(Judge(FrameType::settings, kAck, 0, "") == ErrorCode::no_error);
  BOOST_TEST(Judge(FrameType::settings, kAck, 0, Payload(6)) == ErrorCode::frame_size_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_6_a_client_pushes_nothing) {
  BOOST_TEST(Judge(FrameType::push_promise, 0, 1, Payload(4)) == ErrorCode::protocol_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_7_a_ping_has_eight_bytes_and_no_stream) {
  BOOST_TEST(Judge(FrameType::ping, 0, 0, Payload(8)) == ErrorCode::no_error);
  BOOST_TEST(Judge(FrameType::ping, 0, 1, Payload(8)) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::ping, 0, 0, Payload(7)) == ErrorCode::frame_size_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_8_goaway_has_eight_bytes_at_least_and_no_stream) {
  BOOST_TEST(Judge(FrameType::goaway, 0, 0, Payload(20)) == ErrorCode::no_error);
  BOOST_TEST(Judge(FrameType::goaway, 0, 0, Payload(7)) == ErrorCode::frame_size_error);
  BOOST_TEST(Judge(FrameType::goaway, 0, 1, Payload(8)) == ErrorCode::protocol_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_9_a_window_grows_by_something) {
  for (const std::uint32_t stream : {0U, 1U}) {
    BOOST_TEST(Judge(FrameType::window_update, 0, stream, Number(1)) == ErrorCode::no_error);
    BOOST_TEST(Judge(FrameType::window_update, 0, stream, Number(0x80000000)) ==
               ErrorCode::protocol_error);
    BOOST_TEST(Judge(FrameType::window_update, 0, stream, "abc") == ErrorCode::frame_size_error);
  }
}

BOOST_AUTO_TEST_CASE(rfc9113_6_10_a_continuation_is_of_a_stream) {
  BOOST_TEST(Judge(FrameType::continuation, 0, 0, "x") == ErrorCode::protocol_error);
}

BOOST_AUTO_TEST_CASE(rfc9218_7_1_a_priority_update_is_of_the_connection_and_names_a_stream) {
  BOOST_TEST(Judge(FrameType::priority_update, 0, 0, Number(1) + "u=1") == ErrorCode::no_error);
  BOOST_TEST(Judge(FrameType::priority_update, 0, 1, Number(1)) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::priority_update, 0, 0, Number(0)) == ErrorCode::protocol_error);
  BOOST_TEST(Judge(FrameType::priority_update, 0, 0, "abc") == ErrorCode::frame_size_error);
}

BOOST_AUTO_TEST_CASE(rfc9113_7_codes_have_names) {
  BOOST_TEST(NameOf(ErrorCode::enhance_your_calm) == "ENHANCE_YOUR_CALM");
  BOOST_TEST(NameOf(ErrorCode::http_1_1_required) == "HTTP_1_1_REQUIRED");
  BOOST_TEST(NameOf(ErrorCode(99)).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2
