// How much content of requests a client of HTTP/2 gets room for, all of its streams together: who
// would have more waits, and is not refused.
#include <boost/test/unit_test.hpp>
#include <map>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/http2_rules.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using tined::http2::ErrorCode;
using tined::http2::FrameType;
using tined::http2::ReadNumber;

namespace {

constexpr std::size_t kUnasked = 64U << 10;

Config Serving(const std::string& http2) {
  return Config()
      .Workers(1)
      .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]\n    http2: " + http2)
      .Route("/", Respond("hello"))
      .Route("/echo", Module("echo", "run: process"));
}

/// Sends several bodies at once, as far as the windows allow.
class Uploads {
 public:
  Uploads(const Server& server, std::uint32_t streams, std::size_t size)
      : client_(server.Port(), {{4, 1 << 20}}), size_(size) {
    client_.Send(rules::WindowUpdate(0, 1 << 30));
    for (std::uint32_t i = 0; i < streams; ++i) {
      const std::uint32_t id = 2 * i + 1;
      client_.Ask(id, "/echo", "PUT", /*ends_stream=*/false);
      bodies_[id] = {std::string(size, static_cast<char>('a' + i)), 0, kUnasked, {}};
    }
  }
  /// Until all are answered: how many there were at once that had sent more than unasked.
  std::size_t Run() {
    std::size_t most = 0;
    while (!bodies_.empty()) {
      for (auto& [id, body] : bodies_) Send(id, body);
      std::size_t beyond = 0;
      for (const auto& [id, body] : bodies_) beyond += body.sent > kUnasked ? 1 : 0;
      most = std::max(most, beyond);
      Take(client_.ReadFrame());
    }
    return most;
  }

 private:
  struct Body {
    std::string bytes;
    std::size_t sent = 0;
    std::size_t window = 0;
    std::string answer;
  };
  void Send(std::uint32_t id, Body& body) {
    while (body.sent < size_) {
      const std::size_t part =
          std::min({size_ - body.sent, body.window, window_, std::size_t{16384}});
      if (part == 0) return;
      client_.SendData(id, body.bytes.substr(body.sent, part), body.sent + part == size_);
      body.sent += part;
      body.window -= part;
      window_ -= part;
    }
  }
  void Take(const Http2Client::Frame& frame) {
    if (frame.type == FrameType::window_update) {
      const std::uint32_t more = ReadNumber(frame.content);
      if (frame.stream == 0) window_ += more;
      const auto found = bodies_.find(frame.stream);
      if (found != bodies_.end()) found->second.window += more;
    } else if (frame.type == FrameType::data) {
      Body& body = bodies_.at(frame.stream);
      body.answer += frame.content;
      if ((frame.flags & tined::http2::kEndStream) == 0) return;
      BOOST_TEST((body.answer == body.bytes));
      bodies_.erase(frame.stream);
    } else if (frame.type == FrameType::rst_stream || frame.type == FrameType::goaway) {
      throw std::runtime_error("refused");
    }
  }

  Http2Client client_;
  std::size_t size_;
  std::size_t window_ = 65535;
  std::map<std::uint32_t, Body> bodies_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_room, Server)

