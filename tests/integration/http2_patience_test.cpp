// How long a client of HTTP/2 is waited for, stream by stream: who stands still or trickles loses
// the stream, and nothing else.
#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/http2_rules.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using std::chrono::steady_clock;
using tined::http2::ErrorCode;
using tined::http2::FrameType;

namespace {

/// SETTINGS_INITIAL_WINDOW_SIZE.
constexpr int kWindow = 4;

struct Site : Server {
  void Serve(const std::string& timeouts) {
    Write("www/large", std::string(kLarge, 'x'));
    Start(Config()
              .Workers(1)
              .Set("timeouts", timeouts)
              .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
              .Route("/www", Files("${DIR}/www"))
              .Route("/later", Module("later"))
              .Route("/echo", Module("echo", "run: process")));
  }
  static constexpr std::size_t kLarge = 300'000;
};

/// Does `once` over and over until the stream's answer is there, or the stream is reset.
Http2Client::Answer Until(Http2Client& client, std::uint32_t stream,
                          const std::function<void()>& once) {
  const auto deadline = steady_clock::now() + kPatience;
  while (!client.HasEnded(stream) && steady_clock::now() < deadline) {
    once();
    client.Ping();
    std::this_thread::sleep_for(milliseconds(50));
  }
  return client.Read(stream);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_patience, Site)

BOOST_AUTO_TEST_CASE(content_that_does_not_come_is_refused_while_others_are_at_work) {
  Serve("{body: 1s}");
  Http2Client client(Port());
  client.Ask(1, "/later/sleep/4000");
  client.Ask(3, "/echo", "PUT", /*ends_stream=*/false);
  client.SendData(3, "some", /*ends_stream=*/false);
  const auto begin = steady_clock::now();
  BOOST_TEST(client.Read(3).status == 408);
  BOOST_TEST((steady_clock::now() - begin < milliseconds(3500)));
  client.Ask(5, "/www/large", "HEAD");
  BOOST_TEST(client.Read(5).status == 200);
  BOOST_TEST(client.Read(1).status == 200);
}

BOOST_AUTO_TEST_CASE(a_window_that_stays_shut_loses_the_stream_while_others_are_at_work) {
  Serve("{write: 1s}");
  Http2Client client(Port(), {{kWindow, 1000}});
  client.KeepWindowsOpen(false);
  client.Ask(1, "/later/sleep/4000");
  client.Ask(3, "/www/large");
  const auto begin = steady_clock::now();
  BOOST_TEST(client.Read(3).reset == static_cast<int>(ErrorCode::cancel));
  BOOST_TEST((steady_clock::now() - begin < milliseconds(3500)));
  BOOST_TEST(client.Read(1).status == 200);
}

BOOST_AUTO_TEST_CASE(a_frame_without_an_end_ends_the_connection_while_others_are_at_work) {
  Serve("{header: 1s}");
  Http2Client client(Port());
  client.Ask(1, "/later/sleep/4000");
  client.Send(rules::Get(3).substr(0, 12));
  const auto begin = steady_clock::now();
  BOOST_TEST(client.ReadGoAway() == 0);
  BOOST_TEST((steady_clock::now() - begin < milliseconds(3500)));
}

BOOST_AUTO_TEST_CASE(a_long_frame_may_come_slowly) {
  Serve("{header: 1s, body: 1s, body_rate: 500}");
  Http2Client client(Port());
  client.Ask(1, "/echo", "PUT", /*ends_stream=*/false);
  const std::string frame = rules::Data(1, std::string(16'000, 'x'));
  for (std::size_t at = 0; at < frame.size(); at += 400) {
    client.Send(frame.substr(at, 400));
    std::this_thread::sleep_for(milliseconds(70));
  }
  BOOST_TEST(client.Read(1).status == 200);
}

BOOST_AUTO_TEST_CASE(content_that_trickles_is_refused) {
  Serve("{body: 1s, body_rate: 500}");
  Http2Client client(Port());
  client.Ask(1, "/echo", "PUT", /*ends_stream=*/false);
  const auto begin = steady_clock::now();
  const Http2Client::Answer answer =
      Until(client, 1, [&] { client.SendData(1, "x", /*ends_stream=*/false); });
  BOOST_TEST(answer.status == 408);
  BOOST_TEST((steady_clock::now() - begin > milliseconds(900)));
}

BOOST_AUTO_TEST_CASE(a_window_that_trickles_loses_the_stream) {
  Serve("{write: 1s, write_rate: 500}");
  Http2Client client(Port(), {{kWindow, 0}});
  client.KeepWindowsOpen(false);
  client.Ask(1, "/www/large");
  const auto begin = steady_clock::now();
  const Http2Client::Answer answer =
      Until(client, 1, [&] { client.Send(rules::WindowUpdate(1, 1)); });
  BOOST_TEST(answer.reset == static_cast<int>(ErrorCode::cancel));
  BOOST_TEST((steady_clock::now() - begin > milliseconds(900)));
}

BOOST_AUTO_TEST_CASE(who_gets_on_fast_enough_has_all_the_time_it_takes) {
  Serve("{body: 1s, body_rate: 500, write: 1s, write_rate: 500}");
  Http2Client client(Port(), {{kWindow, 0}});
  client.KeepWindowsOpen(false);
  client.Ask(1, "/echo", "PUT", /*ends_stream=*/false);
  client.Ask(3, "/www/large");
  for (const auto end = steady_clock::now() + milliseconds(3500); steady_clock::now() < end;) {
    client.SendData(1, std::string(500, 'x'), /*ends_stream=*/false);
    client.Send(rules::WindowUpdate(3, 500));
    client.Ping();
    std::this_thread::sleep_for(milliseconds(50));
  }
  BOOST_TEST(!client.HasEnded(1));
  BOOST_TEST(!client.HasEnded(3));
}

BOOST_AUTO_TEST_CASE(who_waits_for_its_turn_among_others_is_not_at_fault) {
  Serve("{write: 1s}");
  Http2Client client(Port(), {{kWindow, 1U << 20}});
  client.KeepWindowsOpen(false);
  client.Ask(1, "/www/large");
  client.Ask(3, "/www/large");
  // The connection's window is all that there is too little of: the first has it for 3 seconds.
  const auto grant = [&] { client.Send(rules::WindowUpdate(0, 4000)); };
  BOOST_TEST((Until(client, 1, grant).content.size() == kLarge));
  BOOST_TEST((Until(client, 3, grant).content.size() == kLarge));
}

BOOST_AUTO_TEST_SUITE_END()
