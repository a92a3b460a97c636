// HTTP/2 over TLS: the handshake chooses it (ALPN, RFC 7301) by what the listener speaks, and the
// connection speaks it for as long as it lives, whatever becomes of its worker.
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <random>
#include <thread>

#include "tests/integration/ability.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/secure_client.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

const std::vector<int> kVersions = {TLS1_2_VERSION, TLS1_3_VERSION};
const std::string kHttp2 = "\x02h2";
const std::string kHttp1 = "\x08http/1.1";

std::string Numbers(std::size_t size) {
  std::string text;
  for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

struct Site : Server {
  Site() {
    const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
    Write("a.pem", pair.Certificate());
    Write("a.key", pair.PrivateKey());
    for (const std::string& file : files) Write("www/" + std::to_string(file.size()), file);
  }
  static Config Speaking(const std::string& protocols, int workers = 1) {
    return Config()
        .Workers(workers, "restart: {backoff: 10ms, backoff_max: 20ms, limit: 10000, within: 1s}")
        .Listener("web", "127.0.0.1:0",
                  "protocols: " + protocols +
                      "\n    tls: {certificates: [{certificate: a.pem, key: a.key}]}")
        .Route("/", Respond("hello"))
        .Route("/www", Files("${DIR}/www"))
        .Route("/echo", Module("echo", "run: process"), "replay: idempotent");
  }
  [[nodiscard]] std::shared_ptr<SecureClient> Connect(const SecureClient::Wanted& wanted = {
                                                          .protocols = kHttp2}) const {
    return std::make_shared<SecureClient>(Port(), wanted);
  }
  /// Reloads with another configuration, and waits until handshakes go by that alone.
  void Become(const Config& config) const {
    const std::size_t from = LogSize();
    Configure(config);
    BOOST_TEST_REQUIRE(Reload().status == 0);
    WaitForLog({"handshaker has ended"}, from);
  }
  /// What the handshake leads to; "refused": to the alert no_application_protocol.
  [[nodiscard]] std::string Agreed(int version, const std::string& offered) const {
    try {
      return Connect({.version = version, .protocols = offered})->Protocol();
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      return text.find("no application protocol") != text.npos ? "refused" : text;
    }
  }
  /// What curl, which trusts nobody else's certificate, has been answered, and in which version.
  [[nodiscard]] Finished Curl(const std::vector<std::string>& options) const {
    const std::string port = std::to_string(Port());
    std::vector<std::string> command = {"/usr/bin/curl",
                                        "-sS",
                                        "--max-time",
                                        "20",
                                        "--noproxy",
                                        "*",
                                        "--cacert",
                                        Path("a.pem"),
                                        "--connect-to",
                                        "a.example:" + port + ":127.0.0.1:" + port,
                                        "-w",
                                        " %{http_version}",
                                        "https://a.example:" + port + "/"};
    command.insert(command.end(), options.begin(), options.end());
    return RunProgram(command);
  }

  const std::vector<std::string> files = {Numbers(1000), Numbers(70000), Numbers(1'500'000)};
};

/// A client that asks for several things at once, over and over, and checks every byte.
class Storm {
 public:
  Storm(const Site& site, int version) : site_(site), thread_([this, version] { Run(version); }) {}
  ~Storm() { Stop(); }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

  void WaitForAnswers(std::uint64_t more) const {
    const std::uint64_t wanted = answers_ + more;
    BOOST_TEST(Eventually([&] { return answers_ >= wanted || has_failed_; }));
  }
  void ExpectNoFailure() {
    Stop();
    BOOST_TEST(!has_failed_, failure_);
    BOOST_TEST(answers_ > 0U);
  }

 private:
  void Stop() {
    is_over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void Run(int version) {
    try {
      Http2Client client(CarriedBy(site_.Connect({.version = version, .protocols = kHttp2})));
      for (std::uint32_t first = 1; !is_over_; first += 2 * kAtOnce) AskAll(client, first);
    } catch (const std::exception& error) {
      failure_ = std::to_string(answers_) + " answers, then " + error.what();
      has_failed_ = true;
    }
  }
  void AskAll(Http2Client& client, std::uint32_t first) {
    std::vector<const std::string*> expected;
    for (std::uint32_t i = 0; i < kAtOnce; ++i) {
      expected.push_back(&site_.files[random_() % 30 == 0 ? 2 : random_() % 2]);
      client.Ask(first + 2 * i, "/www/" + std::to_string(expected.back()->size()));
    }
    for (std::uint32_t i = 0; i < kAtOnce; ++i) {
      const Http2Client::Answer answer = client.Read(first + 2 * i);
      if (answer.status != 200 || answer.content != *expected[i]) {
        throw std::runtime_error("status " + std::to_string(answer.status) + ", reset " +
                                 std::to_string(answer.reset) + ", " +
                                 std::to_string(answer.content.size()) + " bytes of " +
                                 std::to_string(expected[i]->size()));
      }
      ++answers_;
    }
  }

  static constexpr std::uint32_t kAtOnce = 8;
  const Site& site_;
  std::mt19937 random_{7};
  std::atomic<bool> is_over_{false};
  std::atomic<bool> has_failed_{false};
  std::atomic<std::uint64_t> answers_{0};
  std::string failure_;
  std::thread thread_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_tls, Site)

BOOST_DATA_TEST_CASE_F(Site, a_handshake_chooses_by_what_the_listener_speaks,
                       boost::unit_test::data::make(kVersions), version) {
  const auto expect = [&](const std::string& protocols,
                          const std::vector<std::pair<std::string, std::string>>& cases) {
    Become(Speaking(protocols));
    for (const auto& [offered, agreed] : cases) {
      BOOST_TEST_CONTEXT(protocols << " and " << offered)
      BOOST_TEST(Agreed(version, offered) == agreed);
    }
  };
  Start(Speaking("[http2, http1]"));
  expect("[http2, http1]", {{kHttp2, "h2"},
                            {kHttp1, "http/1.1"},
                            {kHttp1 + kHttp2, "h2"},
                            {"\x08http/1.0" + kHttp1, "http/1.1"},
                            {"\x02h3", "refused"},
                            {"", ""}});
  expect("[http1, http2]", {{kHttp2 + kHttp1, "http/1.1"}, {kHttp2, "h2"}, {kHttp1, "http/1.1"}});
  expect("[http1]", {{kHttp2 + kHttp1, "http/1.1"}, {kHttp2, "refused"}, {"", ""}});
  expect("[http2]", {{kHttp2 + kHttp1, "h2"}, {kHttp1, "refused"}, {"", ""}});
}

BOOST_DATA_TEST_CASE_F(Site, what_was_agreed_on_is_spoken, boost::unit_test::data::make(kVersions),
                       version) {
  Start(Speaking("[http2, http1]"));
  Http2Client client(CarriedBy(Connect({.version = version, .protocols = kHttp2})));
  client.Ask(1, "/www/1500000");
  client.Ask(3, "/");
  client.Ask(5, "/echo", "PUT", /*ends_stream=*/false);
  client.SendData(5, files[1].substr(0, 16000), /*ends_stream=*/false);
  client.SendData(5, files[1].substr(16000, 16000));
  BOOST_TEST(client.Read(3).content == "hello");
  BOOST_TEST((client.Read(1).content == files[2]));
  BOOST_TEST((client.Read(5).content == files[1].substr(0, 32000)));
  for (const std::string& offered : {kHttp1, std::string()}) {
    const auto old = Connect({.version = version, .protocols = offered});
    BOOST_TEST(old->Get("/").body == "hello");
    BOOST_TEST((old->Get("/www/70000").body == files[1]));
  }
}

BOOST_DATA_TEST_CASE_F(Site, a_session_that_is_resumed_chooses_anew,
                       boost::unit_test::data::make(kVersions), version) {
  Start(Speaking("[http2, http1]"));
  const auto first = Connect({.version = version, .protocols = kHttp1});
  BOOST_TEST(first->Get("/").body == "hello");
  BOOST_TEST_REQUIRE(first->session() != nullptr);
  const auto second =
      Connect({.version = version, .protocols = kHttp2, .session = first->session()});
  BOOST_TEST(second->IsResumed());
  BOOST_TEST(second->Protocol() == "h2");
  Http2Client client(CarriedBy(second));
  client.Ask(1, "/");
  BOOST_TEST(client.Read(1).content == "hello");
  // Without a new one of its own the earlier one is as good.
  SSL_SESSION* const ticket = second->session() != nullptr ? second->session() : first->session();
  const auto third = Connect({.version = version, .protocols = kHttp1, .session = ticket});
  BOOST_TEST(third->IsResumed());
  BOOST_TEST(third->Get("/").body == "hello");
}

BOOST_AUTO_TEST_CASE(curl_speaks_the_best_that_both_do) {
  Start(Speaking("[http2, http1]"));
  BOOST_TEST(Curl({"--http2"}).output == "hello 2");
  BOOST_TEST(Curl({"--http2", "--tls-max", "1.2"}).output == "hello 2");
  BOOST_TEST(Curl({"--http1.1"}).output == "hello 1.1");
  BOOST_TEST(Curl({"--http2", "--no-alpn"}).output == "hello 1.1");
  Become(Speaking("[http1]"));
  BOOST_TEST(Curl({"--http2"}).output == "hello 1.1");
}

BOOST_AUTO_TEST_CASE(where_only_http2_is_spoken_others_are_told_so) {
  Start(Speaking("[http2]")
            .Listener("clear", "127.0.0.1:0", "protocols: [http2]")
            .Route("/", Respond("hello")));
  Http2Client silent(CarriedBy(Connect({.protocols = ""})));
  silent.Ask(1, "/");
  BOOST_TEST(silent.Read(1).content == "hello");
  const std::string goaway("\0\0\x13\x07\0\0\0\0\0\0\0\0\0\0\0\0\1no preface", 27);
  const auto secure = Connect({.protocols = ""});
  secure->Send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  Client clear(Port("clear"));
  clear.Send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  for (const std::string& said : {secure->ReadBytes(17), clear.ReadBytes(17)}) {
    BOOST_TEST(said.substr(3, 1) == "\7");
    BOOST_TEST(said.substr(13) == std::string("\0\0\0\1", 4));
  }
}

BOOST_DATA_TEST_CASE_F(Site, a_reload_of_protocols_counts_for_those_who_come,
                       boost::unit_test::data::make(kVersions), version) {
  Start(Speaking("[http2, http1]", 2));
  Http2Client client(CarriedBy(Connect({.version = version, .protocols = kHttp2})));
  const auto old = Connect({.version = version, .protocols = kHttp1});
  const auto plain = Connect({.version = version, .protocols = ""});
  std::uint32_t stream = 1;
  const auto expect_all = [&] {
    client.Ask(stream, "/");
    BOOST_TEST(client.Read(stream).content == "hello");
    BOOST_TEST(old->Get("/").body == "hello");
    BOOST_TEST(plain->Get("/").body == "hello");
    stream += 2;
  };
  expect_all();
  const std::string both = kHttp2 + kHttp1;
  const std::vector<std::pair<std::string, std::string>> steps = {
      {"[http1]", "http/1.1"}, {"[http2]", "h2"}, {"[http1, http2]", "http/1.1"}};
  for (const auto& [protocols, agreed] : steps) {
    Become(Speaking(protocols, 2));
    expect_all();
    BOOST_TEST(Agreed(version, both) == agreed);
  }
}

BOOST_AUTO_TEST_CASE(streams_go_on_over_reloads_and_an_upgrade) {
  Start(Speaking("[http2, http1]", 2));
  Storm first(*this, TLS1_3_VERSION);
  Storm second(*this, TLS1_2_VERSION);
  for (int i = 0; i < 3; ++i) {
    first.WaitForAnswers(20);
    BOOST_TEST(Reload().status == 0);
  }
  first.WaitForAnswers(20);
  BOOST_TEST(Ctl({"upgrade"}).status == 0);
  first.WaitForAnswers(50);
  second.WaitForAnswers(50);
  first.ExpectNoFailure();
  second.ExpectNoFailure();
}

BOOST_AUTO_TEST_CASE(streams_go_on_when_workers_are_killed, *NeedsRescue()) {
  Start(Speaking("[http2, http1]", 2));
  Storm first(*this, TLS1_3_VERSION);
  Storm second(*this, TLS1_2_VERSION);
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    first.WaitForAnswers(random() % 40);
    second.WaitForAnswers(1);
    const std::vector<pid_t> pids = WorkerPids();
    if (!pids.empty()) Kill(pids[random() % pids.size()], i % 5 == 4 ? SIGSEGV : SIGKILL);
  }
  first.WaitForAnswers(20);
  first.ExpectNoFailure();
  second.ExpectNoFailure();
  BOOST_TEST(Status()["rescued"]["lost"] == 0);
}

BOOST_DATA_TEST_CASE_F(Site, streams_half_way_go_on_when_their_worker_is_killed,
                       boost::unit_test::data::make(kVersions), version) {
  if (!RescueObstacle().empty()) return;
  Start(Speaking("[http2, http1]"));
  Http2Client client(CarriedBy(Connect({.version = version, .protocols = kHttp2})), {{4, 1000}});
  client.KeepWindowsOpen(false);
  client.Ask(1, "/www/1500000");
  client.Ask(3, "/www/70000");
  client.Ask(5, "/echo", "PUT", /*ends_stream=*/false);
  client.SendData(5, "first, ", /*ends_stream=*/false);
  std::map<std::uint32_t, std::string> got;
  while (got[1].size() < 1000 || got[3].size() < 1000) {
    const Http2Client::Frame frame = client.ReadFrame();
    if (frame.type == tined::http2::FrameType::data) got[frame.stream] += frame.content;
  }
  KillWorker(0, SIGKILL);
  client.Ask(7, "/");
  client.SendData(5, "second");
  client.KeepWindowsOpen(true);
  using tined::http2::FrameType;
  client.SendFrame(FrameType::window_update, 0, 0, std::string("\0\x20\0\0", 4));
  client.SendFrame(FrameType::settings, 0, 0, std::string("\0\4\0\x20\0\0", 6));
  BOOST_TEST((got[1] + client.Read(1).content == files[2]));
  BOOST_TEST((got[3] + client.Read(3).content == files[1]));
  BOOST_TEST(client.Read(5).content == "first, second");
  BOOST_TEST(client.Read(7).content == "hello");
}

BOOST_AUTO_TEST_SUITE_END()
