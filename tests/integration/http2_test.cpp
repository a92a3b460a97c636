// HTTP/2 as clients meet it, over cleartext by prior knowledge.
#include <signal.h>

#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using tined::http2::FrameType;

namespace {

constexpr std::int64_t kProtocolError = 1;
constexpr std::int64_t kFlowControlError = 3;
constexpr std::int64_t kStreamClosed = 5;
constexpr std::int64_t kFrameSizeError = 6;
constexpr std::int64_t kCompressionError = 9;
constexpr std::int64_t kEnhanceYourCalm = 11;

Config Serving(int workers = 1) {
  return Config()
      .Workers(workers)
      .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
      .Route("/", Respond("hello"))
      .Route("/files", Files("${DIR}/files"))
      .Route("/echo", Module("chaos", "run: process"));
}

class Site : public Server {
 public:
  explicit Site(const Config& config = Serving()) {
    Write("files/small", "small");
    Write("files/big", big_);
    Start(config);
  }
  [[nodiscard]] const std::string& big() const noexcept { return big_; }

 private:
  static std::string Big() {
    std::string text;
    for (int i = 0; text.size() < 1'000'000; ++i) text += std::to_string(i) + ' ';
    return text;
  }
  const std::string big_ = Big();
};

/// The connection is ended with that code, and others are served.
void ExpectEnd(Site& site, Http2Client& client, std::int64_t code) {
  BOOST_TEST(client.ReadGoAway() == code);
  BOOST_TEST(GetOnce(site.Port(), "/").status == 200);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http2)

BOOST_AUTO_TEST_CASE(requests_of_one_connection_are_answered_side_by_side) {
  Site site;
  Http2Client client(site.Port());
  client.Ask(1, "/files/big");
  client.Ask(3, "/");
  client.Ask(5, "/files/small");
  client.Ask(7, "/nowhere/else/files");
  BOOST_TEST(client.Read(5).content == "small");
  BOOST_TEST(client.Read(3).content == "hello");
  const Http2Client::Answer big = client.Read(1);
  BOOST_TEST(big.status == 200);
  BOOST_TEST((big.content == site.big()));
  BOOST_TEST(big.fields.at("content-length") == std::to_string(site.big().size()));
  BOOST_TEST(client.Read(7).status == 200);
}

BOOST_AUTO_TEST_CASE(one_listener_speaks_both_versions) {
  Site site;
  BOOST_TEST(GetOnce(site.Port(), "/").status == 200);
  Client old(site.Port());
  // It begins as the other one does.
  BOOST_TEST(old.Ask("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n").status == 501);
  Http2Client client(site.Port());
  client.Ask(1, "/");
  BOOST_TEST(client.Read(1).status == 200);
}

BOOST_AUTO_TEST_CASE(a_head_has_no_content_and_its_length) {
  Site site;
  Http2Client client(site.Port());
  client.Ask(1, "/files/small", "HEAD");
  const Http2Client::Answer answer = client.Read(1);
  BOOST_TEST(answer.fields.at("content-length") == "5");
  BOOST_TEST(answer.content == "");
}

BOOST_AUTO_TEST_CASE(what_is_answered_early_ends_whole_and_then_the_stream) {
  Site site;
  Http2Client client(site.Port());
  client.Ask(1, "/files/small", "POST", /*ends_stream=*/false);
  const Http2Client::Answer answer = client.Read(1);
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer.is_whole);
  for (Http2Client::Frame frame; frame.type != FrameType::rst_stream;) {
    frame = client.ReadFrame();
    if (frame.type == FrameType::rst_stream) BOOST_TEST(frame.content == std::string(4, '\0'));
  }
  // What was on its way is let pass.
  client.SendData(1, "more");
  client.Ask(3, "/");
  BOOST_TEST(client.Read(3).status == 200);
}

