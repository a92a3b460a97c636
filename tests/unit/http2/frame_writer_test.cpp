#include "http2/frame_writer.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include "http2/header_block.hpp"
#include "tests/unit/http2/frames.hpp"

namespace tined::http2 {
namespace {

using test::FrameOf;
using test::Number;
using test::Text;

struct Writing {
  Text sink;
  FrameWriter<Text> writer{sink};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(FrameWriterTest, Writing)

BOOST_AUTO_TEST_CASE(rfc9113_6_5_settings) {
  writer.WriteSettings(std::array{Setting{SettingId::max_concurrent_streams, 100},
                                  Setting{SettingId::no_rfc7540_priorities, 1}});
  BOOST_TEST((sink.text ==
              FrameOf(FrameType::settings, 0, 0,
                      std::string("\0\3", 2) + Number(100) + std::string("\0\x9", 2) + Number(1))));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_5_3_settings_are_acknowledged) {
  writer.AcknowledgeSettings();
  BOOST_TEST((sink.text == FrameOf(FrameType::settings, kAck, 0, "")));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_4_rst_stream) {
  writer.ResetStream(5, ErrorCode::refused_stream);
  BOOST_TEST((sink.text == FrameOf(FrameType::rst_stream, 0, 5, Number(7))));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_7_a_ping_comes_back_as_it_was) {
  writer.AnswerPing("12345678");
  BOOST_TEST((sink.text == FrameOf(FrameType::ping, kAck, 0, "12345678")));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_8_goaway) {
  writer.GoAway(kLargestStream, ErrorCode::no_error, "bye");
  BOOST_TEST(
      (sink.text == FrameOf(FrameType::goaway, 0, 0, Number(kLargestStream) + Number(0) + "bye")));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_9_window_update) {
  writer.UpdateWindow(0, 1000);
  BOOST_TEST((sink.text == FrameOf(FrameType::window_update, 0, 0, Number(1000))));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_1_data) {
  writer.BeginData(9, 70000, true);
  sink.Append("x");
  BOOST_TEST((sink.text == std::string("\x01\x11\x70\0\x01\0\0\0\x09x", 10)));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_2_a_block_that_fits_is_one_frame) {
  for (const std::string_view block : {"", "0123456789"}) {
    sink.text.clear();
    writer.WriteHeaders(1, block, true, 10);
    BOOST_TEST((sink.text == FrameOf(FrameType::headers, kEndHeaders | kEndStream, 1, block)));
  }
}

BOOST_AUTO_TEST_CASE(rfc9113_6_10_one_that_does_not_is_continued) {
  writer.WriteHeaders(3, "0123456789abcdefghijk", true, 10);
  BOOST_TEST((sink.text == FrameOf(FrameType::headers, kEndStream, 3, "0123456789") +
                               FrameOf(FrameType::continuation, 0, 3, "abcdefghij") +
                               FrameOf(FrameType::continuation, kEndHeaders, 3, "k")));
}

BOOST_AUTO_TEST_CASE(what_is_written_can_be_read) {
  writer.WriteHeaders(3, std::string(40000, 'x'), false);
  const HeaderBlock block = ReadHeaderBlock(sink.text, 40000);
  BOOST_TEST((block.outcome == HeaderBlock::Outcome::whole));
  BOOST_TEST(block.frames_size == sink.text.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2
