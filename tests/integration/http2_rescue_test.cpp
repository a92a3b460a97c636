// Streams of HTTP/2 whose worker is killed while they are under way: each has one right answer, and
// no handler is asked more often than it may be.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <thread>

#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/http2_rules.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using tined::http2::ErrorCode;
using tined::http2::FrameType;

namespace {

/// SETTINGS_INITIAL_WINDOW_SIZE.
constexpr int kWindow = 4;
constexpr std::uint32_t kWide = 1U << 22;

struct Site : Server {
  /// `routes` beside those that all tests have.
  void Serve(const std::function<void(Config& config)>& routes) {
    Write("runs", "");
    Config config = Config()
                        .Workers(1, "restart: {backoff: 10ms, backoff_max: 10ms, limit: 10000}")
                        .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
                        .Route("/ping", Respond("pong"));
    routes(config);
    Start(config);
  }
  /// How often a handler has been asked for something (tests/modules/counts.cpp).
  [[nodiscard]] int Runs() const {
    std::ifstream file(Path("runs"));
    int runs = 0;
    for (std::string line; std::getline(file, line);) ++runs;
    return runs;
  }
  [[nodiscard]] int Lost() const { return Status()["rescued"]["lost"].get<int>(); }
};

Handler Counts(const std::string& run = "event") {
  return Module("counts", "run: " + run + ", settings: {file: \"${DIR}/runs\"}");
}

/// A client that is sent the headers of answers alone, until it opens its windows.
class Shut : public Http2Client {
 public:
  explicit Shut(const Site& site) : Http2Client(site.Port(), {{kWindow, 0}}), site_(site) {}

  /// Kills the worker, and waits until another has the connection.
  void Kill() {
    site_.KillWorker(0, SIGKILL);
    Ping();
  }
  void Open() {
    Send(rules::Settings({{kWindow, kWide}}));
    Send(rules::WindowUpdate(0, kWide));
  }

