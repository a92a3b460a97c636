// Every place at which a worker that speaks HTTP/2 can die, one after the other: each stream has
// one answer and every byte of it, and nothing runs twice that must not.
#include <boost/test/unit_test.hpp>
#include <memory>
#include <utility>

#include "tests/integration/ability.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/http2_rules.hpp"
#include "tests/integration/secure_client.hpp"
#include "tests/integration/windows.hpp"

using namespace tined::test;

namespace {

using Arm = std::function<void()>;

/// SETTINGS_INITIAL_WINDOW_SIZE.
constexpr int kWindow = 4;
/// Streams before it are the tests' own.
constexpr std::uint32_t kLastStream = 101;

Config Serving() {
  return Config()
      .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
      .Route("/ping", Respond("pong"));
}

/// With a handler whose runs are counted.
Config Counting(const std::string& run, const std::string& more = "") {
  return Serving().Route(
      "/counts", Module("counts", "run: " + run + ", settings: {file: \"${DIR}/runs\"}"), more);
}

std::string Bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i + i / 251) % 26);
  return bytes;
}

/// What is sent goes out in one piece, once something is waited for.
Http2Client::Carrier InOnePiece(const Server& server) {
  const auto client = std::make_shared<Client>(server.Port());
  const auto gathered = std::make_shared<std::string>();
  return {[gathered](std::string_view bytes) { gathered->append(bytes); },
          [gathered, client](std::size_t size) {
            if (!gathered->empty()) client->Send(std::exchange(*gathered, {}));
            return client->ReadBytes(size);
          }};
}

void ExpectPong(Http2Client& client, std::uint32_t stream) {
  client.Ask(stream, "/ping", "GET", true, {{"x-field", "for the table"}});
  BOOST_REQUIRE(client.Read(stream).content == "pong");
}

/// A connection that has been answered before; dies anywhere from `act` to the end of an answer
/// that follows it, and once more at the `again`-th place behind that.
int OnOpenConnection(Windows& windows, const std::function<void(Http2Client&)>& act, int again = 0,
                     const Http2Client::Settings& settings = {}) {
  return windows.ForEach(
      [&](const Arm& arm) {
        Http2Client client(windows.server.Port(), settings);
        client.Ask(1, "/ping", "HEAD");
        BOOST_REQUIRE(client.Read(1).status == 200);
        arm();
        act(client);
        ExpectPong(client, kLastStream);
      },
      again);
}

