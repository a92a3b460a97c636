#include "http2/header_block.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/unit/http2/frames.hpp"

namespace tined::http2 {
namespace {

using test::FrameOf;
using Outcome = HeaderBlock::Outcome;

std::string Continued(int count, std::string_view payload = "c") {
  std::string frames = FrameOf(FrameType::headers, 0, 1, "h");
  for (int i = 1; i < count; ++i) frames += FrameOf(FrameType::continuation, 0, 1, payload);
  return frames + FrameOf(FrameType::continuation, kEndHeaders, 1, payload);
}

std::string Joined(const HeaderBlock& block) {
  std::string joined;
  for (const std::string_view part : block.fragments()) joined += part;
  return joined;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(HeaderBlockTest)

BOOST_AUTO_TEST_CASE(one_frame_may_be_all_of_it) {
  const std::string frame = FrameOf(FrameType::headers, kEndHeaders | kEndStream, 7, "block");
  const std::string input = frame + "more";
  const HeaderBlock block = ReadHeaderBlock(input, 100);
  BOOST_REQUIRE((block.outcome == Outcome::whole));
  BOOST_TEST(block.stream == 7U);
  BOOST_TEST(block.ends_stream);
  BOOST_TEST(block.frames_size == frame.size());
  BOOST_TEST(Joined(block) == "block");
}

BOOST_AUTO_TEST_CASE(rfc9113_6_10_continuations_belong_to_it) {
  const std::string frames = Continued(3);
  for (std::size_t size = 0; size < frames.size(); ++size) {
    const HeaderBlock part = ReadHeaderBlock(std::string_view(frames).substr(0, size), 100);
    BOOST_TEST((part.outcome == Outcome::needs_input));
    BOOST_TEST(part.missing > 0U);
  }
  const HeaderBlock block = ReadHeaderBlock(frames, 100);
  BOOST_REQUIRE((block.outcome == Outcome::whole));
  BOOST_TEST(!block.ends_stream);
  BOOST_TEST(Joined(block) == "hccc");
}

BOOST_AUTO_TEST_CASE(rfc9113_6_10_nothing_comes_in_between) {
  const std::string begun = FrameOf(FrameType::headers, 0, 1, "h");
  for (const std::string& other :
       {FrameOf(FrameType::data, 0, 1, "x"), FrameOf(FrameType::headers, kEndHeaders, 1, "x"),
        FrameOf(FrameType::continuation, kEndHeaders, 3, "x"),
        FrameOf(FrameType(0xbe), 0, 0, "")}) {
    // Nine bytes tell.
    const HeaderBlock block = ReadHeaderBlock(begun + other.substr(0, 9), 100);
    BOOST_REQUIRE((block.outcome == Outcome::fault));
    BOOST_TEST((block.fault.code == ErrorCode::protocol_error));
  }
}

BOOST_AUTO_TEST_CASE(a_broken_frame_is_a_broken_block) {
  const HeaderBlock block =
      ReadHeaderBlock(FrameOf(FrameType::headers, kPadded | kEndHeaders, 1, "\x09x"), 100);
  BOOST_TEST((block.fault.code == ErrorCode::protocol_error));
}

BOOST_AUTO_TEST_CASE(its_frames_are_few_whatever_is_in_them) {
  BOOST_TEST((ReadHeaderBlock(Continued(kMostContinuations), 100).outcome == Outcome::whole));
  for (const std::string_view payload : {"c", ""}) {
    const HeaderBlock block = ReadHeaderBlock(Continued(kMostContinuations + 1, payload), 100);
    BOOST_REQUIRE((block.outcome == Outcome::fault));
    BOOST_TEST((block.fault.code == ErrorCode::enhance_your_calm));
  }
}

BOOST_AUTO_TEST_CASE(its_size_is_bounded_before_it_is_there) {
  const std::string frames = Continued(2, "0123456789");
  BOOST_TEST((ReadHeaderBlock(frames, 21).outcome == Outcome::whole));
  // The header of the last frame says that it is too much.
  const HeaderBlock block = ReadHeaderBlock(frames.substr(0, frames.size() - 10), 20);
  BOOST_REQUIRE((block.outcome == Outcome::fault));
  BOOST_TEST((block.fault.code == ErrorCode::enhance_your_calm));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2
