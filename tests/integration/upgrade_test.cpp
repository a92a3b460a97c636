// Upgrade in place: the program is replaced, the service is not. And what becomes of a replacement
// that cannot serve.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined;
using namespace tined::test;

namespace {

Config Serving() {
  return Config().Workers(2).Route("/", Files("${DIR}/www")).Route("/ping", Respond("pong\\n"));
}

/// A server whose program file is its own, so that it can be replaced.
class Upgradable : public Server {
 public:
  Upgradable() {
    Write("www/small", kSmall);
    Write("www/large", kLarge);
    program = Path("tined");
    InstallTined();
  }

  void InstallTined() const {
    // A file that runs cannot be written to; a name can be given to another one.
    std::filesystem::copy_file(Built("tined"), Path("tined.new"));
    std::filesystem::copy_file(Built("tined-executor"), Path("tined-executor.new"));
    std::filesystem::rename(Path("tined-executor.new"), Path("tined-executor"));
    std::filesystem::rename(Path("tined.new"), Path("tined"));
  }
  void Install(const std::string& contents) const {
    Write("tined.new", contents);
    std::filesystem::permissions(Path("tined.new"), std::filesystem::perms(0755));
    std::filesystem::rename(Path("tined.new"), Path("tined"));
  }
  [[nodiscard]] Load::Settings LoadSettings(int connections) const {
    return {.port = Port(),
            .connections = connections,
            .pipelined = 2,
            .files = {{"/small", kSmall}, {"/large", kLarge}, {"/ping", "pong\n"}},
            .may_close = false};
  }

