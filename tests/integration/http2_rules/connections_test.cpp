// RFC 9113, 3.4 and 4: how a connection begins, what a frame and a header block look like.
#include <boost/test/unit_test.hpp>

#include "tests/integration/http2_rules.hpp"

using namespace tined::test::rules;

namespace {

constexpr auto kUnknown = static_cast<FrameType>(0xbe);
const std::string kMagic(tined::http2::kPreface);

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_rules, Site)

BOOST_AUTO_TEST_CASE(a_connection_begins_with_preface_and_settings) {
  Expect({
      {"3.4", "preface and SETTINGS", "", GoesOn()},
      {"3.4", "settings of any kind", kMagic + Settings({{2, 0}, {3, 0}, {4, 0}, {0x99, 7}}),
       GoesOn(), true},
      {"3.4", "PING before SETTINGS", kMagic + Ping(), Ends(ErrorCode::protocol_error), true},
      {"3.4", "a request before SETTINGS", kMagic + Get(1), Ends(ErrorCode::protocol_error), true},
      {"3.4", "SETTINGS that acknowledge first",
       kMagic + Frame(FrameType::settings, tined::http2::kAck, 0), Ends(ErrorCode::protocol_error),
       true},
      {"3.4", "a frame of an unknown type first", kMagic + Frame(kUnknown, 0, 0, "x"),
       Ends(ErrorCode::protocol_error), true},
      {"3.4", "requests that do not wait for the server's SETTINGS",
       kMagic + Settings() + Get(1) + Get(3), Answers({{1, 200}, {3, 200}}), true},
      {"3.4", "the preface twice", kMagic, Ends(ErrorCode::frame_size_error)},
  });
}

BOOST_AUTO_TEST_CASE(frames_that_are_not_known_are_ignored) {
  Expect({
      {"4.1", "an unknown type on the connection", Frame(kUnknown, 0xff, 0, "content"), GoesOn()},
      {"4.1", "an unknown type on an idle stream", Frame(kUnknown, 0xff, 7, "content"), GoesOn()},
      {"4.1", "an unknown type on an open stream",
       Put(1) + Frame(kUnknown, 0xff, 1, "content") + Data(1, "x"), Answers({{1, 200}})},
      {"4.1", "an unknown type without content", Frame(kUnknown, 0, 0), GoesOn()},
      {"4.1", "flags that PING does not have", Ping("12345678", 0xfe), GoesOn()},
      {"4.1", "flags that HEADERS do not have",
       HeadersOf(1, Block(Request("GET", "/")), kWhole | 0xd2), Answers({{1, 200}})},
      {"4.1", "flags that DATA does not have", Put(1) + Frame(FrameType::data, 0xf7, 1, "x"),
       Answers({{1, 200}})},
      {"4.1", "the reserved bit of a stream", HeadersOf(0x80000001, Block(Request("GET", "/"))),
       Answers({{1, 200}})},
      {"4.1", "the reserved bit of the connection",
       Frame(FrameType::ping, 0, 0x80000000, "12345678"), GoesOn()},
      {"5.5", "an unknown type in a header block",
       HeadersOf(1, "\x82", 1) + Frame(kUnknown, 0, 1, "x") + Continuation(1, "\x84\x86"),
       Ends(ErrorCode::protocol_error)},
      {"5.5", "an unknown type of the connection in a header block",
       HeadersOf(1, "\x82", 1) + Frame(kUnknown, 0, 0, "x"), Ends(ErrorCode::protocol_error)},
  });
}

BOOST_AUTO_TEST_CASE(frames_have_a_size) {
  const std::string largest(16384, 'x');
  Expect({
      {"4.2", "DATA of the largest size", Put(1) + Data(1, largest), Answers({{1, 200}})},
      {"4.2", "HEADERS of the largest size",
       HeadersOf(1, Block(Request("GET", "/")) + Block({{"x", std::string(16300, 'x')}})),
       Answers({{1, 200}})},
      {"4.2", "DATA beyond it", Put(1) + Data(1, largest + "x"), Ends(ErrorCode::frame_size_error)},
      {"4.2", "HEADERS beyond it", HeadersOf(1, largest + "x"), Ends(ErrorCode::frame_size_error)},
      {"4.2", "CONTINUATION beyond it", HeadersOf(1, "\x82", 1) + Continuation(1, largest + "x"),
       Ends(ErrorCode::frame_size_error)},
      {"4.2", "SETTINGS beyond it", FrameOfLength(16386, FrameType::settings, 0, 0),
       Ends(ErrorCode::frame_size_error)},
      {"4.2", "an unknown type beyond it, of which nothing has come but its header",
       FrameOfLength(0xffffff, kUnknown, 0, 0), Ends(ErrorCode::frame_size_error)},
  });
}

BOOST_AUTO_TEST_CASE(header_blocks_come_in_one_piece) {
  const std::string get = Block(Request("GET", "/"));
  const auto in_between = [&](const std::string& frame) {
    return HeadersOf(1, get.substr(0, 5), 1) + frame + Continuation(1, get.substr(5));
  };
  Expect({
      {"4.3", "in two frames", in_between(""), Answers({{1, 200}})},
      {"4.3", "in frames without content",
       HeadersOf(1, "", 1) + Continuation(1, "", 0) + Continuation(1, get), Answers({{1, 200}})},
      {"4.3", "byte for byte",
       HeadersOf(1, "", 1) + Continuation(1, get.substr(0, 1), 0) +
           Continuation(1, get.substr(1, 1), 0) + Continuation(1, get.substr(2, 1), 0) +
           Continuation(1, get.substr(3)),
       Answers({{1, 200}})},
      {"4.3", "that cannot be read", HeadersOf(1, "\xff\xff\xff\xff\xff\xff"),
       Ends(ErrorCode::compression_error)},
      {"4.3", "that ends in the middle of a field", HeadersOf(1, get.substr(0, get.size() - 1)),
       Ends(ErrorCode::compression_error)},
      {"4.3", "with DATA in between", in_between(Data(1, "x")), Ends(ErrorCode::protocol_error)},
      {"4.3", "with HEADERS in between", in_between(Get(3)), Ends(ErrorCode::protocol_error)},
      {"4.3", "with PRIORITY in between", in_between(Priority(1, 0)),
       Ends(ErrorCode::protocol_error)},
      {"4.3", "with RST_STREAM in between", in_between(Reset(1)), Ends(ErrorCode::protocol_error)},
      {"4.3", "with SETTINGS in between", in_between(Settings()), Ends(ErrorCode::protocol_error)},
      {"4.3", "with PING in between", in_between(Ping()), Ends(ErrorCode::protocol_error)},
      {"4.3", "with GOAWAY in between", in_between(GoAway(0, ErrorCode::no_error)),
       Ends(ErrorCode::protocol_error)},
      {"4.3", "with WINDOW_UPDATE in between", in_between(WindowUpdate(0, 1)),
       Ends(ErrorCode::protocol_error)},
      {"4.3", "with another stream's CONTINUATION in between", in_between(Continuation(3, "")),
       Ends(ErrorCode::protocol_error)},
      {"4.3", "of a stream that is refused changes the table even so",
       // Added to the table on a stream that is reset, and used by its number there.
       HeadersOf(1, Block(Request("PUT", "/echo")) + "\x40\x01x\x01y", kOpen) + Reset(1) +
           HeadersOf(3, Block(Request("GET", "/")) + "\xbe"),
       Answers({{3, 200}})},
  });
}

BOOST_AUTO_TEST_SUITE_END()
