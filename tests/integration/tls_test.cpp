// Sessions of TLS outlive workers: OpenSSL's clients notice nothing of kills, crashes, reloads,
// upgrades, and what they ask reaches whatever answers.
#include <signal.h>

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <random>
#include <thread>

#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/secure_client.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

/// For workers that are ended all the time.
const std::string kRestart =
    "restart: {backoff: 10ms, backoff_max: 20ms, limit: 10000, within: 1s}";

std::string RandomBytes(std::size_t size) {
  std::mt19937_64 random(size);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

struct Secure : Server {
  Secure() {
    const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
    Write("a.pem", pair.Certificate());
    Write("a.key", pair.PrivateKey());
    for (const std::string& file : files) Write("www/" + std::to_string(file.size()), file);
  }
  static Config InClear() {
    return Config()
        .Workers(2, kRestart)
        .Listener("web", "127.0.0.1:0")
        .Route("/ping", Respond("pong"));
  }
  static Config Serving(int workers = 2, const std::string& more = "") {
    return Config()
        .Workers(workers, kRestart)
        .Listener("web", "127.0.0.1:0",
                  "tls: {certificates: [{certificate: a.pem, key: a.key}]" + more + "}")
        .Route("/", Files("${DIR}/www"))
        .Route("/ping", Respond("pong"))
        .Route("/chaos", Module("chaos"));
  }
  const std::vector<std::string> files = {RandomBytes(1000), RandomBytes(70000),
                                          RandomBytes(2000000)};
};

/// Clients that ask for files on connections that stay, and check every byte.
class Storm {
 public:
  Storm(const Secure& site, int clients) : site_(site) {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this, i] { Run(i); });
  }
  ~Storm() { Stop(); }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

  void WaitForAnswers(std::uint64_t more) const {
    const std::uint64_t wanted = answers_ + more;
    BOOST_TEST(Eventually([&] { return answers_ >= wanted; }));
  }
  void Stop() {
    is_over_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  void ExpectNoFailure() {
    Stop();
    BOOST_TEST(failures_ == 0U, first_failure_);
    BOOST_TEST(answers_ > 0U);
  }

 private:
  void Run(int number) {
    static const std::vector<SecureClient::Wanted> kKinds = {
        {TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
        {TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
        {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"},
        {TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"}};
    const SecureClient::Wanted& kind = kKinds[static_cast<std::size_t>(number) % kKinds.size()];
    std::mt19937 random(static_cast<unsigned>(number));
    try {
      SecureClient client(site_.Port(), kind);
      while (!is_over_) {
        if (kind.version == TLS1_3_VERSION && random() % 16 == 0) client.UpdateKey();
        const std::string& file = site_.files[random() % 20 == 0 ? 2 : random() % 2];
        const SecureClient::Answer answer = client.Get("/" + std::to_string(file.size()));
        if (answer.status != 200) throw std::runtime_error(std::to_string(answer.status));
        if (answer.body != file) throw std::runtime_error("other bytes");
        ++answers_;
      }
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      if (failures_++ == 0) first_failure_ = kind.suites + ": " + error.what();
    }
  }

  const Secure& site_;
  std::atomic<bool> is_over_{false};
  std::atomic<std::uint64_t> answers_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::mutex mutex_;
  std::string first_failure_;
  std::vector<std::thread> threads_;
};

void KillOften(const Secure& site, const Storm& storm, int signal, int times) {
  std::mt19937 random(static_cast<unsigned>(signal));
  for (int i = 0; i < times; ++i) {
    storm.WaitForAnswers(random() % 20);
    const std::vector<pid_t> pids = site.WorkerPids();
    if (!pids.empty()) Kill(pids[random() % pids.size()], signal);
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls, Secure)

BOOST_AUTO_TEST_CASE(sessions_go_on_when_workers_are_killed, *NeedsRescue()) {
  Start(Serving());
  Storm storm(*this, 12);
  KillOften(*this, storm, SIGKILL, 25);
  KillOften(*this, storm, SIGSEGV, 5);
  storm.ExpectNoFailure();
  BOOST_TEST(Status()["rescued"]["taken"] > 0);
  BOOST_TEST(Status()["rescued"]["lost"] == 0);
}

BOOST_AUTO_TEST_CASE(sessions_go_on_with_one_worker_and_its_replacement, *NeedsRescue()) {
  Start(Serving(1));
  Storm storm(*this, 6);
  KillOften(*this, storm, SIGKILL, 8);
  storm.ExpectNoFailure();
}

BOOST_AUTO_TEST_CASE(sessions_go_on_over_reloads_and_upgrades) {
  Start(Serving());
  Storm storm(*this, 12);
  for (int i = 0; i < 4; ++i) {
    storm.WaitForAnswers(20);
    BOOST_TEST(Reload().status == 0);
  }
  storm.WaitForAnswers(20);
  BOOST_TEST(Ctl({"upgrade"}).status == 0);
  storm.WaitForAnswers(20);
  storm.ExpectNoFailure();
  BOOST_TEST(Stop() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_demanded_by_now_and_a_connection_does_not_have_ends_it) {
  const Identity authority = Make({.subject = "authority", .is_authority = true});
  Write("ca.pem", authority.Certificate());
  Start(InClear());
  Client open(Port());
  BOOST_TEST(open.Get("/ping").body == "pong");
  Client begun(Port());
  begun.Send("GET /pi");
  BOOST_TEST(Eventually([this] { return Status()["connections"]["open"] == 2; }));
  Configure(Serving());
  BOOST_TEST(Reload().status == 0);
  for (const std::string rest : {"ng HTTP/1.1\r\nHost: a.example\r\n\r\n", ""}) {
    Client& client = rest.empty() ? open : begun;
    client.Send(rest.empty() ? "GET /ping HTTP/1.1\r\nHost: a.example\r\n\r\n" : rest);
    const Answer answer = client.Read();
    BOOST_TEST(answer.body == "pong");
    BOOST_TEST(answer.header.find("Connection: close\r\n") != std::string::npos);
    BOOST_TEST((client.WaitForEnd() == Client::End::closed));
  }

  SecureClient nobody(Port(), {});
  BOOST_TEST(nobody.Get("/ping").body == "pong");
  const std::string certified = ", client_certificates: {ca: ca.pem, require: true}";
  Configure(Serving(2, ", client_certificates: {ca: ca.pem, require: false}"));
  BOOST_TEST(Reload().status == 0);
  BOOST_TEST(nobody.Get("/ping").body == "pong");
  Configure(Serving(2, certified));
  BOOST_TEST(Reload().status == 0);
  BOOST_TEST(nobody.Get("/ping").body == "pong");
  BOOST_TEST(nobody.IsEnded());
}

BOOST_AUTO_TEST_CASE(what_does_not_have_what_is_demanded_is_not_rescued_either, *NeedsRescue()) {
  Start(InClear());
  Client begun(Port());
  begun.Send("GET /pi");
  BOOST_TEST(Eventually([this] { return Status()["connections"]["open"] == 1; }));
  Configure(Serving());
  BOOST_TEST(Reload().status == 0);
  const std::size_t from = LogSize();
  for (const pid_t pid : WorkerPids("draining")) Kill(pid, SIGKILL);
  WaitForLog({"ends a connection whose listener is gone"}, from);
  begun.Send("ng HTTP/1.1\r\nHost: a.example\r\n\r\n");
  BOOST_TEST(begun.Read().status == 503);
  BOOST_TEST((begun.WaitForEnd() == Client::End::closed));
}

BOOST_AUTO_TEST_CASE(a_session_that_waits_goes_on_by_any_crypto, *NeedsRescue()) {
  for (const std::string crypto : {"openssl", "auto"}) {
    Start(Serving().Set("tls", "{crypto: " + crypto + "}"));
    SecureClient client(Port(), {});
    BOOST_TEST(client.Get("/ping").body == "pong");
    for (int i = 0; i < 3; ++i) {
      const std::size_t from = LogSize();
      for (const pid_t pid : WorkerPids()) Kill(pid, SIGKILL);
      WaitForLog({"rescued connections"}, from);
      BOOST_TEST(client.Get("/ping").body == "pong");
    }
    BOOST_TEST(Stop() == 0);
    BOOST_TEST(client.IsEnded());
  }
}

BOOST_AUTO_TEST_CASE(half_a_request_goes_on_too, *NeedsRescue()) {
  Start(Serving(1));
  SecureClient client(Port(), {});
  client.Send("GET /pi");
  BOOST_TEST(Eventually([this] { return Status()["connections"]["open"] == 1; }));
  const std::size_t from = LogSize();
  Kill(WorkerPids().front(), SIGKILL);
  WaitForLog({"rescued connections"}, from);
  client.Send("ng HTTP/1.1\r\nHost: a.example\r\n\r\n");
  BOOST_TEST(client.Read().body == "pong");
}

BOOST_AUTO_TEST_CASE(a_request_that_ends_its_worker_alone_pays, *NeedsRescue()) {
  Start(Serving());
  SecureClient other(Port(), {});
  BOOST_TEST(other.Get("/ping").body == "pong");
  SecureClient culprit(Port(), {});
  BOOST_TEST(culprit.Get("/chaos/segv").status == 500);
  BOOST_TEST(other.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(the_last_answer_is_followed_by_an_end_that_the_client_can_trust) {
  Start(Serving());
  SecureClient client(Port(), {});
  client.Send("GET /ping HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  BOOST_TEST(client.Read().body == "pong");
  BOOST_TEST(client.IsEnded());
}

BOOST_AUTO_TEST_CASE(programs_hear_of_the_session_and_of_a_clients_certificate) {
  const Identity authority = Make({.subject = "authority", .is_authority = true});
  const Identity alice = Make({.subject = "alice",
                               .issuer = &authority,
                               .extensions = {{"extendedKeyUsage", "clientAuth"}}});
  Write("ca.pem", authority.Certificate());
  Write("env.sh",
        "#!/bin/sh\nall=$(env | grep -E '^(HTTPS|REQUEST_SCHEME|SERVER_PORT|SSL_)' | grep -v CERT; "
        "echo .)\n"
        "printf 'Content-Type: text/plain\\nContent-Length: %s\\n\\n%s' ${#all} \"$all\"\n");
  std::filesystem::permissions(Path("env.sh"), std::filesystem::perms::owner_all |
                                                   std::filesystem::perms::others_read |
                                                   std::filesystem::perms::others_exec);
  Start(Serving(1, ", client_certificates: {ca: ca.pem, require: true}")
            .Route("/env", Program("file: \"${DIR}/env.sh\"")));
  BOOST_CHECK_THROW(
      {
        SecureClient nobody(Port(), {});
        nobody.Get("/ping");
      },
      std::runtime_error);
  SecureClient client(Port(), {.identity = &alice});
  client.Send("GET /env HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
  std::string all;
  try {
    all = client.Read().body;
  } catch (const std::exception& error) {
    BOOST_TEST(false, error.what());
  }
  const std::vector<std::string> expected = {"SERVER_PORT=" + std::to_string(Port()),
                                             "HTTPS=on",
                                             "REQUEST_SCHEME=https",
                                             "SSL_PROTOCOL=TLSv1.3",
                                             "SSL_CLIENT_VERIFY=SUCCESS",
                                             "SSL_CLIENT_S_DN=CN=alice",
                                             "SSL_SERVER_NAME=a.example"};
  for (const std::string& line : expected) {
    BOOST_TEST(all.find(line + "\n") != std::string::npos, line + " in " + all);
  }
}

BOOST_AUTO_TEST_SUITE_END()
