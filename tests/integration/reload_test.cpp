// Reload: what stays, what changes, what goes wrong without consequences.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <future>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

Config Answering(const std::string& text) { return Config().Workers(2).Route("/", Respond(text)); }

Config WithListener(Config config, const std::string& name, const std::string& address) {
  return config.Listener(name, address).Route("/", Respond("extra"));
}

/// Everything serves as before: the same workers, the same answer.
void ExpectUntouched(const Server& server, const std::vector<pid_t>& workers) {
  BOOST_TEST(GetOnce(server.Port(), "/").body == "one");
  BOOST_TEST(server.WorkerPids() == workers, boost::test_tools::per_element());
  BOOST_TEST(server.Status()["generation"] == 1);
  BOOST_TEST(server.Status()["reloads"]["failed"] == 1);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reload)

BOOST_AUTO_TEST_CASE(sighup_brings_a_new_configuration_into_service) {
  Server server;
  server.Start(Answering("one"));
  const auto old = server.WorkerPids();
  server.Configure(Answering("two"));
  server.Signal(SIGHUP);
  const std::size_t at = server.WaitForLog({"reloaded gen=2"});
  BOOST_TEST(GetOnce(server.Port(), "/").body == "two");
  for (const pid_t pid : old)
    server.WaitForLog({"worker has drained", "pid=" + std::to_string(pid)});
  BOOST_TEST(at > 0U);
}

BOOST_AUTO_TEST_CASE(tinectl_waits_for_the_outcome) {
  Server server;
  server.Start(Answering("one"));
  server.Configure(Answering("two"));
  const Finished done = server.Reload();
  BOOST_TEST(done.status == 0);
  BOOST_TEST(done.output == "reloaded: generation 2 serves\n");
  BOOST_TEST(GetOnce(server.Port(), "/").body == "two");
}

BOOST_AUTO_TEST_CASE(a_bad_file_changes_nothing_and_the_reason_is_told) {
  Server server;
  server.Start(Answering("one"));
  const auto workers = server.WorkerPids();
  server.Configure(Answering("two").Set("timeouts", "{idel: 5s}"));
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find("tined.yaml:") != std::string::npos);
  BOOST_TEST(failed.errors.find("idel") != std::string::npos);
  BOOST_TEST(failed.errors.find("did you mean `idle`") != std::string::npos);
  BOOST_TEST(server.HasLogged("reload failed", 1));
  ExpectUntouched(server, workers);
}

BOOST_AUTO_TEST_CASE(a_missing_file_changes_nothing) {
  Server server;
  server.Start(Answering("one"));
  const auto workers = server.WorkerPids();
  std::filesystem::remove(server.Path("tined.yaml"));
  BOOST_TEST(server.Reload().status == 1);
  ExpectUntouched(server, workers);
}

BOOST_AUTO_TEST_CASE(an_address_in_use_changes_nothing) {
  Server other;
  other.Start(Answering("other"));
  Server server;
  server.Start(Answering("one"));
  const auto workers = server.WorkerPids();
  const std::string taken = "127.0.0.1:" + std::to_string(other.Port());
  server.Configure(WithListener(Answering("two"), "more", taken));
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find("cannot listen on " + taken + " (listener `more`)") !=
             std::string::npos);
  ExpectUntouched(server, workers);
}

BOOST_AUTO_TEST_CASE(a_canary_that_cannot_start_changes_nothing) {
  if (::getuid() != 0) {
    BOOST_TEST_MESSAGE("needs a worker without the supervisor's rights");
    return;
  }
  Server server;
  server.Write("site/index.html", "hello");
  std::filesystem::permissions(server.Path("site"), std::filesystem::perms(0700));
  server.Start(Answering("one").Set("user", "nobody"));
  const auto workers = server.WorkerPids();
  server.Configure(Answering("two").Set("user", "nobody").Route("/site", Files("${DIR}/site")));
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find("ended before it was ready (exit 1)") != std::string::npos);
  ExpectUntouched(server, workers);
}

