// tinectl and the control socket: every command, as text and as JSON, its exit status, and what it
// says when there is nobody to talk to.
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <future>
#include <iterator>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using nlohmann::json;

namespace {

Config TwoWorkers() { return Config().Workers(2).Route("/ping", Respond("pong\\n")); }

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// One line to the control socket of `server`, as a program of one's own would send it, and the
/// answer.
json AskRaw(const Server& server, const std::string& line) {
  Client client(server.Path("control.sock"));
  client.Send(line + "\n");
  std::string answer;
  while (!answer.ends_with('\n')) {
    char byte = 0;
    BOOST_REQUIRE(::recv(client.descriptor(), &byte, 1, 0) == 1);
    answer.push_back(byte);
  }
  return json::parse(answer);
}

/// A client of the protocol itself, which may say several lines at once.
class Caller {
 public:
  explicit Caller(const std::string& path) : client_(path) {}

  void Say(const std::string& bytes) { client_.Send(bytes); }
  void SayNoMore() { client_.ShutDown(); }
  json Answer() {
    std::string line;
    while (!line.ends_with('\n')) {
      char byte = 0;
      BOOST_REQUIRE(::recv(client_.descriptor(), &byte, 1, 0) == 1);
      line.push_back(byte);
    }
    return json::parse(line);
  }
  [[nodiscard]] bool IsClosed() { return client_.WaitForEnd() == Client::End::closed; }

 private:
  Client client_;
};

bool IsReachable(const std::string& path) {
  return RunProgram({TINECTL_BINARY, "--socket", path, "status"}).status == 0;
}

/// For a configuration with another control socket than that of every test.
Config ControlledAt(const std::string& control) {
  return TwoWorkers().Set("user", "root").Set("control", control);
}

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  BOOST_REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

boost::test_tools::assertion_result IsRoot(boost::unit_test::test_unit_id /*unit*/) {
  return ::geteuid() == 0;
}

/// Every key of `answer` and of what is in it, in the page's spelling; counters of modules have
/// names of their own.
void ExpectDocumented(const json& answer, const std::string& page) {
  for (const auto& [key, value] : answer.items()) {
    if (answer.is_object()) BOOST_TEST(Contains(page, "`" + key + "`"), key);
    if (value.is_structured() && key != "modules") ExpectDocumented(value, page);
  }
}

Finished Shell(const std::string& line) { return RunProgram({"/bin/sh", "-c", line}); }

}  // namespace

BOOST_AUTO_TEST_SUITE(control)

BOOST_AUTO_TEST_CASE(status_tells_people_what_is_served_and_how_it_goes) {
  Server server;
  server.Start(TwoWorkers());
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
  BOOST_TEST(GetOnce(server.Port(), "/none").status == 404);
  const Finished status = server.Ctl({"status"});
  BOOST_TEST(status.status == 0);
  BOOST_TEST(status.errors == "");
  const std::string port = std::to_string(server.Port());
  for (const std::string& part :
       {"serving, pid " + std::to_string(server.pid()) + ", up ",
        "listener     web on 127.0.0.1:" + port + "\n",
        std::string("workers      2 of 2 serving, 0 draining, 0 restarts\n"),
        std::string("generation   1; reloads: 0 done, 0 failed\n"), std::string("2 accepted"),
        std::string("requests     2 (2xx 1, 3xx 0, 4xx 1, 5xx 0)\n")}) {
    BOOST_TEST(Contains(status.output, part), part + " is not in\n" + status.output);
  }
}

BOOST_AUTO_TEST_CASE(status_tells_programs_the_same_in_json) {
  Server server;
  server.Start(TwoWorkers());
  BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
  const json status = server.Status();
  BOOST_TEST(status["ok"] == true);
  BOOST_TEST(status["state"] == "serving");
  BOOST_TEST(status["pid"] == server.pid());
  BOOST_TEST(status["generation"] == 1);
  BOOST_TEST(status["workers"]["wanted"] == 2);
  BOOST_TEST(status["listeners"][0]["name"] == "web");
  BOOST_TEST(status["requests"] == 1);
  BOOST_TEST(status["answers"]["2xx"] == 1);
  BOOST_TEST(status["bytes"]["sent"].get<int>() > 0);
  BOOST_TEST(status["lines_lost"]["log"] == 0);
}