  const std::string kSmall = std::string(1024, 's');
  const std::string kLarge = std::string(1 << 20, 'l');
};

/// Waits until the clients have had that many answers more.
void ExpectProgress(const Load& load, std::uint64_t more) {
  const std::uint64_t before = load.answers();
  BOOST_TEST(Eventually([&] { return load.answers() >= before + more; }));
}

void ExpectUpgraded(const Server& server) {
  const Finished upgraded = server.Ctl({"upgrade"});
  BOOST_TEST(upgraded.errors == "");
  BOOST_TEST(upgraded.status == 0);
}

void ExpectRefused(const Server& server, const std::string& why) {
  const auto workers = server.WorkerPids();
  const Finished refused = server.Ctl({"upgrade"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(refused.errors.find(why) != std::string::npos, refused.errors);
  server.WaitForLog({"upgrade failed", why});
  BOOST_TEST(server.WorkerPids() == workers, boost::test_tools::per_element());
  BOOST_TEST(server.Status()["state"] == "serving");
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(upgrade)

BOOST_AUTO_TEST_CASE(five_upgrades_cost_no_client_anything) {
  constexpr int kConnections = 16;
  Upgradable server;
  server.Start(Serving());
  const auto first_workers = server.WorkerPids();
  Load load(server.LoadSettings(kConnections));
  for (int i = 1; i <= 5; ++i) {
    ExpectProgress(load, 50);
    server.InstallTined();
    ExpectUpgraded(server);
    BOOST_TEST(server.Status()["upgrades"]["done"] == i);
    BOOST_TEST(server.Status()["generation"] == i + 1);
  }
  ExpectProgress(load, 50);
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  BOOST_TEST(load.closes() == 0U);
  const nlohmann::json status = server.Status();
  BOOST_TEST(status["pid"] == server.pid());
  BOOST_TEST(status["connections"]["accepted"] == kConnections);
  BOOST_TEST(status["requests"] == load.answers());
  for (const pid_t worker : server.WorkerPids()) {
    BOOST_TEST(std::count(first_workers.begin(), first_workers.end(), worker) == 0);
  }
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(what_was_counted_for_limits_counts_in_the_next_program) {
  Upgradable server;
  server.Write("wait", "#!/bin/sh\nread word < $DIR/fifo\necho Content-Type: text/plain\necho\n");
  std::filesystem::permissions(server.Path("wait"), std::filesystem::perms(0755));
  BOOST_REQUIRE(::mkfifo(server.Path("fifo").c_str(), 0666) == 0);
  server.Start(Serving()
                   .Route("/often", Respond("hi"), "limits: {rate: {requests: 1/h}}")
                   .Route("/wait", Program("file: \"${DIR}/wait\", environment: {DIR: \"${DIR}\"}"),
                          "limits: {in_flight: 1}"));
  BOOST_TEST(GetOnce(server.Port(), "/often").status == 200);
  Client waiting(server.Port());
  waiting.SendGet("/wait");
  Descriptor words;
  BOOST_REQUIRE(Eventually([&] {
    words = Descriptor(::open(server.Path("fifo").c_str(), O_WRONLY | O_NONBLOCK));
    return static_cast<bool>(words);
  }));
  for (int i = 0; i < 2; ++i) {
    server.InstallTined();
    ExpectUpgraded(server);
    BOOST_TEST(GetOnce(server.Port(), "/often").status == 429);
    BOOST_TEST(GetOnce(server.Port(), "/wait").status == 503);
  }
  BOOST_REQUIRE(::write(words.get(), "hello\n", 6) == 6);
  BOOST_TEST(waiting.Read().status == 200);
  words = {};
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(sigusr2_is_the_same) {
  Upgradable server;
  server.Start(Serving());
  Client client(server.Port());
  BOOST_TEST(client.Get("/ping").body == "pong\n");
  server.Signal(SIGUSR2);
  server.WaitForLog({"info upgraded ", "gen=2", "workers=2"});
  BOOST_TEST(client.Get("/ping").body == "pong\n");
  BOOST_TEST(server.Status()["upgrades"]["done"] == 1);
}

BOOST_AUTO_TEST_CASE(the_new_program_goes_by_the_configuration_of_now) {
  Upgradable server;
  server.Start(Serving());
  server.Configure(Config().Workers(3).Route("/", Respond("two")));
  ExpectUpgraded(server);
  BOOST_TEST(GetOnce(server.Port(), "/").body == "two");
  BOOST_TEST(server.WorkerPids().size() == 3U);
}

BOOST_AUTO_TEST_CASE(unix_sockets_and_those_of_systemd_stay_the_same) {
  Descriptor passed(Check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Check(::bind(passed.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  Check(::listen(passed.get(), 16), "listen");
  Upgradable server;
  server.StartWithSockets(Config()
                              .Workers(1)
                              .Listener("web", "systemd:web")
                              .Route("/", Respond("passed"))
                              .Listener("local", "unix:${DIR}/local")
                              .Route("/", Respond("local")),
                          {{"web", passed.get()}});
  passed.Reset();
  for (int i = 0; i < 3; ++i) {
    ExpectUpgraded(server);
    BOOST_TEST(GetOnce(server.Port(), "/").body == "passed");
    BOOST_TEST(Client(server.Path("local")).Get("/").body == "local");
  }
  BOOST_TEST(server.Stop() == 0);
  BOOST_TEST(!std::filesystem::exists(server.Path("local")));
  BOOST_TEST(!std::filesystem::exists(server.Path("control.sock")));
}

BOOST_AUTO_TEST_CASE(a_worker_from_before_the_upgrade_is_rescued_after_it, *NeedsRescue()) {
  Upgradable server;
  server.Start(Serving());
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) BOOST_TEST(clients.emplace_back(server.Port()).Get("/ping").status);
  // Stopped workers give nothing away: their connections are theirs until they die.
  const auto old = server.WorkerPids();
  for (const pid_t worker : old) Kill(worker, SIGSTOP);
  ExpectUpgraded(server);
  for (const pid_t worker : old) Kill(worker, SIGKILL);
  for (Client& client : clients) BOOST_TEST(client.Get("/ping").body == "pong\n");
  BOOST_TEST(server.Status()["rescued"]["taken"] == clients.size());
  BOOST_TEST(server.Status()["rescued"]["lost"] == 0);
}

BOOST_AUTO_TEST_CASE(counters_and_restarts_go_on) {
  Upgradable server;
  server.Start(Serving());
  for (int i = 0; i < 10; ++i) BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
  server.KillWorker(0, SIGKILL);
  BOOST_TEST(Eventually([&] { return server.Status()["workers"]["serving"] == 2; }));
  BOOST_TEST(server.Reload().status == 0);
  ExpectUpgraded(server);
  const nlohmann::json status = server.Status();
  BOOST_TEST(status["requests"] == 10);
  BOOST_TEST(status["workers"]["restarts"] == 1);
  BOOST_TEST(status["reloads"]["done"] == 1);
}

BOOST_AUTO_TEST_CASE(a_program_that_fails_its_check_is_refused_with_its_own_words) {
  Upgradable server;
  server.Start(Serving());
  server.Install("#!/bin/sh\necho 'this one is broken' >&2\nexit 1\n");
  ExpectRefused(server, "this one is broken");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_program_is_refused) {
  Upgradable server;
  server.Start(Serving());
  server.Install("\x7f nonsense");
  ExpectRefused(server, "cannot be run: Exec format error");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_gone_is_refused) {
  Upgradable server;
  server.Start(Serving());
  std::filesystem::remove(server.Path("tined"));
  ExpectRefused(server, "tined: No such file or directory");
}

BOOST_AUTO_TEST_CASE(another_program_is_refused) {
  Upgradable server;
  server.Start(Serving());
  server.Install("#!/bin/sh\nexit 0\n");
  ExpectRefused(server, "does not say that it can take over");
}

BOOST_AUTO_TEST_CASE(a_configuration_that_the_new_program_cannot_read_is_told) {
  Upgradable server;
  server.Start(Serving());
  server.Configure("nonsense: 1\n");
  ExpectRefused(server, "nonsense");
  // The next one is as good as if there had been none before.
  server.Configure(Serving());
  ExpectUpgraded(server);
  const nlohmann::json upgrades = server.Status()["upgrades"];
  BOOST_TEST(upgrades["done"] == 1);
  BOOST_TEST(upgrades["failed"] == 1);
}

BOOST_AUTO_TEST_CASE(a_program_that_fails_after_its_check_gives_way_to_the_earlier_one) {
  Upgradable server;
  server.Start(Serving());
  Load load(server.LoadSettings(4));
  ExpectProgress(load, 10);
  // What was good when it was checked is not any more when it starts.
  server.Install(R"(#!/bin/bash
case "$*" in
  *--check*) ;;
  *) echo 'nonsense: 1' > ")" +
                 server.Path("tined.yaml") + R"(" ;;
esac
exec )" + Built("tined") +
                 " \"$@\"\n");
  const std::size_t from = server.LogSize();
  server.Signal(SIGUSR2);
  server.WaitForLog({"going back to the earlier program"}, from);
  server.WaitForLog({"the workers of the earlier program go on serving"}, from);
  ExpectProgress(load, 50);
  BOOST_TEST(server.Status()["state"] == "upgrading");
  server.Configure(Serving());
  server.WaitForLog({"upgrade failed", "the new program could not take over", "nonsense"}, from);
  BOOST_TEST(server.Status()["state"] == "serving");
  BOOST_TEST(server.Status()["upgrades"]["failed"] == 1);
  ExpectProgress(load, 50);
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  BOOST_TEST(server.Status()["pid"] == server.pid());
}

/// More of them than the way to the workers holds wait in the supervisor. Its program cannot take
/// over: what waits there is not lost when it goes back.
BOOST_AUTO_TEST_CASE(a_program_that_goes_back_leaves_no_rescued_connection_behind, *NeedsRescue()) {
  Upgradable server;
  const Config good = Serving().Route("/echo", Module("echo"));
  server.Start(good);
  const auto old = server.WorkerPids();
  BOOST_REQUIRE(old.size() == 2U);
  Kill(old[0], SIGSTOP);
  const std::string body(30000, 'b');
  std::vector<Client> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back(server.Port())
        .Send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 30001\r\n\r\n" + body);
  }
  BOOST_REQUIRE(Eventually([&] {
    return server.Status()["bytes"]["received"].get<std::uint64_t>() > clients.size() * body.size();
  }));
  // Its first worker never becomes ready.
  server.Configure(Config(good).Route("/chaos", Module("chaos", "settings: {at_start: hang}")));
  server.Signal(SIGUSR2);
  pid_t canary = -1;
  BOOST_REQUIRE(Eventually([&] {
    const auto starting = server.WorkerPids("starting");
    if (!starting.empty()) canary = starting.front();
    return canary > 0;
  }));
  Kill(old[1], SIGKILL);
  BOOST_REQUIRE(Eventually([&] { return server.Status()["rescued"]["waiting"] > 0; }));
  server.Configure(good);
  Kill(canary, SIGKILL);
  server.WaitForLog({"cannot take over"});
  Kill(old[0], SIGCONT);
  server.WaitForLog({"the same program as before goes on"});
  for (Client& client : clients) {
    client.Send("e");
    BOOST_TEST((client.Read().body == body + "e"));
  }
  BOOST_TEST(server.Status()["rescued"]["lost"] == 0);
}

BOOST_AUTO_TEST_CASE(tinectl_waits_for_a_program_that_goes_back_to_the_earlier_one) {
  Upgradable server;
  server.Start(Serving());
  const std::string config = server.Path("tined.yaml");
  // Bad for the new program alone.
  server.Install("#!/bin/bash\ncase \"$*\" in *--check*) ;; *) cp " + config + " " + config +
                 ".good; echo 'nonsense: 1' > " + config + "; (sleep 1; mv " + config + ".good " +
                 config + ") & ;; esac\nexec " + Built("tined") + " \"$@\"\n");
  const Finished failed = server.Ctl({"upgrade"});
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find("the new program could not take over") != std::string::npos);
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong\n");
}

BOOST_AUTO_TEST_CASE(an_ordered_number_of_workers_is_kept_until_the_next_reload) {
  Upgradable server;
  server.Start(Serving());
  BOOST_TEST(server.Ctl({"scale", "4"}).status == 0);
  for (int i = 0; i < 2; ++i) {
    ExpectUpgraded(server);
    BOOST_TEST(server.Status()["workers"]["wanted"] == 4);
  }
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(server.Status()["workers"]["wanted"] == 2);
  ExpectUpgraded(server);
  BOOST_TEST(server.Status()["workers"]["wanted"] == 2);
}

BOOST_AUTO_TEST_CASE(what_executors_have_done_is_counted_on) {
  Upgradable server;
  server.Start(Serving()
                   .Set("backends", "{processes: {timeout: 2s}}")
                   .Route("/m", Module("hello-c", "run: process"))
                   .Route("/chaos", Module("chaos", "run: process")));
  const auto counted = [&](const char* what) {
    return server.Status()["executors"][what].get<int>();
  };
  for (int i = 0; i < 3; ++i) BOOST_TEST(GetOnce(server.Port(), "/m").status == 200);
  BOOST_TEST(GetOnce(server.Port(), "/chaos/hang").status == 504);
  // Their spawner counts them, in a moment of its own.
  BOOST_TEST(Eventually([&] { return counted("timed_out") == 1 && counted("requests") == 4; }));
  ExpectUpgraded(server);
  BOOST_TEST(counted("requests") == 4);
  BOOST_TEST(counted("timed_out") == 1);
  BOOST_TEST(GetOnce(server.Port(), "/m").status == 200);
  BOOST_TEST(Eventually([&] { return counted("requests") == 5; }));
}

BOOST_AUTO_TEST_SUITE_END()
