// Certificates in operation: files that are wrong, renewed, overwritten, about to expire; and
// handshakers that run out of descriptors.
#include <signal.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <optional>
#include <thread>

#include "base/error.hpp"
#include "tests/certificates.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/secure_client.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;
using std::chrono::hours;

namespace {

struct Site : Server {
  Site() { WritePair(); }

  /// A pair for a.example that expires then; whom its certificate names as subject besides.
  void WritePair(hours left = hours(24 * 30), const std::string& subject = "a.example") const {
    const Identity pair =
        Make({.subject = subject, .names = "DNS:a.example", .expires = Now() + left});
    Write("a.pem", pair.Certificate());
    Write("a.key", pair.PrivateKey());
  }
  static std::string Serving(const std::string& more = "") {
    return Config()
        .Workers(1)
        .Listener("web", "127.0.0.1:0",
                  "tls: {certificates: [{certificate: a.pem, key: a.key" + more + "}]}")
        .Route("/", Respond("secret"));
  }
  /// Written over what is there, as by `cp`: whoever has it open sees it.
  void Overwrite(const std::string& name, const std::string& contents) const {
    std::ofstream(Path(name), std::ios::trunc) << contents;
  }
  void ExpectServed() const { BOOST_TEST(SecureClient(Port(), {}).Get("/").body == "secret"); }
  [[nodiscard]] pid_t Handshaker() const {
    const std::vector<pid_t> children = ChildrenOf(pid());
    const auto found = std::find_if(children.begin(), children.end(), [](pid_t child) {
      std::string name;
      std::getline(std::ifstream("/proc/" + std::to_string(child) + "/comm"), name);
      return name == "tined handshake";
    });
    return found == children.end() ? -1 : *found;
  }
  [[nodiscard]] Finished Check() const {
    return RunProgram({Built("tined"), "--check", "--config", Path("tined.yaml")});
  }
  void ExpectRefused(const std::vector<std::string>& words) const {
    const Finished check = Check();
    BOOST_TEST(check.status == 2);
    for (const std::string& word : words) BOOST_TEST(Contains(check.errors, word), check.errors);
    BOOST_TEST(Contains(check.errors, "tined.yaml:"), check.errors);
  }
};

/// The least number that no descriptor of a process has.
rlim_t FirstFreeDescriptor(pid_t pid) {
  rlim_t number = 0;
  while (std::filesystem::is_symlink(std::filesystem::symlink_status(
      "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(number)))) {
    ++number;
  }
  return number;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(certificates, Site)

BOOST_AUTO_TEST_CASE(a_check_tells_each_file_that_is_wrong) {
  Configure(Serving());
  BOOST_TEST(Check().status == 0);
  WritePair(hours(-1));
  ExpectRefused({"a.pem", "expired"});

  const Identity root = MakeAuthority("root");
  const Identity between = MakeAuthority("between", &root);
  const Identity pair = Make({.names = "DNS:a.example", .issuer = &between});
  Write("a.key", pair.PrivateKey());
  Write("a.pem", pair.Certificate() + root.Certificate());
  ExpectRefused({"a.pem", "between"});
  Write("a.pem", pair.Certificate() + between.Certificate());
  BOOST_TEST(Check().status == 0);

  Write("a.key", Make({}).PrivateKey());
  ExpectRefused({"a.key"});
  Write("a.key", "nonsense");
  ExpectRefused({"a.key"});
  std::filesystem::remove(Path("a.key"));
  ExpectRefused({"a.key", "cannot be read: No such file"});
  std::filesystem::create_directory(Path("a.key"));
  ExpectRefused({"a.key", "cannot be read: Is a directory"});
}

BOOST_AUTO_TEST_CASE(one_that_expires_soon_is_told_at_the_start_and_in_the_status) {
  WritePair(hours(24 * 10));
  Start(Serving());
  WaitForLog({"a certificate expires soon", "listener=web", "a.example"});
  const nlohmann::json told = Status().at("listeners").at(0).at("certificates").at(0);
  const auto left =
      told.at("expires").get<std::int64_t>() - std::chrono::system_clock::to_time_t(Now());
  BOOST_TEST(left > 9 * 86400);
  BOOST_TEST(left <= 10 * 86400);
  // One that does not is nothing to warn of.
  const int before = CountLog("a certificate expires soon");
  WritePair();
  BOOST_TEST(Reload().status == 0);
  ExpectServed();
  BOOST_TEST(CountLog("a certificate expires soon") == before);
}

BOOST_AUTO_TEST_CASE(an_answer_of_ocsp_is_read_again_when_its_file_changes) {
  const Identity authority = MakeAuthority("authority");
  const Identity pair = Make({.names = "DNS:a.example", .issuer = &authority});
  Write("a.pem", pair.Certificate() + authority.Certificate());
  Write("a.key", pair.PrivateKey());
  const std::string first = OcspAnswer(authority, pair, Now() + hours(2));
  const std::string second = OcspAnswer(authority, pair, Now() + hours(5));
  const auto staple = [this] { return SecureClient(Port(), {.asks_for_staple = true}).Staple(); };
  Write("a.der", first);
  Start(Serving(", ocsp: a.der"));
  BOOST_TEST((staple() == first));
  Write("a.der", second);
  BOOST_TEST(Eventually([&] { return staple() == second; }));
  // It is part of what one that takes its place begins with.
  BOOST_TEST(Kill(Handshaker(), SIGKILL) == 0);
  BOOST_TEST(Eventually([this] { return Status().at("handshakers").at("restarts") == 1; }));
  BOOST_TEST((staple() == second));
}

BOOST_AUTO_TEST_CASE(what_is_written_over_the_files_is_for_the_next_reload) {
  Start(Serving());
  Overwrite("a.key", "half a key");
  Overwrite("a.pem", "half a certificate");
  for (int restarts = 1; restarts <= 2; ++restarts) {
    BOOST_TEST_REQUIRE(Handshaker() > 0);
    BOOST_TEST(Kill(Handshaker(), SIGKILL) == 0);
    BOOST_TEST(Eventually([&] { return Status().at("handshakers").at("restarts") == restarts; }));
    ExpectServed();
  }
  const Finished reload = Reload();
  BOOST_TEST(reload.status != 0);
  BOOST_TEST(Contains(reload.errors, "a.pem"), reload.errors);
  ExpectServed();
  WritePair(hours(24 * 40));
  BOOST_TEST(Reload().status == 0);
  ExpectServed();
  const nlohmann::json told = Status().at("listeners").at(0).at("certificates").at(0);
  BOOST_TEST(told.at("expires").get<std::int64_t>() >
             std::chrono::system_clock::to_time_t(Now() + hours(24 * 39)));
}

BOOST_AUTO_TEST_CASE(a_handshaker_without_descriptors_harms_nobody_and_goes_on_when_it_has_some) {
  Start(Serving());
  SecureClient established(Port(), {});
  BOOST_TEST(established.Get("/").body == "secret");
  const pid_t handshaker = Handshaker();
  BOOST_TEST_REQUIRE(handshaker > 0);
  // Once it has forgotten the connection that it has handed over.
  BOOST_TEST(Eventually([this] { return Status().at("handshakers").at("pending") == 0; }));
  rlimit before{};
  BOOST_TEST(::prlimit(handshaker, RLIMIT_NOFILE, nullptr, &before) == 0);
  const rlimit none{.rlim_cur = FirstFreeDescriptor(handshaker), .rlim_max = before.rlim_max};
  BOOST_TEST(::prlimit(handshaker, RLIMIT_NOFILE, &none, nullptr) == 0);
  std::string body;
  std::thread waits([&] {
    try {
      body = SecureClient(Port(), {}).Get("/").body;
    } catch (const std::exception& error) {
      body = error.what();
    }
  });
  WaitForLog({"cannot accept connections", "Too many open files"});
  for (int i = 0; i < 10; ++i) BOOST_TEST(established.Get("/").body == "secret");
  BOOST_TEST(::prlimit(handshaker, RLIMIT_NOFILE, &before, nullptr) == 0);
  waits.join();
  BOOST_TEST(body == "secret");
  BOOST_TEST(established.Get("/").body == "secret");
  BOOST_TEST(Handshaker() == handshaker);
}

BOOST_AUTO_TEST_SUITE_END()