/// What a counting handler answers, or that nobody knows whether it was run.
void ExpectCounted(Windows& windows, const Http2Client::Answer& answer, const std::string& target,
                   std::size_t size, bool may_be_unknown) {
  BOOST_REQUIRE(answer.is_whole);
  BOOST_REQUIRE((answer.status == 200 || (may_be_unknown && answer.status == 502)));
  if (answer.status != 200) return;
  BOOST_REQUIRE(answer.content == "body of " + std::to_string(size) + "\n");
  BOOST_REQUIRE(windows.Runs(target) >= 1U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(windows_http2, *NeedsRescue())

BOOST_AUTO_TEST_CASE(the_first_requests_of_a_connection) {
  for (const bool is_one_piece : {false, true}) {
    Windows windows;
    windows.Start(Serving());
    const int points = windows.ForEach([&](const Arm& arm) {
      arm();
      const auto client = is_one_piece ? std::make_unique<Http2Client>(InOnePiece(windows.server))
                                       : std::make_unique<Http2Client>(windows.server.Port());
      ExpectPong(*client, 1);
      ExpectPong(*client, 3);
    });
    BOOST_TEST(points > 10);
  }
}

BOOST_AUTO_TEST_CASE(streams_side_by_side) {
  const std::string large = Bytes(100'000);
  for (const int again : {0, 7}) {
    Windows windows;
    windows.server.Write("www/small", "small");
    windows.server.Write("www/large", large);
    windows.Start(Serving().Route("/www", Files("${DIR}/www")));
    const int points = OnOpenConnection(
        windows,
        [&](Http2Client& client) {
          client.Ask(3, "/www/large", "GET", true, {{"x-field", "one"}});
          client.Ask(5, "/www/small", "GET", true, {{"x-field", "two"}});
          client.Ask(7, "/ping", "HEAD", true, {{"x-field", "one"}});
          client.Ask(9, "/www/large", "GET", true, {{"range", "bytes=1000-79999"}});
          BOOST_REQUIRE((client.Read(3).content == large));
          BOOST_TEST_REQUIRE(client.Read(5).content == "small");
          BOOST_REQUIRE(client.Read(7).fields.at("content-length") == "4");
          BOOST_REQUIRE((client.Read(9).content == large.substr(1000, 79000)));
        },
        again);
    BOOST_TEST(points > 20);
  }
}

BOOST_AUTO_TEST_CASE(streams_over_tls) {
  const std::string large = Bytes(100'000);
  const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
  Windows windows;
  windows.server.Write("a.pem", pair.Certificate());
  windows.server.Write("a.key", pair.PrivateKey());
  windows.server.Write("www/large", large);
  windows.Start(Config()
                    .Listener("web", "127.0.0.1:0",
                              "protocols: [http2, http1]\n    "
                              "tls: {certificates: [{certificate: a.pem, key: a.key}]}")
                    .Route("/ping", Respond("pong"))
                    .Route("/www", Files("${DIR}/www")));
  const int points = windows.ForEach([&](const Arm& arm) {
    arm();
    Http2Client client(CarriedBy(std::make_shared<SecureClient>(
        windows.server.Port(), SecureClient::Wanted{.protocols = "\x02h2"})));
    client.Ask(3, "/www/large");
    ExpectPong(client, 5);
    BOOST_REQUIRE((client.Read(3).content == large));
    ExpectPong(client, 7);
  });
  BOOST_TEST(points > 20);
  BOOST_TEST(windows.audit().sent > 0U);
}

BOOST_AUTO_TEST_CASE(windows_that_open_bit_by_bit) {
  const std::string text = Bytes(16'000);
  Windows windows;
  windows.server.Write("www/text", text);
  windows.Start(Serving().Route("/www", Files("${DIR}/www")));
  const auto ask = [&](Http2Client& client) {
    client.Ask(3, "/www/text");
    client.Ask(5, "/www/text", "GET", true, {{"priority", "i"}});
    BOOST_TEST_REQUIRE(client.ReadStatus(3) == 200);
    client.Send(rules::Settings({{kWindow, 6000}}));
    BOOST_REQUIRE((client.Read(3).content == text));
    BOOST_REQUIRE((client.Read(5).content == text));
  };
  BOOST_TEST(OnOpenConnection(windows, ask, 0, {{kWindow, 0}}) > 20);
}

BOOST_AUTO_TEST_CASE(bodies_that_arrive_in_pieces) {
  for (const std::string run : {"event", "thread", "process"}) {
    Windows windows;
    windows.Start(Counting(run));
    OnOpenConnection(windows, [&](Http2Client& client) {
      const std::string first = windows.Fresh("/counts");
      const std::string second = windows.Fresh("/counts");
      client.Ask(3, first, "POST", /*ends_stream=*/false, {{"expect", "100-continue"}});
      client.Ask(5, second, "POST", /*ends_stream=*/false, {{"content-length", "9000"}});
      for (int i = 0; i < 3; ++i) {
        client.SendData(3, Bytes(1000), /*ends_stream=*/false);
        client.SendData(5, Bytes(3000), /*ends_stream=*/i == 2);
      }
      client.SendHeaders(3, {{"x-trailer", "x"}});
      for (const auto& [stream, target] : {std::pair(3U, first), std::pair(5U, second)}) {
        const std::size_t size = stream == 3 ? 3000 : 9000;
        ExpectCounted(windows, client.Read(stream), target, size, /*may_be_unknown=*/true);
      }
    });
    BOOST_TEST(windows.MostRuns() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_handlers_answer) {
  for (const std::string run : {"event", "thread", "process"}) {
    for (const std::string replay : {"safe", "none"}) {
      BOOST_TEST_CONTEXT(run << ", replay " << replay) {
        Windows windows;
        windows.Start(Counting(run, "replay: " + replay));
        const int points = OnOpenConnection(windows, [&](Http2Client& client) {
          const std::string target = windows.Fresh("/counts");
          client.Ask(3, target);
          ExpectCounted(windows, client.Read(3), target, 0, replay == "none");
        });
        BOOST_TEST(points > 10);
        BOOST_TEST(windows.MostRuns() <= (replay == "none" ? 1U : 2U));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_handlers_answer_that_waits_for_its_window) {
  for (const std::string replay : {"safe", "none"}) {
    for (const int again : {0, 5, 20}) {
      BOOST_TEST_CONTEXT("replay " << replay << ", again " << again) {
        Windows windows;
        windows.Start(Counting("event", "replay: " + replay));
        const auto ask = [&](Http2Client& client) {
          const std::string target = windows.Fresh("/counts");
          client.Ask(3, target);
          (void)client.ReadStatus(3);
          client.Send(rules::Settings({{kWindow, 8000}}));
          ExpectCounted(windows, client.Read(3), target, 0, replay == "none" || again > 0);
        };
        OnOpenConnection(windows, ask, again, {{kWindow, 0}});
        BOOST_TEST(windows.MostRuns() <= (replay == "none" ? 1U : 2U));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_is_refused) {
  for (const int again : {0, 3, 12}) {
    Windows windows;
    windows.Start(Counting("event").Set("limits", "{body: 1000}"));
    const auto ask = [&](Http2Client& client) {
      client.Ask(3, "/counts", "POST", /*ends_stream=*/false);
      client.SendData(3, Bytes(1001), /*ends_stream=*/false);
      client.Ask(5, "/counts", "PROPFIND");
      BOOST_TEST_REQUIRE(client.ReadStatus(3) == 413);
      BOOST_TEST_REQUIRE(client.ReadStatus(5) == 501);
      client.Send(rules::Settings({{kWindow, 8000}}));
      BOOST_REQUIRE(client.Read(3).content.starts_with("413"));
      BOOST_REQUIRE(client.Read(5).content.starts_with("501"));
    };
    OnOpenConnection(windows, ask, again, {{kWindow, 0}});
    BOOST_TEST(windows.Runs("/counts") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_the_client_resets) {
  Windows windows;
  windows.server.Write("www/large", Bytes(300U << 10));
  windows.Start(Counting("thread").Route("/www", Files("${DIR}/www")));
  OnOpenConnection(windows, [&](Http2Client& client) {
    client.Ask(3, "/www/large");
    client.Ask(5, windows.Fresh("/counts"));
    client.Send(rules::Reset(3) + rules::Reset(5));
  });
  BOOST_TEST(windows.MostRuns() <= 2U);
}

BOOST_AUTO_TEST_CASE(a_handoff) {
  Windows windows;
  windows.Start(Serving());
  const int points = windows.ForEach([&](const Arm& arm) {
    Http2Client client(windows.server.Port());
    ExpectPong(client, 1);
    arm();
    (void)windows.server.Reload();  // Its canary may be the one that dies.
    ExpectPong(client, 3);
    ExpectPong(client, 5);
  });
  BOOST_TEST(points > 20);
}

BOOST_AUTO_TEST_SUITE_END()