BOOST_AUTO_TEST_CASE(new_listeners_open_and_removed_ones_close) {
  Server server;
  server.Start(WithListener(Answering("one"), "gone", "127.0.0.1:0"));
  const std::uint16_t web = server.Port();
  const std::uint16_t gone = server.Port("gone");
  BOOST_TEST(GetOnce(gone, "/").body == "extra");
  server.Configure(WithListener(Answering("two"), "fresh", "unix:${DIR}/fresh.sock"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(web, "/").body == "two");
  BOOST_TEST(Client(server.Path("fresh.sock")).Get("/").body == "extra");
  BOOST_TEST(Eventually([&] {
    try {
      Client refused(gone);
      return false;
    } catch (const std::system_error& error) {
      return error.code().value() == ECONNREFUSED;
    }
  }));
  server.Configure(Answering("three"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(Eventually([&] { return !std::filesystem::exists(server.Path("fresh.sock")); }));
}

BOOST_AUTO_TEST_CASE(connections_waiting_in_the_backlog_of_a_listener_that_stays_are_served) {
  Server server;
  server.Start(Answering("one"));
  const auto stopped = server.WorkerPids();
  for (const pid_t pid : stopped) Kill(pid, SIGSTOP);
  Client waiting(server.Port());
  waiting.SendGet("/");
  server.Configure(Answering("two"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(waiting.Read().body == "two");
  for (const pid_t pid : stopped) Kill(pid, SIGCONT);
}

BOOST_AUTO_TEST_CASE(keep_alive_connections_go_on_under_the_new_configuration) {
  Server server;
  server.Start(Answering("one"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/").body == "one");
  for (const char* text : {"two", "three", "four"}) {
    server.Configure(Answering(text));
    BOOST_TEST(server.Reload().status == 0);
    BOOST_TEST(client.Get("/").body == text);
  }
}

BOOST_AUTO_TEST_CASE(no_request_fails_while_reloads_follow_each_other_under_load) {
  Server server;
  server.Start(Answering("same"));
  Load load({.port = server.Port(), .connections = 16, .files = {{"/", "same"}}});
  for (int i = 0; i < 10; ++i) BOOST_TEST(server.Reload().status == 0);
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  BOOST_TEST(load.closes() == 0U);
  BOOST_TEST(load.answers() > 100U);
}

BOOST_AUTO_TEST_CASE(a_storm_of_sighups_ends_with_the_last_configuration) {
  Server server;
  server.Start(Answering("one"));
  for (int i = 0; i < 50; ++i) server.Signal(SIGHUP);
  server.Configure(Answering("last"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/").body == "last");
  BOOST_TEST(server.Status()["reloads"]["failed"] == 0);
}

BOOST_AUTO_TEST_CASE(a_reload_waits_while_too_many_generations_drain) {
  Server server;
  server.Start(Answering("one"));
  // A half request to a listener that the next generation does not have keeps its worker.
  std::vector<Client> halves;
  for (int i = 1; i <= 8; ++i) {
    const std::string name = "own" + std::to_string(i);
    server.Configure(WithListener(Answering("one"), name, "unix:${DIR}/" + name));
    BOOST_TEST(server.Reload().status == 0);
    halves.emplace_back(server.Path(name)).Send("GET / HTTP/1.1\r\nHost: te");
    BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == i; }));
  }
  server.Configure(Answering("two"));
  BOOST_TEST(server.Reload().status == 0);
  server.Configure(Answering("last"));
  auto reload = std::async(std::launch::async, [&] { return server.Reload(); });
  server.WaitForLog({"the reload waits"});
  BOOST_TEST(server.Status()["generation"] == 10);
  halves.front().Send("st\r\n\r\n");
  BOOST_TEST(halves.front().Read().body == "extra");
  BOOST_TEST(reload.get().output == "reloaded: generation 11 serves\n");
  BOOST_TEST(GetOnce(server.Port(), "/").body == "last");
}

BOOST_AUTO_TEST_CASE(the_number_of_workers_follows_the_file) {
  Server server;
  server.Start(Answering("one"));
  server.Configure(Answering("two").Workers(4));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(server.WorkerPids().size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