BOOST_AUTO_TEST_CASE(counts_survive_the_workers_that_counted) {
  Server server;
  server.Start(TwoWorkers());
  for (int i = 0; i < 10; ++i) BOOST_TEST(GetOnce(server.Port(), "/ping").status == 200);
  server.KillWorker(0, SIGKILL);
  server.WaitForLog({"worker is ready worker=0"}, server.WaitForLog({"worker died"}));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(server.Status()["requests"] == 10);
  BOOST_TEST(server.Status()["workers"]["restarts"] == 1);
  BOOST_TEST(server.Status()["reloads"]["done"] == 1);
}

BOOST_AUTO_TEST_CASE(workers_has_a_line_for_each) {
  Server server;
  server.Start(TwoWorkers());
  const Finished workers = server.Ctl({"workers"});
  BOOST_TEST(workers.status == 0);
  BOOST_TEST(std::count(workers.output.begin(), workers.output.end(), '\n') == 3);
  BOOST_TEST(Contains(workers.output, "WORKER"));
  for (const pid_t pid : server.WorkerPids()) {
    BOOST_TEST(Contains(workers.output, " " + std::to_string(pid) + "  serving"));
  }
  const json first = server.Workers().at(0);
  BOOST_TEST(first["worker"] == 0);
  BOOST_TEST(first["generation"] == 1);
  BOOST_TEST(first["memory"].get<std::uint64_t>() > 0U);
}

BOOST_AUTO_TEST_CASE(workers_shows_a_slot_that_waits_for_its_next_child) {
  Server server;
  server.Start(TwoWorkers().Workers(2, "restart: {backoff: 1h, backoff_max: 1h}"));
  // The first death is made good at once.
  const std::size_t from = server.LogSize();
  server.KillWorker(1, SIGKILL);
  server.WaitForLog({"worker is ready worker=1"}, from);
  server.KillWorker(1, SIGKILL);
  server.WaitForLog({"worker died worker=1", "restart_in_ms=3600000"}, from);
  const json waiting = server.Workers().at(1);
  BOOST_TEST(waiting["worker"] == 1);
  BOOST_TEST(waiting["state"] == "waiting");
  BOOST_TEST(waiting["pid"].is_null());
  BOOST_TEST(waiting["restart_in_ms"].get<int>() > 3'500'000);
  BOOST_TEST(waiting["restarts"] == 2);
  const Finished text = server.Ctl({"workers"});
  BOOST_TEST(Contains(text.output, "        -  waiting "), text.output);
}

BOOST_AUTO_TEST_CASE(reload_prints_the_outcome_and_every_error) {
  Server server;
  server.Start(TwoWorkers());
  BOOST_TEST(server.Reload().output == "reloaded: generation 2 serves\n");
  BOOST_TEST(json::parse(server.Ctl({"reload", "--json"}).output)["generation"] == 3);
  server.Configure(TwoWorkers().Set("user", "[x]").Set("workers", "{cuont: 1}"));
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.output == "");
  const std::string file = "tinectl: " + server.Path("tined.yaml");
  BOOST_TEST(Contains(failed.errors, file + ":2:7: `user` must be"));
  BOOST_TEST(Contains(failed.errors, file + ":3:11: unknown key `cuont`"));
  const Finished as_json = server.Ctl({"--json", "reload"});
  BOOST_TEST(as_json.status == 1);
  BOOST_TEST(json::parse(as_json.output)["ok"] == false);
  BOOST_TEST(json::parse(as_json.output)["errors"].size() >= 2U);
}

