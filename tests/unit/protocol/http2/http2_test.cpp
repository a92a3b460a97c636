#include "protocol/http2/http2.hpp"

#include <boost/test/unit_test.hpp>

#include "http2/hpack_integer.hpp"
#include "tests/http2_wire.hpp"
#include "tests/unit/http2/frames.hpp"

namespace tined::http2 {
namespace {

using Kind = protocol::Need::Kind;
using test::FrameOf;
using tined::test::Http2Wire;

std::string Block(const std::string& path, const std::string& more = "") {
  std::string block = "\x82\x86";  // GET, http
  const auto add = [&block](const std::string& name, const std::string& value) {
    block += '\0';
    AppendString(block, name);
    AppendString(block, value);
  };
  add(":path", path);
  add(":authority", "a");
  if (!more.empty()) add("x", more);
  return block;
}

std::string Get(std::uint32_t stream, const std::string& path, const std::string& more = "") {
  return FrameOf(FrameType::headers, kEndHeaders | kEndStream, stream, Block(path, more));
}

/// A request with content that follows, whose answer has no room yet.
std::string Post(std::uint32_t stream, const std::string& path,
                 const std::map<std::string, std::string>& fields) {
  std::string block = "\x83\x86";  // POST, http
  const auto add = [&block](const std::string& name, const std::string& value) {
    block += '\0';
    AppendString(block, name);
    AppendString(block, value);
  };
  add(":path", path);
  add(":authority", "a");
  for (const auto& [name, value] : fields) add(name, value);
  return FrameOf(FrameType::headers, kEndHeaders, stream, block);
}

/// With a method that nobody has.
std::string Unknown(std::uint32_t stream) {
  std::string block = "\x86";  // http
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {":method", "NONE"}, {":path", "/"}, {":authority", "a"}}) {
    block += '\0';
    AppendString(block, name);
    AppendString(block, value);
  }
  return FrameOf(FrameType::headers, kEndHeaders, stream, block);
}

/// With more fields than may be.
std::string TooLarge() {
  std::string block = Block("/");
  for (int i = 0; i < 200; ++i) block += std::string("\0\1x\1y", 5);
  return block;
}

const std::string kBegin = std::string(kPreface) + FrameOf(FrameType::settings, 0, 0, "");
/// A client that gives no room for content, until it does.
const std::string kBeginShut =
    std::string(kPreface) + FrameOf(FrameType::settings, 0, 0, std::string("\0\4\0\0\0\0", 6));
const std::string kOpen = FrameOf(FrameType::settings, 0, 0, std::string("\0\4\0\1\0\0", 6));

struct BriefTimes : Http2Wire {
  static constexpr Duration kTime{20};
  BriefTimes()
      : Http2Wire([](config::Config& config, config::Listener&) {
          config.timeouts.header = config.timeouts.body = config.timeouts.write = kTime;
        }) {}
};
/// A body of a thousand bytes is too large.
struct LittleRoom : Http2Wire {
  LittleRoom()
      : Http2Wire(
            [](config::Config& config, config::Listener&) { config.limits.body = Bytes{1000}; }) {}
};

/// What a client makes of the frames that it is sent.
struct Heard {
  explicit Heard(std::string_view said) {
    for (; said.size() >= kFrameHeaderSize; said.remove_prefix(kFrameHeaderSize)) {
      const std::string_view head = said;
      const std::uint32_t stream = Read31Bits(head.substr(5));
      const std::string_view content = head.substr(kFrameHeaderSize, ReadNumber(head) >> 8);
      switch (static_cast<FrameType>(head[3])) {
        case FrameType::headers:
          Require(content, stream);
          break;
        case FrameType::data:
          bodies[stream] += content;
          break;
        case FrameType::goaway:
          goaway = static_cast<ErrorCode>(ReadNumber(content.substr(4)));
          break;
        case FrameType::rst_stream:
          resets[stream] = static_cast<ErrorCode>(ReadNumber(content));
          break;
        default:
          break;
      }
      said.remove_prefix(content.size());
    }
  }
  void Require(std::string_view block, std::uint32_t stream) {
    const std::string_view parts[] = {block};
    BOOST_REQUIRE((decoder.Decode(parts, fields) == HpackDecoder::Outcome::fields));
    statuses[stream] = std::string(fields.fields().front().value);
  }

  HpackDecoder decoder;
  FieldList fields{{}};
  std::map<std::uint32_t, std::string> statuses;
  std::map<std::uint32_t, std::string> bodies;
  std::map<std::uint32_t, ErrorCode> resets;
  std::optional<ErrorCode> goaway;
};