BOOST_AUTO_TEST_CASE(where_there_is_little_of_it_bodies_come_one_after_the_other) {
  Start(Serving("{bodies: 64KiB}"));
  BOOST_TEST(Uploads(*this, 8, 300'000).Run() == 1U);
}

BOOST_AUTO_TEST_CASE(where_there_is_enough_they_come_side_by_side) {
  Start(Serving("{bodies: 64MiB}"));
  BOOST_TEST(Uploads(*this, 8, 300'000).Run() > 1U);
}

BOOST_AUTO_TEST_CASE(who_waits_for_room_is_not_taken_for_silent) {
  Start(Serving("{bodies: 64KiB}").Set("timeouts", "{body: 1s, body_rate: 0}"));
  Http2Client client(Port());
  client.Ask(1, "/echo", "PUT", /*ends_stream=*/false);
  client.Ask(3, "/echo", "PUT", /*ends_stream=*/false);
  for (const std::uint32_t stream : {1U, 3U}) {
    for (int i = 0; i < 4; ++i) client.SendData(stream, std::string(16384, 'x'), false);
  }
  // The first goes on, byte by byte; the second would have been reset long ago.
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() < begin + milliseconds(2500)) {
    client.SendData(1, "x", /*ends_stream=*/false);
    client.Send(rules::Ping());
    while (client.ReadFrame().type != FrameType::ping) {
    }
    std::this_thread::sleep_for(milliseconds(20));
  }
  client.SendData(1, "");
  BOOST_TEST(client.Read(1).status == 200);
  client.SendData(3, "");
  const Http2Client::Answer answer = client.Read(3);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.content.size() == 65536U);
}

BOOST_AUTO_TEST_CASE(who_sends_more_than_there_is_room_for_breaks_a_rule) {
  Start(Serving("{bodies: 64KiB}"));
  Http2Client client(Port());
  client.Ask(1, "/echo", "PUT", /*ends_stream=*/false);
  client.SendData(1, "x", /*ends_stream=*/false);
  client.Ask(3, "/echo", "PUT", /*ends_stream=*/false);
  for (int i = 0; i < 5; ++i) client.SendData(3, std::string(16384, 'x'), false);
  BOOST_TEST(client.ReadGoAway() == static_cast<int>(ErrorCode::flow_control_error));
}

BOOST_AUTO_TEST_CASE(streams_at_once_are_as_many_as_the_listener_says) {
  Start(Serving("{streams: 2}"));
  Http2Client client(Port());
  for (const std::uint32_t stream : {1U, 3U, 5U}) {
    client.Ask(stream, "/echo", "PUT", /*ends_stream=*/false);
  }
  BOOST_TEST(client.Read(5).reset == static_cast<int>(ErrorCode::refused_stream));
  // More are allowed at once, fewer when the client has heard of it.
  Configure(Serving("{streams: 3}"));
  BOOST_TEST_REQUIRE(Reload().status == 0);
  Http2Client::Frame told;
  while (told.type != FrameType::settings || told.content.substr(0, 2) != std::string("\0\3", 2) ||
         ReadNumber(told.content.substr(2)) != 3) {
    told = client.ReadFrame();
  }
  client.Ask(7, "/echo", "PUT", /*ends_stream=*/false);
  client.SendData(7, "third");
  BOOST_TEST(client.Read(7).content == "third");
  Configure(Serving("{streams: 1}"));
  BOOST_TEST_REQUIRE(Reload().status == 0);
  while (told.type != FrameType::settings || told.content.substr(0, 2) != std::string("\0\3", 2) ||
         ReadNumber(told.content.substr(2)) != 1) {
    told = client.ReadFrame();
  }
  client.SendData(1, "first");
  BOOST_TEST(client.Read(1).content == "first");
  client.SendData(3, "second");
  BOOST_TEST(client.Read(3).content == "second");
}

BOOST_AUTO_TEST_CASE(what_a_client_may_do_over_and_over_is_what_the_listener_says) {
  Start(Serving("{resets: {burst: 5, rate: 1}, control_frames: {burst: 8, rate: 1}}"));
  const auto expect_calm = [&](auto once) {
    Http2Client client(Port());
    for (std::uint32_t i = 0; i < 20; ++i) once(client, 2 * i + 1);
    BOOST_TEST(client.ReadGoAway() == static_cast<int>(ErrorCode::enhance_your_calm));
  };
  expect_calm([](Http2Client& client, std::uint32_t) { client.Send(rules::Ping()); });
  expect_calm([](Http2Client& client, std::uint32_t stream) {
    client.Send(rules::Put(stream) + rules::Reset(stream));
  });
  // A request pays for what comes with it.
  Http2Client client(Port());
  for (std::uint32_t i = 0; i < 50; ++i) {
    client.Send(rules::Ping() + rules::Get(2 * i + 1));
    BOOST_TEST(client.Read(2 * i + 1).status == 200);
  }
}

BOOST_AUTO_TEST_SUITE_END()
