// Clients that make a server of HTTP/2 work for little of their own: each is gone within two
// seconds, or costs no more than any other, and the requests of others stay fast.
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <functional>
#include <thread>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/http2_rules.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using namespace tined::test::rules;
using std::chrono::steady_clock;

namespace {

constexpr seconds kTime{2};
/// The slowest answer that others may see, on a machine that is busy with the abuse itself.
constexpr milliseconds kSlowest{1000};

/// What is sent over and over: `n` counts.
using Frames = std::function<std::string(std::uint32_t n)>;

/// One who sends as fast as it goes, and reads whatever comes.
class Abuser {
 public:
  Abuser(std::uint16_t port, std::string begin, Frames next)
      : client_(port), next_(std::move(next)) {
    pending_ = std::string(tined::http2::kPreface) + Settings() + begin;
  }
  /// Goes on until the server has ended the connection: true; or the time is over.
  bool Run() {
    const auto deadline = steady_clock::now() + kTime;
    while (steady_clock::now() < deadline) {
      pollfd event{client_.descriptor(), POLLIN | POLLOUT, 0};
      ::poll(&event, 1, 100);
      if ((event.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !Receive()) return true;
      if ((event.revents & POLLOUT) != 0 && !Send()) return true;
    }
    return false;
  }

 private:
  bool Receive() const {
    static char room[1U << 16];
    const ssize_t got = ::recv(client_.descriptor(), room, sizeof room, MSG_DONTWAIT);
    return got > 0 || (got < 0 && errno == EAGAIN);
  }
  bool Send() {
    while (pending_.size() < 1U << 16) {
      const std::string more = next_(count_++);
      if (more.empty()) break;
      pending_ += more;
    }
    const ssize_t sent =
        ::send(client_.descriptor(), pending_.data(), pending_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    pending_.erase(0, static_cast<std::size_t>(sent));
    return true;
  }

  Client client_;
  Frames next_;
  std::string pending_;
  std::uint32_t count_ = 0;
};

struct Victim : Server {
  Victim() {
    Write("www/large", std::string(1'000'000, 'x'));
    Start(Config()
              .Workers(1)
              .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
              .Route("/", Respond("hello"))
              .Route("/www", Files("${DIR}/www"))
              .Route("/echo", Module("echo", "run: process")));
  }
  /// `begin` behind the preface, then `next` over and over, while somebody else is served. Whether
  /// the server has ended it.
  bool IsGone(const std::string& begin, const Frames& next) {
    std::atomic<bool> is_over{false};
    bool is_gone = false;
    std::thread abuse([&] {
      is_gone = Abuser(Port(), begin, next).Run();
      is_over = true;
    });
    Http2Client other(Port());
    milliseconds slowest{0};
    for (std::uint32_t stream = 1; !is_over || stream == 1; stream += 2) {
      const auto asked = steady_clock::now();
      other.Ask(stream, "/");
      if (other.Read(stream).content != "hello") break;
      slowest =
          std::max(slowest, std::chrono::duration_cast<milliseconds>(steady_clock::now() - asked));
    }
    abuse.join();
    BOOST_TEST(is_over);
    BOOST_TEST(slowest.count() < kSlowest.count());
    return is_gone;
  }
};

std::string Nothing(std::uint32_t) { return {}; }

Frames Again(const std::string& frames) {
  return [frames](std::uint32_t) { return frames; };
}

/// On a stream of its own each time: the n-th may be `begin`, so many streams further.
Frames OnNewStreams(const std::function<std::string(std::uint32_t stream)>& frames) {
  return [frames](std::uint32_t n) { return n < 1'000'000 ? frames(2 * n + 1) : std::string(); };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_abuse, Victim)

BOOST_AUTO_TEST_CASE(requests_that_are_reset_at_once) {
  BOOST_TEST(IsGone("", OnNewStreams([](auto id) { return Put(id) + Reset(id); })));
  BOOST_TEST(IsGone("", OnNewStreams([](auto id) {
                      return Headers(id, Request("GET", "/www/large")) + Reset(id);
                    })));
  BOOST_TEST(IsGone("", OnNewStreams([](auto id) { return Get(id) + Reset(id); })));
}

// MadeYouReset (CVE-2025-8671): the client has the server do it.
BOOST_AUTO_TEST_CASE(requests_that_the_server_is_made_to_reset) {
  const std::vector<std::function<std::string(std::uint32_t)>> ways = {
      [](auto id) { return WindowUpdate(id, 0); },
      [](auto id) { return WindowUpdate(id, 0x7fffffff); },
      [](auto id) { return Priority(id, id); },
      [](auto id) { return Data(id, "x") + Data(id, "y"); },
      [](auto id) { return Headers(id, Request("GET", "/"), kOpen); },
      [](auto id) { return Frame(FrameType::priority, 0, id, "1234"); }};
  for (const auto& way : ways) {
    BOOST_TEST(IsGone("", OnNewStreams([&](auto id) { return Put(id) + way(id); })));
  }
  BOOST_TEST(IsGone("", OnNewStreams([](auto id) {
                      return Put(id, {{"content-length", "1"}}) + Data(id, "xy");
                    })));
}

BOOST_AUTO_TEST_CASE(more_requests_at_once_than_may_be) {
  BOOST_TEST(IsGone("", OnNewStreams([](auto id) { return Put(id); })));
}

BOOST_AUTO_TEST_CASE(header_blocks_without_end) {
  const std::string begin = HeadersOf(1, "\x82", 1);
  BOOST_TEST(IsGone(begin, Again(Continuation(1, "", 0))));
  BOOST_TEST(IsGone(begin, Again(Continuation(1, Block({{"x", "y"}}), 0))));
  BOOST_TEST(IsGone(begin, Again(Continuation(1, Block({{"x", std::string(16000, 'y')}}), 0))));
}

BOOST_AUTO_TEST_CASE(frames_that_bring_nothing) {
  BOOST_TEST(IsGone("", Again(Ping())));
  BOOST_TEST(IsGone("", Again(Settings())));
  BOOST_TEST(IsGone("", Again(Settings({{4, 1}, {1, 0}, {1, 4096}}))));
  BOOST_TEST(IsGone("", Again(Frame(FrameType::settings, tined::http2::kAck, 0))));
  BOOST_TEST(IsGone("", Again(Priority(1, 3))));
  BOOST_TEST(IsGone("", Again(Frame(FrameType::priority_update, 0, 0, Number(1) + "u=0"))));
  BOOST_TEST(IsGone("", Again(GoAway(0, ErrorCode::no_error))));
  BOOST_TEST(IsGone("", Again(Frame(static_cast<FrameType>(0xbe), 0, 0))));
  BOOST_TEST(IsGone(Get(1), Again(Reset(1))));
  BOOST_TEST(IsGone(Get(1), Again(WindowUpdate(1, 1000))));
}

BOOST_AUTO_TEST_CASE(content_of_nothing) {
  BOOST_TEST(IsGone(Put(1), Again(Data(1, "", false))));
  BOOST_TEST(
      IsGone(Put(1), Again(Frame(FrameType::data, tined::http2::kPadded, 1, Padded("", 255)))));
  // On a stream that the server has reset.
  BOOST_TEST(IsGone(Headers(1, Request("PUT", "/"), kOpen), Again(Data(1, "", false))));
}

BOOST_AUTO_TEST_CASE(windows_of_next_to_nothing) {
  // 100 files, byte by byte.
  std::string begin = Settings({{4, 1}});
  for (std::uint32_t i = 0; i < 100; ++i) {
    begin += Headers(2 * i + 1, Request("GET", "/www/large"));
  }
  BOOST_TEST(IsGone(begin, [](std::uint32_t n) { return WindowUpdate(2 * (n % 100) + 1, 1); }));
  BOOST_TEST(IsGone(begin, [](std::uint32_t n) { return Settings({{4, n % 2}}); }));
  // Who waits costs nothing, until the time for writing is over.
  BOOST_TEST(!IsGone(begin, Nothing));
}

BOOST_AUTO_TEST_CASE(few_bytes_that_stand_for_many) {
  // An entry of 4000 bytes, then the number of it, over and over.
  const std::string entry = "\x40\x01x\x7f\xa1\x1e" + std::string(4000, 'y');
  const std::string first = HeadersOf(1, Block(Request("GET", "/")) + entry);
  const auto bomb = [](std::size_t times) {
    return OnNewStreams([times](auto id) {
      return HeadersOf(id + 2, Block(Request("GET", "/")) + std::string(times, '\xbe'));
    });
  };
  BOOST_TEST(IsGone(first, bomb(16000)));
  BOOST_TEST(IsGone(first, bomb(50)));
}

BOOST_AUTO_TEST_CASE(huge_headers) {
  const std::string large(15000, 'x');
  BOOST_TEST(IsGone("", OnNewStreams([&](auto id) {
                      std::string frames = HeadersOf(id, Block(Request("GET", "/")), 1);
                      for (int i = 0; i < 7; ++i)
                        frames += Continuation(id, Block({{"x", large}}), 0);
                      return frames + Continuation(id, "");
                    })));
}

BOOST_AUTO_TEST_SUITE_END()