BOOST_FIXTURE_TEST_SUITE(Http2Test, Http2Wire)

BOOST_AUTO_TEST_CASE(requests_are_answered_in_one_batch) {
  BOOST_TEST((Arrives(kBegin + Get(1, "/") + Get(3, "/none")) == Kind::input));
  Heard heard(said());
  BOOST_TEST(heard.statuses[1] == "200");
  BOOST_TEST(heard.bodies[1] == "hello");
  BOOST_TEST(heard.statuses[3] == "200");
  BOOST_TEST(session()->streams.empty());
}

BOOST_AUTO_TEST_CASE(bytes_may_come_one_by_one) {
  for (const char byte : kBegin + Get(1, "/")) (void)Arrives({&byte, 1});
  BOOST_TEST(Heard(said()).bodies[1] == "hello");
}

BOOST_AUTO_TEST_CASE(what_is_short_does_not_wait_for_what_is_long) {
  (void)Arrives(kBegin + Get(1, "/large") + Get(3, "/"));
  BOOST_TEST(Heard(said()).bodies[3] == "hello");
  // The connection's window is used up.
  BOOST_TEST(Heard(said()).bodies[1].size() == kDefaultWindow - 5);
}

BOOST_AUTO_TEST_CASE(another_process_goes_on_with_the_rest_of_an_answer) {
  (void)Arrives(kBegin + Get(1, "/large", "a field for the table"));
  BOOST_TEST(Heard(said()).bodies[1].size() == kDefaultWindow);
  for (int i = 0; i < 5; ++i) MoveOn(ledger::Fate::interrupted);
  const std::string more = test::Number(kLarge);
  (void)Arrives(FrameOf(FrameType::window_update, 0, 0, more) +
                FrameOf(FrameType::window_update, 0, 1, more) + Get(3, "/"));
  Heard heard(said());
  BOOST_TEST((heard.bodies[1] == std::string(kLarge, 'x')));
  BOOST_TEST(heard.bodies[3] == "hello");
  BOOST_TEST(heard.resets.empty());
}

BOOST_AUTO_TEST_CASE(what_was_on_its_way_to_a_closed_stream_does_not_end_one_that_was_taken_over) {
  (void)Arrives(kBegin + FrameOf(FrameType::headers, kEndHeaders, 1, TooLarge()));
  BOOST_TEST((Heard(said()).resets[1] == ErrorCode::no_error));
  MoveOn();
  (void)Arrives(FrameOf(FrameType::data, 0, 1, "late") + Get(3, "/"));
  BOOST_TEST(Heard(said()).bodies[3] == "hello");
  BOOST_TEST(!is_over());
}

BOOST_AUTO_TEST_CASE(a_header_too_large_is_its_own_requests_matter) {
  (void)Arrives(kBegin + Get(1, "/", std::string(16300, 'x')) + Get(3, "/"));
  BOOST_TEST(Heard(said()).statuses[3] == "200");
  (void)Arrives(FrameOf(FrameType::headers, kEndHeaders | kEndStream, 5, TooLarge()) + Get(7, "/"));
  BOOST_TEST(Heard(said()).statuses[5] == "431");
  BOOST_TEST(Heard(said()).statuses[7] == "200");
}

BOOST_AUTO_TEST_CASE(content_behind_goaway_counts_for_the_connections_window) {
  (void)Arrives(kBegin + Get(1, "/large"));
  End();
  BOOST_TEST((Heard(said()).goaway == ErrorCode::no_error));
  (void)Arrives(FrameOf(FrameType::headers, kEndHeaders, 3, Block("/")) +
                FrameOf(FrameType::data, 0, 3, std::string(1000, 'x')));
  BOOST_TEST(session()->receive_left == kConnectionWindow - 1000);
  BOOST_TEST(!is_over());
}

BOOST_FIXTURE_TEST_CASE(what_was_refused_is_refused_to_its_end_whoever_goes_on, LittleRoom) {
  (void)Arrives(kBeginShut + Post(1, "/", {{"content-length", "1001"}}) + Post(3, "/%00", {}) +
                Post(5, "/", {{"expect", "much"}}) +
                FrameOf(FrameType::headers, kEndHeaders, 7, TooLarge()) + Unknown(9));
  for (const std::uint32_t stream : {1U, 3U, 5U, 7U, 9U}) {
    BOOST_TEST(session()->streams.contains(stream));
    BOOST_TEST(session()->streams.at(stream).is_refused);
  }
  for (int i = 0; i < 3; ++i) MoveOn(ledger::Fate::interrupted);
  BOOST_TEST(!is_over());
  (void)Arrives(kOpen);
  Heard heard(said());
  const std::map<std::uint32_t, std::string> statuses = {
      {1, "413"}, {3, "400"}, {5, "417"}, {7, "431"}, {9, "501"}};
  for (const auto& [stream, status] : statuses) {
    BOOST_TEST(heard.statuses[stream] == status);
    BOOST_TEST(heard.bodies[stream].starts_with(status));
    // Its content need not come.
    BOOST_TEST((heard.resets[stream] == ErrorCode::no_error));
  }
  BOOST_TEST(session()->streams.empty());
}

