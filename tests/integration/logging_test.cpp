// The event log in each of its forms, and the access log: what is written, when, and what a log
// that takes nothing more costs.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using tined::Check;
using tined::Descriptor;

namespace {

Config Serving() { return Config().Workers(2).Route("/", Respond("hello")); }

Config Logging(const std::string& path, const std::string& format = "common") {
  return Serving().Set("access_log", "{path: \"" + path + "\", format: " + format + "}");
}

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::size_t CountLines(const std::string& path) { return Lines(Contents(path)).size(); }

/// What happened to a child, in order: "worker started", "worker is ready" ...
std::vector<std::string> LifeOf(pid_t pid, const std::string& log) {
  const std::string suffix = " pid=" + std::to_string(pid);
  std::vector<std::string> life;
  for (const std::string& line : Lines(log)) {
    const std::size_t fields = line.find(" worker=");
    if ((line + " ").find(suffix + " ") == std::string::npos || fields == std::string::npos) {
      continue;
    }
    const std::size_t message = line.find("worker");
    life.push_back(line.substr(message, fields - message));
  }
  return life;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

/// The socket that journald would listen on, and what is sent to it.
class FakeJournal {
 public:
  using Entry = std::map<std::string, std::string>;

  explicit FakeJournal(const std::string& path)
      : socket_(Check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Check(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "bind");
    const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
    Check(::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
          "setsockopt");
  }

  /// The next entry whose message contains `text`.
  Entry WaitFor(const std::string& text) const {
    for (;;) {
      std::string bytes(65536, '\0');
      const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
      if (size < 0) {
        BOOST_FAIL("no entry with `" + text + "`");
        return {};
      }
      bytes.resize(static_cast<std::size_t>(size));
      Entry entry;
      for (const std::string& line : Lines(bytes)) {
        const std::size_t equals = line.find('=');
        BOOST_REQUIRE(equals != std::string::npos);
        entry[line.substr(0, equals)] = line.substr(equals + 1);
      }
      if (entry["MESSAGE"].find(text) != std::string::npos) return entry;
    }
  }

 private:
  Descriptor socket_;
};

/// Puts a server into a mount namespace of its own, where journald's socket is the one at
/// `journal`. False where this user may not make one.
bool GiveJournal(Server& server, const std::string& journal) {
  const std::string flags = ::getuid() == 0 ? "-m" : "-rm";
  if (RunProgram({"/usr/bin/unshare", flags, "/bin/true"}).status != 0) {
    BOOST_TEST_MESSAGE("needs a mount namespace of its own");
    return false;
  }
  server.wrapper = {"/usr/bin/unshare",
                    flags,
                    "/bin/sh",
                    "-ec",
                    "mount -t tmpfs none /run\n"
                    "mkdir -p /run/systemd/journal\n"
                    "touch /run/systemd/journal/socket\n"
                    "mount --bind '" +
                        journal +
                        "' /run/systemd/journal/socket\n"
                        "exec \"$@\"",
                    "sh"};
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logging)

BOOST_AUTO_TEST_CASE(one_line_for_each_event_of_a_childs_life_and_all_alike) {
  Server server;
  server.Start(Serving());
  const std::vector<pid_t> first = server.WorkerPids();
  server.KillWorker(0, SIGKILL);
  server.WaitForLog({"worker is ready worker=0"}, server.WaitForLog({"worker died"}));
  const pid_t replacement = server.WorkerPids().at(0);
  BOOST_TEST(server.Reload().status == 0);
  server.WaitForLog({"has drained", " pid=" + std::to_string(replacement)});
  server.WaitForLog({"has drained", " pid=" + std::to_string(first.at(1))});
  BOOST_TEST(server.Stop() == 0);
  const std::string log = server.Log();
  BOOST_TEST(Joined(LifeOf(first[0], log)) == "worker started, worker is ready, worker died");
  const std::string whole = "worker started, worker is ready, worker drains, worker has drained";
  BOOST_TEST(Joined(LifeOf(first[1], log)) == whole);
  BOOST_TEST(Joined(LifeOf(replacement, log)) == whole);
  for (const std::string& line : Lines(log)) {
    const std::size_t slot = line.find(" worker=");
    if (slot == std::string::npos) continue;
    const std::size_t generation = line.find(" gen=");
    BOOST_TEST(slot < generation, line);
    BOOST_TEST(generation < line.find(" pid="), line);
  }
}

BOOST_AUTO_TEST_CASE(json_has_one_object_a_line) {
  Server server;
  server.Launch(Serving().Set("log", "{format: json}"));
  server.WaitForLog({R"("message":"serving")"});
  server.KillWorker(1, SIGKILL);
  server.WaitForLog({R"("message":"worker died")"});
  BOOST_TEST(server.Stop() == 0);
  bool has_death = false;
  for (const std::string& line : Lines(server.Log())) {
    const auto event = nlohmann::json::parse(line);
    BOOST_TEST(event["time"].is_string());
    BOOST_TEST(event["level"].is_string());
    if (event["message"] != "worker died" || event["worker"] != 1) continue;
    has_death = true;
    BOOST_TEST(event["level"] == "error");
    BOOST_TEST(event["gen"] == 1);
    BOOST_TEST(event["pid"].is_number());
    BOOST_TEST(event["cause"] == "SIGKILL");
  }
  BOOST_TEST(has_death);
}

BOOST_AUTO_TEST_CASE(level_and_format_follow_a_reload) {
  Server server;
  server.Start(Serving());
  server.Configure(Serving().Set("log", "{level: error, format: json}"));
  BOOST_TEST(server.Reload().status == 0);
  const std::size_t at = server.LogSize();
  server.Signal(SIGTTIN);
  server.KillWorker(0, SIGKILL);
  server.WaitForLog({R"("message":"worker died")"}, at);
  BOOST_TEST(server.CountLog("scaled") == 0);
}

BOOST_AUTO_TEST_CASE(journald_gets_its_native_fields_from_supervisor_and_workers) {
  Server server;
  const FakeJournal journal(server.Path("journal.sock"));
  if (!GiveJournal(server, server.Path("journal.sock"))) return;
  server.Launch(Serving().Set("log", "{format: journald}"));
  FakeJournal::Entry ready = journal.WaitFor("worker is ready");
  BOOST_TEST(ready["PRIORITY"] == "6");
  BOOST_TEST(ready["SYSLOG_IDENTIFIER"] == "tined");
  BOOST_TEST(ready["WORKER"] == "0");
  BOOST_TEST(ready["GENERATION"] == "1");
  BOOST_TEST(ready["PID"] == std::to_string(server.WorkerPids().at(0)));
  BOOST_TEST(ready["MESSAGE"].starts_with("worker is ready worker=0 gen=1 pid="));
  journal.WaitFor("serving");
  server.KillWorker(0, SIGKILL);
  FakeJournal::Entry death = journal.WaitFor("worker died");
  BOOST_TEST(death["CAUSE"] == "SIGKILL");
  BOOST_TEST(death["SIGNAL"] == "SIGKILL");
  journal.WaitFor("worker is ready");
  // Workers speak for themselves: one that had kept the supervisor's socket would be mute by now.
  server.Signal(SIGKILL);
  FakeJournal::Entry orphan = journal.WaitFor("the supervisor is gone");
  BOOST_TEST(orphan["PRIORITY"] == "3");
  BOOST_TEST(orphan["GENERATION"] == "1");
  BOOST_TEST(server.WaitForEnd() == 128 + SIGKILL);
  BOOST_TEST(server.Log() == "");
}

BOOST_AUTO_TEST_CASE(auto_means_journald_when_standard_error_is_its_stream) {
  Server server;
  const FakeJournal journal(server.Path("journal.sock"));
  if (!GiveJournal(server, server.Path("journal.sock"))) return;
  server.wrapper.insert(
      server.wrapper.end(),
      {"/bin/sh", "-ec", "JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec \"$@\"", "sh"});
  server.Launch(Serving());
  BOOST_TEST(journal.WaitFor("serving")["PRIORITY"] == "6");
  BOOST_TEST(server.Log() == "");
}

BOOST_AUTO_TEST_CASE(a_journald_that_has_stopped_reading_holds_nothing_up) {
  Server server;
  const FakeJournal journal(server.Path("journal.sock"));
  if (!GiveJournal(server, server.Path("journal.sock"))) return;
  server.Launch(Serving().Set("log", "{format: journald}"));
  journal.WaitFor("serving");
  // It never reads again; what its socket does not take goes to standard error.
  server.Configure("nonsense");
  while (server.LogSize() == 0) BOOST_REQUIRE(server.Reload().status == 1);
  BOOST_TEST(server.Status()["state"] == "serving");
  BOOST_TEST(server.Log().find("error") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_event_log_on_a_full_disk_costs_lines_that_are_counted) {
  Server server;
  server.wrapper = {"/bin/sh", "-c", "exec \"$@\" 2>/dev/full", "sh"};
  server.Launch(Serving().Listener("sock", "unix:${DIR}/web.sock").Route("/", Respond("hello")));
  BOOST_REQUIRE(Eventually([&] { return server.Ctl({"status"}).status == 0; }));
  BOOST_REQUIRE(Eventually([&] { return server.Status()["state"] == "serving"; }));
  BOOST_TEST(server.Status()["lines_lost"]["log"].get<int>() >= 6);
  BOOST_TEST(Client(server.Path("web.sock")).Get("/").body == "hello");
  BOOST_TEST(server.Ctl({"status"}).output.find("lines lost   log ") != std::string::npos);
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(the_access_log_has_one_line_a_request_within_seconds) {
  Server server;
  server.Start(Logging("${DIR}/access.log", "combined"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/a?b=c", "Referer: http://from/\r\nUser-Agent: me\r\n").status == 200);
  const std::string path = server.Path("access.log");
  BOOST_REQUIRE(Eventually([&] { return CountLines(path) == 1; }));
  const std::string line = Contents(path);
  BOOST_TEST(line.starts_with("127.0.0.1 - - ["));
  BOOST_TEST(line.ends_with("] \"GET /a?b=c HTTP/1.1\" 200 5 \"http://from/\" \"me\"\n"));
}

BOOST_AUTO_TEST_CASE(each_format_of_the_access_log_is_written_and_follows_a_reload) {
  Server server;
  server.Start(Logging("${DIR}/common.log"));
  BOOST_TEST(GetOnce(server.Port(), "/one").status == 200);
  server.Configure(Logging("${DIR}/json.log", "json"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/two", "User-Agent: me\r\n").status == 200);
  BOOST_TEST(server.Stop() == 0);
  BOOST_TEST(Contents(server.Path("common.log")).ends_with("\"GET /one HTTP/1.1\" 200 5\n"));
  const auto json = nlohmann::json::parse(Contents(server.Path("json.log")));
  BOOST_TEST(json["target"] == "/two");
  BOOST_TEST(json["status"] == 200);
  BOOST_TEST(json["user_agent"] == "me");
}

BOOST_AUTO_TEST_CASE(no_line_is_lost_when_the_access_log_is_rotated_under_load) {
  Server server;
  server.Start(Logging("${DIR}/access.log"));
  const std::string path = server.Path("access.log");
  Load load({.port = server.Port(), .connections = 4, .files = {{"/", "hello"}}});
  std::uint64_t moved = 0;
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t before = load.answers();
    BOOST_REQUIRE(Eventually([&] { return load.answers() > before + 100; }));
    const std::string old = path + "." + std::to_string(i);
    std::filesystem::rename(path, old);
    const std::size_t at = server.LogSize();
    server.Signal(SIGUSR1);
    server.WaitForLog({"reopened the access log"}, at);
    BOOST_TEST(std::filesystem::exists(path));
  }
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  BOOST_TEST(server.Stop() == 0);
  for (int i = 0; i < 5; ++i) moved += CountLines(path + "." + std::to_string(i));
  BOOST_TEST(moved > 0U);
  BOOST_TEST(moved + CountLines(path) == load.answers());
}

BOOST_AUTO_TEST_CASE(the_access_log_is_reopened_for_workers_that_may_not_write_its_directory) {
  if (::getuid() != 0) {
    BOOST_TEST_MESSAGE("only root has privileges to drop");
    return;
  }
  Server server;
  server.Start(Logging("${DIR}/access.log").Set("user", "nobody"));
  const std::string path = server.Path("access.log");
  std::filesystem::rename(path, path + ".1");
  server.Signal(SIGUSR1);
  server.WaitForLog({"reopened the access log"});
  BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
  BOOST_TEST(Eventually([&] { return CountLines(path) == 1; }));
}

BOOST_AUTO_TEST_CASE(an_access_log_on_a_full_disk_costs_counted_lines_and_no_request) {
  Server server;
  server.Start(Logging("/dev/full"));
  const std::string target = "/" + std::string(4000, 'x');
  Client client(server.Port());
  int asked = 0;
  const auto lost = [&] { return server.Status()["lines_lost"]["access_log"].get<int>(); };
  for (; asked < 200; ++asked) BOOST_REQUIRE(client.Get(target).status == 200);
  BOOST_TEST(lost() > 0);
  BOOST_TEST(lost() < asked);
  // What the old workers had in their buffers counts when they end.
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(Eventually([&] { return lost() == asked; }));
  BOOST_TEST(client.Get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(an_access_log_that_cannot_be_opened_changes_nothing) {
  Server server;
  server.Start(Serving());
  server.Configure(Config()
                       .Set("access_log", "{path: \"${DIR}/missing/access.log\"}")
                       .Workers(2)
                       .Route("/", Respond("hello")));
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find("tined.yaml:2:20: the access log cannot be made in `") !=
             std::string::npos);
  BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(an_access_log_that_cannot_be_reopened_goes_on_in_the_old_file) {
  Server server;
  server.Write("logs/empty", "");
  server.Start(Logging("${DIR}/logs/access.log"));
  std::filesystem::rename(server.Path("logs"), server.Path("moved"));
  server.Signal(SIGUSR1);
  server.WaitForLog({"cannot reopen a log", "logs/access.log"});
  BOOST_TEST(GetOnce(server.Port(), "/").status == 200);
  BOOST_TEST(Eventually([&] { return CountLines(server.Path("moved/access.log")) == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