BOOST_AUTO_TEST_CASE(connect_is_refused) {
  Site site;
  Http2Client client(site.Port());
  client.SendHeaders(1, {{":method", "CONNECT"}, {":authority", "a:1"}});
  BOOST_TEST(client.Read(1).status == 501);
}

BOOST_AUTO_TEST_CASE(a_client_says_how_much_it_takes) {
  Site site;
  Http2Client client(site.Port(), {{4, 10}});
  client.KeepWindowsOpen(false);
  client.Ask(1, "/files/small");
  client.Ask(3, "/files/big");
  BOOST_TEST(client.Read(1).content == "small");
  std::string got;
  while (got.size() < 10) {
    const Http2Client::Frame frame = client.ReadFrame();
    if (frame.type == FrameType::data) got += frame.content;
  }
  BOOST_TEST(got.size() == 10U);
  // A larger initial window is one for streams that are open, too.
  client.SendFrame(FrameType::settings, 0, 0, std::string("\0\4\0\0\0\x14", 6));
  while (got.size() < 20) {
    const Http2Client::Frame frame = client.ReadFrame();
    if (frame.type == FrameType::data) got += frame.content;
  }
  BOOST_TEST((got == site.big().substr(0, 20)));
}

BOOST_AUTO_TEST_CASE(a_ping_is_answered_with_what_it_brought) {
  Site site;
  Http2Client client(site.Port());
  client.SendFrame(FrameType::ping, 0, 0, "12345678");
  Http2Client::Frame frame;
  while (frame.type != FrameType::ping) frame = client.ReadFrame();
  BOOST_TEST(frame.content == "12345678");
  BOOST_TEST(frame.flags == 1);
}

BOOST_AUTO_TEST_CASE(rules_that_are_broken_end_the_connection_with_their_code) {
  Site site;
  const auto expect = [&](std::int64_t code, auto breaks) {
    Http2Client client(site.Port());
    breaks(client);
    ExpectEnd(site, client, code);
  };
  using C = Http2Client;
  expect(kProtocolError, [](C& c) { c.SendData(1, "x"); });
  expect(kProtocolError, [](C& c) { c.Ask(2, "/"); });
  expect(kProtocolError, [](C& c) { c.Ask(5, "/"), c.Ask(3, "/"); });
  expect(kProtocolError, [](C& c) { c.SendFrame(FrameType::data, 0, 0, "x"); });
  expect(kProtocolError, [](C& c) { c.SendFrame(FrameType::rst_stream, 0, 1, "1234"); });
  expect(kProtocolError, [](C& c) { c.SendFrame(FrameType::continuation, 4, 1, ""); });
  expect(kProtocolError, [](C& c) { c.SendFrame(FrameType::push_promise, 4, 1, "1234"); });
  expect(kProtocolError, [](C& c) {
    c.SendFrame(FrameType::headers, 0, 1, "\x82");
    c.SendFrame(FrameType::ping, 0, 0, "12345678");
  });
  expect(kProtocolError,
         [](C& c) { c.SendFrame(FrameType::window_update, 0, 0, std::string(4, '\0')); });
  expect(kFlowControlError,
         [](C& c) { c.SendFrame(FrameType::window_update, 0, 0, "\x7f\xff\xff\xff"); });
  expect(kFrameSizeError, [](C& c) { c.SendFrame(FrameType::ping, 0, 0, "1234567"); });
  expect(kFrameSizeError,
         [](C& c) { c.SendFrame(FrameType::data, 0, 1, std::string(16385, 'x')); });
  expect(kCompressionError,
         [](C& c) { c.SendFrame(FrameType::headers, 5, 1, "\xff\xff\xff\xff"); });
  expect(kStreamClosed, [](C& c) {
    c.Ask(1, "/");
    (void)c.Read(1);
    c.SendData(1, "x");
  });
  expect(kProtocolError, [](C& c) { c.SendHeaders(1, {{":method", "GET"}, {":path", "/"}}); });
  expect(kProtocolError, [](C& c) { c.Ask(1, "/", "GET", true, {{"Upper", "case"}}); });
  expect(kProtocolError, [](C& c) { c.Ask(1, "/", "GET", true, {{"connection", "close"}}); });
  expect(kProtocolError, [](C& c) { c.Ask(1, "/", "GET", true, {{"content-length", "3"}}); });
  expect(kProtocolError, [](C& c) {
    c.Ask(1, "/echo", "POST", false, {{"content-length", "3"}});
    c.SendData(1, "four");
  });
  expect(kEnhanceYourCalm, [](C& c) {
    c.SendFrame(FrameType::headers, 1, 1, "");
    for (int i = 0; i < 9; ++i) c.SendFrame(FrameType::continuation, 0, 1, "");
  });
}