BOOST_AUTO_TEST_CASE(check_looks_at_the_file_and_changes_nothing) {
  Server server;
  server.Start(TwoWorkers());
  BOOST_TEST(server.Ctl({"check"}).output == "the configuration is good\n");
  server.Configure(Config().Set("nonsense", "1").Route("/ping", Respond("pong\\n")));
  const Finished bad = server.Ctl({"check"});
  BOOST_TEST(bad.status == 1);
  BOOST_TEST(Contains(bad.errors, "tined.yaml:2:1: unknown key `nonsense`"));
  BOOST_TEST(server.Status()["generation"] == 1);
  BOOST_TEST(server.Status()["reloads"]["failed"] == 0);
}

BOOST_AUTO_TEST_CASE(scale_takes_a_number_it_can_have) {
  Server server;
  server.Start(TwoWorkers());
  const Finished scaled = server.Ctl({"scale", "3"});
  BOOST_TEST(scaled.status == 0);
  BOOST_TEST(scaled.output == "3 workers\n");
  BOOST_TEST(Eventually([&] { return server.WorkerPids().size() == 3; }));
  for (const char* count : {"0", "-1", "513"}) {
    const Finished refused = server.Ctl({"scale", count});
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.errors == "tinectl: the number of workers is 1 to 512\n");
  }
  BOOST_TEST(server.Ctl({"scale", "many"}).status == 2);
  BOOST_TEST(server.Ctl({"scale"}).status == 2);
}

