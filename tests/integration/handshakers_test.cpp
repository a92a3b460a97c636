// Listeners with TLS, as their operator sees them: handshakers that are started, refused, replaced,
// and told of.
#include <boost/test/unit_test.hpp>

#include "server.hpp"
#include "tests/certificates.hpp"
#include "tests/integration/built.hpp"
#include "tests/kill.hpp"

using namespace tined::test;
using nlohmann::json;

namespace {

struct Secure : Server {
  Secure() { WritePair("a", "a.example"); }

  void WritePair(const std::string& name, const std::string& host) const {
    const Identity pair = Make({.subject = host, .names = "DNS:" + host});
    Write(name + ".pem", pair.Certificate());
    Write(name + ".key", pair.PrivateKey());
  }
  static std::string Yaml(const std::string& more = "", const std::string& body = "hello") {
    return "workers: {count: 1}\nlisteners:\n- name: web\n  address: 127.0.0.1:0\n"
           "  routes: [{respond: {body: " +
           body + "}}]\n  tls: {certificates: [{certificate: a.pem, key: a.key}]" + more + "}\n";
  }
  /// What curl says, who trusts nobody else's certificate.
  [[nodiscard]] Finished Get() const {
    const std::string port = std::to_string(Port());
    return RunProgram({"/usr/bin/curl", "-sS", "--max-time", "20", "--noproxy", "*", "--cacert",
                       Path("a.pem"), "--connect-to", "a.example:" + port + ":127.0.0.1:" + port,
                       "https://a.example:" + port + "/"});
  }
  [[nodiscard]] json Handshakers() const { return Status().at("handshakers"); }
  [[nodiscard]] pid_t HandshakerPid() const {
    const Finished found =
        RunProgram({"/usr/bin/pgrep", "-P", std::to_string(pid()), "-f", "^tined-handshaker"});
    return found.output.empty() ? -1 : std::stoi(found.output);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(handshakers, Secure)

BOOST_AUTO_TEST_CASE(a_client_is_answered_and_counted) {
  Start(Yaml());
  const Finished answer = Get();
  BOOST_TEST(answer.output == "hello", answer.errors);
  BOOST_TEST(Eventually([this] { return Handshakers().at("established") == 1; }));
  BOOST_TEST(Handshakers().at("count") == 1);
  BOOST_TEST(Handshakers().at("restarts") == 0);
}

BOOST_AUTO_TEST_CASE(certificates_are_told) {
  Start(Yaml());
  const json told = Status().at("listeners").at(0).at("certificates");
  BOOST_REQUIRE(told.size() == 1U);
  BOOST_TEST(told[0].at("names") == "a.example");
  BOOST_TEST(told[0].at("expires").get<std::int64_t>() > 0);
  WaitForLog({"certificate", "a.example"});
}

BOOST_AUTO_TEST_CASE(a_key_that_does_not_fit_refuses_a_reload_and_nothing_changes) {
  Start(Yaml());
  WritePair("b", "a.example");
  std::filesystem::copy_file(Path("b.key"), Path("a.key"),
                             std::filesystem::copy_options::overwrite_existing);
  const Finished reload = Reload();
  BOOST_TEST(reload.status != 0);
  BOOST_TEST(reload.errors.find("a.key") != std::string::npos, reload.errors);
  BOOST_TEST(reload.errors.find("tined.yaml:") != std::string::npos, reload.errors);
  const Finished answer = Get();
  BOOST_TEST(answer.output == "hello", answer.errors);
}

BOOST_AUTO_TEST_CASE(a_key_that_does_not_fit_is_told_by_a_check_and_refuses_the_start) {
  WritePair("b", "a.example");
  std::filesystem::copy_file(Path("b.key"), Path("a.key"),
                             std::filesystem::copy_options::overwrite_existing);
  Launch(Yaml());
  BOOST_TEST(WaitForEnd() != 0);
  const Finished check = RunProgram({Built("tined"), "--check", "--config", Path("tined.yaml")});
  BOOST_TEST(check.status == 2);
  BOOST_TEST(check.errors.find("a.key") != std::string::npos, check.errors);
}

BOOST_AUTO_TEST_CASE(a_handshaker_that_is_killed_is_replaced) {
  Start(Yaml());
  BOOST_REQUIRE(HandshakerPid() > 0);
  BOOST_TEST(Kill(HandshakerPid(), SIGKILL) == 0);
  BOOST_TEST(Eventually([this] { return Handshakers().at("restarts") == 1; }));
  const Finished answer = Get();
  BOOST_TEST(answer.output == "hello", answer.errors);
}

BOOST_AUTO_TEST_CASE(a_reload_brings_other_handshakers_and_an_upgrade_too) {
  Start(Yaml());
  const pid_t first = HandshakerPid();
  Configure(Yaml(", tickets: off", "again"));
  const Finished reload = Reload();
  BOOST_TEST(reload.status == 0, reload.errors);
  const Finished answer = Get();
  BOOST_TEST(answer.output == "again", answer.errors);
  BOOST_TEST(Eventually([&] { return HandshakerPid() > 0 && HandshakerPid() != first; }));
  const Finished upgrade = Ctl({"upgrade"});
  BOOST_TEST(upgrade.status == 0, upgrade.errors);
  const Finished after = Get();
  BOOST_TEST(after.output == "again", after.errors);
  BOOST_TEST(Handshakers().at("established") == 2);
  BOOST_TEST(Stop() == 0);
}

BOOST_AUTO_TEST_CASE(without_tls_again_there_are_none) {
  Start(Yaml());
  Configure("listeners: [{name: web, address: '127.0.0.1:0', routes: [{respond: {}}]}]\n");
  BOOST_TEST(Reload().status == 0);
  BOOST_TEST(Eventually([this] { return HandshakerPid() < 0; }));
  BOOST_TEST(!Status().contains("handshakers"));
}

BOOST_AUTO_TEST_SUITE_END()