 private:
  const Site& site_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_rescue, Site, *NeedsRescue())

BOOST_AUTO_TEST_CASE(a_request_that_was_refused_is_never_run) {
  Serve([](Config& config) {
    config.Set("limits", "{body: 1000}")
        .Route("/counts", Counts())
        .Route("/forbidden", Counts(), "access: {deny: all}")
        .Route("/seldom", Counts(), "limits: {rate: {requests: 1/h, per: client}}");
  });
  Shut client(*this);
  client.Ask(1, "/seldom", "HEAD");
  BOOST_TEST(client.ReadStatus(1) == 200);
  BOOST_TEST(Runs() == 1);

  client.Ask(3, "/counts", "POST", /*ends_stream=*/false, {{"content-length", "1001"}});
  client.Ask(5, "/counts", "POST", /*ends_stream=*/false);
  client.SendData(5, std::string(1001, 'x'), /*ends_stream=*/false);
  client.Ask(7, "/counts", "GET", true, {{"expect", "much"}});
  client.Ask(9, "/counts/%00");
  client.Ask(11, "/forbidden");
  client.Ask(13, "/seldom");
  client.Ask(15, "/counts", "PROPFIND");
  const std::map<std::uint32_t, int> statuses = {{3, 413},  {5, 413},  {7, 417}, {9, 400},
                                                 {11, 403}, {13, 429}, {15, 501}};
  for (const auto& [stream, status] : statuses) BOOST_TEST(client.ReadStatus(stream) == status);
  client.Kill();
  client.Kill();
  BOOST_TEST(Runs() == 1);
  client.Open();
  for (const auto& [stream, status] : statuses) {
    const Http2Client::Answer answer = client.Read(stream);
    BOOST_TEST(answer.is_whole);
    BOOST_TEST(answer.content.starts_with(std::to_string(status)));
  }
  BOOST_TEST(Runs() == 1);
  BOOST_TEST(Lost() == 0);
}

BOOST_AUTO_TEST_CASE(the_request_that_ended_its_worker_has_its_500_to_the_end) {
  Serve([](Config& config) { config.Route("/chaos", Module("chaos")); });
  Shut client(*this);
  client.Ask(1, "/chaos/segv");
  BOOST_TEST(client.ReadStatus(1) == 500);
  client.Kill();
  client.Open();
  const Http2Client::Answer answer = client.Read(1);
  BOOST_TEST(answer.is_whole);
  BOOST_TEST(answer.content.starts_with("500"));
  BOOST_TEST(CountLog("a request ended its worker") == 1);
}

BOOST_AUTO_TEST_CASE(a_request_is_run_again_once_however_often_its_worker_dies_of_it) {
  Serve([](Config& config) { config.Route("/chaos", Module("chaos")); });
  // SIGKILL may have come from anybody: the request is not known to be at fault.
  const auto ask = [this] {
    Http2Client client(Port());
    client.Ask(1, "/chaos/kill");
    return client.Read(1).status;
  };
  int status = 0;
  int times = 0;
  while (status == 0) {
    BOOST_TEST_REQUIRE(++times < 10);
    try {
      status = ask();
    } catch (const std::runtime_error&) {
      // The second worker has died of it before the supervisor could follow it.
    }
    BOOST_TEST_REQUIRE(HasLogged("worker died", 2 * times));
  }
  BOOST_TEST(status == 502);
  Http2Client client(Port());
  client.Ask(1, "/ping");
  BOOST_TEST(client.Read(1).content == "pong");
  BOOST_TEST(CountLog("worker died") == 2 * times);
}

BOOST_AUTO_TEST_CASE(an_answer_goes_on_after_one_death_and_another) {
  std::string big;
  for (int i = 0; big.size() < 1'000'000; ++i) big += std::to_string(i) + ' ';
  Write("www/big", big);
  Serve([](Config& config) {
    // What tells of the time does not tell of the file.
    config.Route("/", Files("${DIR}/www"), "cache: {max_age: 1h}");
  });
  Shut client(*this);
  client.Ask(1, "/big");
  BOOST_TEST(client.ReadStatus(1) == 200);
  std::string got;
  for (const std::uint32_t more : {1000U, 20'000U, 30'000U}) {
    client.Send(rules::WindowUpdate(1, more));
    const std::size_t wanted = got.size() + more;
    while (got.size() < wanted) {
      const Http2Client::Frame frame = client.ReadFrame();
      if (frame.type == FrameType::data) got += frame.content;
    }
    std::this_thread::sleep_for(milliseconds(1100));
    client.Kill();
  }
  client.Open();
  const Http2Client::Answer rest = client.Read(1);
  BOOST_TEST(rest.is_whole);
  BOOST_TEST((got + rest.content == big));
  BOOST_TEST(Lost() == 0);
}

BOOST_AUTO_TEST_CASE(a_modules_long_answer_is_made_once_more_and_no_oftener) {
  const std::string big(300'000, 'x');
  Write("www/big", big);
  Serve([](Config& config) {
    config.Route("/later", Module("later", "settings: {files: \"${DIR}/www\"}"));
  });
  for (const int deaths : {1, 2}) {
    Shut client(*this);
    client.Ask(1, "/later/file/big");
    BOOST_TEST(client.ReadStatus(1) == 200);
    for (int i = 0; i < deaths; ++i) client.Kill();
    client.Open();
    const Http2Client::Answer answer = client.Read(1);
    BOOST_TEST(answer.is_whole == (deaths == 1));
    if (deaths == 1) BOOST_TEST((answer.content == big));
    if (deaths == 2) BOOST_TEST(answer.reset == static_cast<int>(ErrorCode::internal_error));
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_has_changed_is_not_gone_on_with) {
  Write("www/file", std::string(100'000, 'a'));
  Serve([](Config& config) {
    config.Route("/", Files("${DIR}/www"), "headers: {remove: [ETag, Last-Modified]}");
  });
  Shut client(*this);
  client.Ask(1, "/file");
  BOOST_TEST(client.ReadStatus(1) == 200);
  Write("www/file", std::string(100'000, 'b'));
  client.Kill();
  client.Open();
  BOOST_TEST(client.Read(1).reset == static_cast<int>(ErrorCode::internal_error));
}

BOOST_AUTO_TEST_CASE(what_is_made_piece_by_piece_is_not_made_again_for_nothing) {
  Write("run.sh", "#!/bin/sh\necho run >>" + Path("runs") +
                      "\nprintf 'Content-Type: text/plain\\n\\nhello'; sleep 1; printf hello\n");
  std::filesystem::permissions(Path("run.sh"), std::filesystem::perms(0755));
  Serve([](Config& config) { config.Route("/run", Program("file: \"${DIR}/run.sh\"")); });
  Shut client(*this);
  client.Ask(1, "/run");
  BOOST_TEST(client.ReadStatus(1) == 200);
  client.Kill();
  client.Open();
  BOOST_TEST(client.Read(1).reset == static_cast<int>(ErrorCode::internal_error));
  BOOST_TEST(Runs() == 1);
}

BOOST_AUTO_TEST_CASE(a_modules_answer_that_is_made_is_sent_to_its_end) {
  Serve([](Config& config) { config.Route("/counts", Counts(), "replay: none"); });
  Shut client(*this);
  client.Ask(1, "/counts", "POST", /*ends_stream=*/false);
  client.SendData(1, "four");
  BOOST_TEST(client.ReadStatus(1) == 200);
  client.Kill();
  client.Kill();
  client.Open();
  const Http2Client::Answer answer = client.Read(1);
  BOOST_TEST(answer.is_whole);
  BOOST_TEST(answer.content == "body of 4\n");
  BOOST_TEST(Runs() == 1);
}

BOOST_AUTO_TEST_CASE(a_request_that_comes_again_is_not_one_too_many) {
  Write("www/file", std::string(100'000, 'x'));
  const std::string once = "rate: {requests: 1/h, per: client}";
  Serve([&](Config& config) {
    config.Route("/later", Module("later"), "limits: {in_flight: 1, " + once + "}")
        .Route("/www", Files("${DIR}/www"), "limits: {" + once + "}");
  });
  Shut client(*this);
  // One whose handler is at work, and one whose header is out.
  client.Ask(1, "/later/sleep/1500");
  client.Ask(3, "/www/file");
  BOOST_TEST(client.ReadStatus(3) == 200);
  client.Kill();
  client.Ask(5, "/www/file");
  BOOST_TEST(client.ReadStatus(5) == 429);
  client.Kill();
  client.Open();
  BOOST_TEST((client.Read(3).content == std::string(100'000, 'x')));
  BOOST_TEST(client.Read(5).content.starts_with("429"));
  // Run again once, it has had all that it may.
  BOOST_TEST(client.Read(1).status == 502);
  BOOST_TEST(Lost() == 0);
}

BOOST_AUTO_TEST_CASE(a_request_that_is_run_again_is_admitted_as_it_was) {
  Serve([](Config& config) {
    config.Route("/later", Module("later"),
                 "limits: {in_flight: 1, rate: {requests: 1/h, per: client}}");
  });
  Shut client(*this);
  client.Ask(1, "/later/sleep/500");
  client.Ping();
  client.Kill();
  BOOST_TEST(client.ReadStatus(1) == 200);
  client.Ask(3, "/later/sleep/0");
  BOOST_TEST(client.ReadStatus(3) == 429);
  client.Open();
  BOOST_TEST(client.Read(1).content == "slept 500 ms\n");
}

BOOST_AUTO_TEST_SUITE_END()