BOOST_FIXTURE_TEST_CASE(who_gives_no_room_for_too_long_has_the_stream_reset, BriefTimes) {
  (void)Arrives(kBegin + Get(1, "/large"));
  BOOST_TEST((need().patience > Duration(0)));
  BOOST_TEST((need().patience <= kTime));
  BeSilent();
  BOOST_TEST(!Heard(said()).resets.contains(1));
  Pass(kTime + Duration(1));
  BeSilent();
  BOOST_TEST((Heard(said()).resets[1] == ErrorCode::cancel));
  (void)Arrives(FrameOf(FrameType::window_update, 0, 0, test::Number(1000)) + Get(3, "/"));
  BOOST_TEST(Heard(said()).bodies[3] == "hello");
}

BOOST_FIXTURE_TEST_CASE(content_that_does_not_come_is_refused, BriefTimes) {
  (void)Arrives(kBegin + Post(1, "/", {}) + FrameOf(FrameType::data, 0, 1, "some"));
  Pass(kTime + Duration(1));
  BeSilent();
  Heard heard(said());
  BOOST_TEST(heard.statuses[1] == "408");
  BOOST_TEST((heard.resets[1] == ErrorCode::no_error));
  BOOST_TEST(!is_over());
}

BOOST_FIXTURE_TEST_CASE(who_says_something_else_meanwhile_has_no_more_time, BriefTimes) {
  (void)Arrives(kBegin + Post(1, "/", {}));
  Pass(kTime + Duration(1));
  (void)Arrives(FrameOf(FrameType::ping, 0, 0, "12345678"));
  BOOST_TEST(Heard(said()).statuses[1] == "408");
}

BOOST_FIXTURE_TEST_CASE(a_frame_that_does_not_come_to_its_end_ends_all, BriefTimes) {
  (void)Arrives(kBegin + Get(1, "/large") + Get(3, "/").substr(0, 20));
  BOOST_TEST(session()->part.size == 20U);
  BOOST_TEST(session()->part.stream == 0U);
  Pass(kTime + Duration(1));
  BeSilent();
  BOOST_TEST(is_over());
  BOOST_TEST((Heard(said()).goaway == ErrorCode::no_error));
}

BOOST_AUTO_TEST_CASE(of_content_is_known_what_has_come_of_its_frame) {
  const std::string data = FrameOf(FrameType::data, 0, 1, std::string(1000, 'x'));
  (void)Arrives(kBegin + Post(1, "/", {}) + data.substr(0, 500));
  BOOST_TEST(session()->part.size == 500U);
  BOOST_TEST(session()->part.stream == 1U);
  (void)Arrives(data.substr(500));
  BOOST_TEST(session()->part.size == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_stream_that_was_reset_is_not_gone_on_with, BriefTimes) {
  for (const bool goes_on : {false, true}) {
    BriefTimes wire;
    (void)wire.Arrives(kBegin + Get(1, "/large"));
    wire.Pass(kTime + Duration(1));
    wire.BeSilent(goes_on);
    wire.MoveOn(ledger::Fate::interrupted);
    const std::string more = test::Number(kLarge);
    (void)wire.Arrives(FrameOf(FrameType::window_update, 0, 0, more) +
                       FrameOf(FrameType::window_update, 0, 1, more));
    Heard heard(wire.said());
    // One or the other.
    BOOST_TEST(heard.resets.contains(1) == (heard.bodies[1].size() < kLarge));
  }
}

BOOST_AUTO_TEST_CASE(what_somebody_has_written_over_is_not_gone_on_with) {
  (void)Arrives(kBegin + Get(1, "/large"));
  BOOST_TEST(CanGoOn());
  const std::span<char> bytes = saved();
  const std::string_view text(bytes.data(), bytes.size());
  const std::size_t path = text.find("/large");
  BOOST_TEST_REQUIRE(path != text.npos);
  bytes[path + 1] = '\n';
  BOOST_TEST(!CanGoOn());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http2