BOOST_AUTO_TEST_CASE(stop_waits_for_the_end) {
  Server server;
  server.Start(TwoWorkers());
  Client busy(server.Port());
  busy.Send("GET /ping HTTP/1.1\r\nHost: te");
  BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
  auto stop = std::async(std::launch::async, [&] { return server.Ctl({"stop"}); });
  server.WaitForLog({"stopping"});
  BOOST_TEST((stop.wait_for(milliseconds(0)) == std::future_status::timeout));
  busy.Send("st\r\n\r\n");
  BOOST_TEST(busy.Read().body == "pong\n");
  const Finished stopped = stop.get();
  BOOST_TEST(stopped.status == 0);
  BOOST_TEST(stopped.output == "stopping, 2 workers drain\nstopped\n");
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(stop_need_not_wait) {
  Server server;
  server.Start(TwoWorkers());
  Client busy(server.Port());
  busy.Send("GET /ping HTTP/1.1\r\nHost: te");
  BOOST_REQUIRE(Eventually([&] { return server.Status()["connections"]["open"] == 1; }));
  const Finished stopped = server.Ctl({"stop", "--no-wait"});
  BOOST_TEST(stopped.status == 0);
  BOOST_TEST(stopped.output == "stopping, 2 workers drain\n");
  BOOST_TEST(server.Status()["state"] == "stopping");
  BOOST_TEST(server.Reload().errors == "tinectl: the service is stopping\n");
  busy.Send("st\r\n\r\n");
  BOOST_TEST(busy.Read().body == "pong\n");
  BOOST_TEST(server.WaitForEnd() == 0);
}

BOOST_AUTO_TEST_CASE(without_a_server_it_says_what_to_look_at) {
  const Server server;
  const Finished missing = server.Ctl({"status"});
  BOOST_TEST(missing.status == 1);
  BOOST_TEST(missing.output == "");
  BOOST_TEST(missing.errors ==
             "tinectl: cannot reach tined at " + server.Path("control.sock") +
                 ": No such file or directory (ENOENT): is tined running, with this `control` in "
                 "its configuration? (--socket PATH)\n");
}

BOOST_AUTO_TEST_CASE(a_dead_servers_socket_says_the_same_and_is_replaced_at_the_next_start) {
  Server server;
  server.Start(TwoWorkers());
  server.Signal(SIGKILL);
  BOOST_TEST(server.WaitForEnd() == 128 + SIGKILL);
  const Finished dead = server.Ctl({"status"});
  BOOST_TEST(dead.status == 1);
  BOOST_TEST(Contains(dead.errors, "Connection refused (ECONNREFUSED): is tined running"));
  server.Start(TwoWorkers());
  BOOST_TEST(server.Ctl({"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(bad_usage_is_status_2) {
  const Server server;
  BOOST_TEST(server.Ctl({}).status == 2);
  BOOST_TEST(server.Ctl({"dance"}).status == 2);
  BOOST_TEST(server.Ctl({"status", "--loud"}).status == 2);
  BOOST_TEST(server.Ctl({"status", "now"}).status == 2);
  BOOST_TEST(server.Ctl({"--help"}).status == 0);
  BOOST_TEST(Contains(server.Ctl({"--version"}).output, "tinectl "));
}

BOOST_AUTO_TEST_CASE(the_socket_is_for_its_owner_and_group_and_goes_with_the_server) {
  Server server;
  server.Start(TwoWorkers());
  const std::string path = server.Path("control.sock");
  struct stat status {};
  BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 0660U);
  BOOST_TEST(server.Stop() == 0);
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_answered_in_words) {
  Server server;
  server.Start(TwoWorkers());
  for (const char* line : {"hello", "[]", "{", "\xff", ""}) {
    BOOST_TEST(AskRaw(server, line)["errors"][0] == "a request is one JSON object in one line");
  }
  BOOST_TEST(AskRaw(server, R"({"command":"dance"})")["errors"][0] == "unknown command `dance`");
  BOOST_TEST(AskRaw(server, R"({"command":7})")["ok"] == false);
  BOOST_TEST(AskRaw(server, R"({"command":"scale","count":"x"})")["ok"] == false);
  BOOST_TEST(AskRaw(server, R"({"command":"status"})")["ok"] == true);
}

BOOST_AUTO_TEST_CASE(silent_talkative_and_numerous_clients_keep_nobody_out) {
  Server server;
  server.Start(TwoWorkers());
  std::vector<Client> silent;
  for (int i = 0; i < 40; ++i) silent.emplace_back(server.Path("control.sock"));
  BOOST_TEST(server.Ctl({"status"}).status == 0);
  Client talkative(server.Path("control.sock"));
  try {
    for (int i = 0; i < 1000; ++i) talkative.Send(std::string(1000, ' '));
    BOOST_ERROR("endless requests are taken");
  } catch (const std::system_error&) {
  }
  BOOST_TEST(server.Ctl({"status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_reload_can_move_the_socket) {
  Server server;
  server.Start(TwoWorkers());
  server.Write("tined.yaml", ControlledAt(server.Path("other.sock")));
  BOOST_TEST(server.Reload().output == "reloaded: generation 2 serves\n");
  const std::string other = server.Path("other.sock");
  BOOST_TEST(RunProgram({TINECTL_BINARY, "--socket", other, "status"}).status == 0);
}

BOOST_AUTO_TEST_CASE(a_control_socket_that_cannot_be_made_refuses_the_reload_whole) {
  Server server;
  server.Start(TwoWorkers());
  const std::uint16_t port = server.Port();
  server.Write("taken", "");
  server.Write("tined.yaml", Config()
                                 .Set("user", "root")
                                 .Set("control", server.Path("taken"))
                                 .Route("/ping", Respond("pang\\n")));
  const Finished refused = server.Reload();
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(Contains(refused.errors, "taken there is a file that is no socket already"));
  BOOST_TEST(server.Status()["generation"] == 1);
  BOOST_TEST(GetOnce(port, "/ping").body == "pong\n");
  BOOST_TEST(server.CountLog("worker started") == 2);
}

BOOST_AUTO_TEST_CASE(a_socket_that_was_moved_or_given_up_obeys_nobody) {
  Server server;
  server.Start(TwoWorkers());
  Caller idle(server.Path("control.sock"));
  Caller asking(server.Path("control.sock"));
  server.Write("tined.yaml", ControlledAt(server.Path("other.sock")));
  asking.Say("{\"command\":\"reload\"}\n{\"command\":\"status\"}\n");
  BOOST_TEST(asking.Answer()["generation"] == 2);
  BOOST_TEST(asking.IsClosed());
  BOOST_TEST(idle.IsClosed());
  BOOST_TEST(!std::filesystem::exists(server.Path("control.sock")));
  BOOST_TEST(IsReachable(server.Path("other.sock")));
  Caller last(server.Path("other.sock"));
  server.Write("tined.yaml", ControlledAt("none"));
  const std::size_t from = server.LogSize();
  server.Signal(SIGHUP);
  server.WaitForLog({"reloaded gen=3"}, from);
  BOOST_TEST(last.IsClosed());
  BOOST_TEST(!std::filesystem::exists(server.Path("other.sock")));
}

BOOST_AUTO_TEST_CASE(a_socket_that_was_removed_is_made_again_by_a_reload) {
  Server server;
  server.Start(TwoWorkers());
  std::filesystem::remove(server.Path("control.sock"));
  const std::size_t from = server.LogSize();
  server.Signal(SIGHUP);
  server.WaitForLog({"reloaded gen=2"}, from);
  BOOST_TEST(server.Status()["generation"] == 2);
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(server.Stop() == 0);
  BOOST_TEST(!std::filesystem::exists(server.Path("control.sock")));
}

BOOST_AUTO_TEST_CASE(its_directory_is_made_for_owner_and_group_whatever_the_umask) {
  Server server;
  server.wrapper = {"/bin/sh", "-c", "umask 0; exec \"$@\"", "sh"};
  server.environment = {"RUNTIME_DIRECTORY=" + server.Path("run")};
  server.Start(TwoWorkers());
  // The default's directory is made; it is where the environment says.
  server.Write("tined.yaml", TwoWorkers().Set("user", "root"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(ModeOf(server.Path("run")) == 0750U);
  BOOST_TEST(ModeOf(server.Path("run/control.sock")) == 0660U);
  BOOST_TEST(IsReachable(server.Path("run/control.sock")));
}

BOOST_AUTO_TEST_CASE(a_directory_of_another_user_is_refused,
                     *boost::unit_test::precondition(IsRoot)) {
  const Server server;
  std::filesystem::create_directory(server.Path("theirs"));
  BOOST_REQUIRE(::chown(server.Path("theirs").c_str(), 1, 1) == 0);
  std::filesystem::create_directory_symlink("/run", server.Path("link"));
  BOOST_REQUIRE(::lchown(server.Path("link").c_str(), 1, 1) == 0);
  for (const char* const place : {"theirs/control.sock", "link/control.sock"}) {
    server.Write("tined.yaml", ControlledAt(server.Path(place)));
    const Finished refused =
        RunProgram({TINED_BINARY, "--check", "--config", server.Path("tined.yaml")});
    BOOST_TEST(refused.status == 2);
    BOOST_TEST(Contains(refused.errors, " belongs to another user (uid 1)"), refused.errors);
  }
}

BOOST_AUTO_TEST_CASE(no_two_things_have_the_same_path) {
  const Server server;
  const std::string path = server.Path("x");
  const auto with_listener = [&](Config config) {
    return config.Listener("u", "unix:" + path).Route("/", Respond(""));
  };
  const auto with_log = [&](Config config) {
    return config.Set("access_log", "{path: " + path + "}");
  };
  for (const Config& config : {with_listener(ControlledAt(path)), with_log(ControlledAt(path)),
                               with_listener(with_log(ControlledAt("none")))}) {
    server.Write("tined.yaml", config);
    const Finished refused =
        RunProgram({TINED_BINARY, "--check", "--config", server.Path("tined.yaml")});
    BOOST_TEST(refused.status == 2);
    BOOST_TEST(Contains(refused.errors, " is taken by "), refused.errors);
  }
}

BOOST_AUTO_TEST_CASE(lines_that_come_together_are_answered_in_their_order) {
  Server server;
  server.Start(TwoWorkers());
  Caller caller(server.Path("control.sock"));
  caller.Say("{\"command\":\"reload\"}\n{\"command\":\"dance\"}\n{\"command\":\"status\"}\n{\"co");
  BOOST_TEST(caller.Answer()["generation"] == 2);
  BOOST_TEST(caller.Answer()["ok"] == false);
  BOOST_TEST(caller.Answer()["state"] == "serving");
  caller.Say("mmand\":\"workers\"}\n");
  BOOST_TEST(caller.Answer()["workers"].size() >= 2U);
}

BOOST_AUTO_TEST_CASE(who_has_said_everything_still_gets_the_answers) {
  Server server;
  server.Start(TwoWorkers());
  Caller caller(server.Path("control.sock"));
  caller.Say("{\"command\":\"reload\"}\n{\"command\":\"status\"}\n");
  caller.SayNoMore();
  BOOST_TEST(caller.Answer()["generation"] == 2);
  BOOST_TEST(caller.Answer()["state"] == "serving");
  BOOST_TEST(caller.IsClosed());
}

BOOST_AUTO_TEST_CASE(a_number_beyond_its_range_is_refused) {
  Server server;
  server.Start(TwoWorkers());
  for (const char* const number : {"4294967296", "-1", "2", "18446744073709551615",
                                   "-9223372036854775808", "1e3", "0.5", "true", "\"0\"", "null"}) {
    for (const char* const command : {"drain", "trace"}) {
      const json answer = AskRaw(
          server, std::string("{\"command\":\"") + command + "\",\"worker\":" + number + "}");
      BOOST_TEST(Contains(answer.dump(), "there is no such worker; they are 0 to 1"),
                 answer.dump());
    }
  }
  for (const char* const number : {"4294967297", "18446744073709551615", "0", "1e0"}) {
    const json answer =
        AskRaw(server, std::string("{\"command\":\"scale\",\"count\":") + number + "}");
    BOOST_TEST(answer["errors"][0] == "the number of workers is 1 to 512");
  }
  BOOST_TEST(AskRaw(server, R"({"command":"trace","worker":0,"on":1})")["errors"][0] ==
             "`on` is true or false");
  BOOST_TEST(server.CountLog("worker drains") == 0);
}

BOOST_AUTO_TEST_CASE(an_answer_that_cannot_be_written_is_a_failure) {
  Server server;
  server.Start(TwoWorkers());
  const std::string ctl = std::string(TINECTL_BINARY) + " --socket " + server.Path("control.sock");
  const std::string tined = TINED_BINARY;
  const std::string file = " --config " + server.Path("tined.yaml");
  for (const std::string& command :
       {ctl + " status", ctl + " --json status", ctl + " workers", ctl + " check", ctl + " scale 2",
        ctl + " reload", ctl + " --help", ctl + " --version", tined + " --print-config" + file,
        tined + " --check" + file, tined + " --help", tined + " --version"}) {
    const Finished full = Shell(command + " >/dev/full");
    BOOST_TEST(full.status == 1, command);
    BOOST_TEST(full.errors != "", command);
    BOOST_TEST(Shell(command + " >/dev/null").status == 0, command);
  }
}

BOOST_AUTO_TEST_CASE(without_a_server_programs_are_told_in_json) {
  const Server server;
  const Finished missing = server.Ctl({"--json", "status"});
  BOOST_TEST(missing.status == 1);
  const json answer = json::parse(missing.output);
  BOOST_TEST(answer["ok"] == false);
  BOOST_TEST(Contains(answer["errors"][0].get<std::string>(), "cannot reach tined at "));
}

BOOST_AUTO_TEST_CASE(every_field_of_the_answers_is_documented) {
  std::ifstream file(TINED_SOURCES "/docs/control.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  BOOST_REQUIRE(Contains(page, "## The protocol"));
  Server server;
  server.Start(TwoWorkers());
  for (const char* command : {"status", "workers"}) {
    ExpectDocumented(AskRaw(server, std::string(R"({"command":")") + command + "\"}"), page);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_command_is_named_with_the_nearest) {
  Server server;
  const Finished refused = server.Ctl({"statsu"});
  BOOST_TEST(refused.status == 2);
  BOOST_TEST(refused.errors ==
             "tinectl: unknown command `statsu` (did you mean `status`?); tinectl --help has them "
             "all\n");
  BOOST_TEST(Contains(server.Ctl({"foo"}).errors, "unknown command `foo`; "));
  server.Start(TwoWorkers());
  BOOST_TEST(AskRaw(server, R"({"command":"reloda"})")["errors"][0] ==
             "unknown command `reloda` (did you mean `reload`?)");
}

BOOST_AUTO_TEST_SUITE_END()