BOOST_AUTO_TEST_CASE(what_costs_more_than_it_brings_is_bounded) {
  Site site;
  const auto expect = [&](auto once) {
    Http2Client client(site.Port());
    try {
      for (std::uint32_t i = 0; i < 5000; ++i) once(client, i);
    } catch (const std::exception&) {
      // The server has ended it.
    }
    const std::int64_t code = client.ReadGoAway();
    BOOST_TEST((code == kEnhanceYourCalm || code == -1));
    BOOST_TEST(GetOnce(site.Port(), "/").status == 200);
  };
  using C = Http2Client;
  expect([](C& c, std::uint32_t) { c.SendFrame(FrameType::ping, 0, 0, "12345678"); });
  expect([](C& c, std::uint32_t) { c.SendFrame(FrameType::settings, 0, 0, ""); });
  expect([](C& c, std::uint32_t) { c.SendFrame(FrameType::priority, 0, 1, std::string(5, '\1')); });
  expect([](C& c, std::uint32_t i) {
    c.Ask(2 * i + 1, "/files/big");
    c.SendFrame(FrameType::rst_stream, 0, 2 * i + 1, std::string("\0\0\0\x8", 4));
  });
  expect([](C& c, std::uint32_t i) {
    if (i == 0) c.Ask(1, "/echo", "POST", false);
    c.SendData(1, "", false);
  });
}

BOOST_AUTO_TEST_CASE(an_idle_connection_goes_on_in_other_workers_after_a_reload) {
  Site site;
  Http2Client client(site.Port());
  for (std::uint32_t i = 0; i < 3; ++i) {
    client.Ask(2 * i + 1, "/files/small", "GET", true, {{"x-field", "value"}});
    BOOST_TEST(client.Read(2 * i + 1).content == "small");
    site.Reload();
  }
  client.Ask(7, "/");
  BOOST_TEST(client.Read(7).status == 200);
}

BOOST_AUTO_TEST_CASE(streams_go_on_when_their_worker_is_killed, *NeedsRescue()) {
  Site site;
  Http2Client client(site.Port(), {{4, 1000}});
  client.KeepWindowsOpen(false);
  client.Ask(1, "/files/big");
  Http2Client::Frame frame;
  while (frame.type != FrameType::data) frame = client.ReadFrame();
  std::string got = frame.content;
  BOOST_TEST(got.size() == 1000U);
  site.KillWorker(0, SIGKILL);
  client.Ask(3, "/");
  client.SendFrame(FrameType::window_update, 0, 1, std::string("\0\x10\0\0", 4));
  client.SendFrame(FrameType::window_update, 0, 0, std::string("\0\x10\0\0", 4));
  client.SendFrame(FrameType::settings, 0, 0, std::string("\0\4\0\x10\0\0", 6));
  client.KeepWindowsOpen(true);
  const Http2Client::Answer rest = client.Read(1);
  BOOST_TEST(rest.is_whole);
  BOOST_TEST(rest.status == 0);
  got += rest.content;
  BOOST_TEST((got == site.big()));
  BOOST_TEST(client.Read(3).content == "hello");
}

BOOST_AUTO_TEST_SUITE_END()
