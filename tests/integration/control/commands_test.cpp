// tinectl: every command, as text and as JSON, its exit status, and what it says when there is
// nobody to talk to.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <future>
#include <iterator>

#include "tests/integration/built.hpp"
#include "tests/integration/control/site.hpp"

using namespace tined::test;
using nlohmann::json;

namespace {

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
  BOOST_TEST(Contains(failed.errors, file + ":3:7: `user` must be"));
  BOOST_TEST(Contains(failed.errors, file + ":2:11: unknown key `cuont`"));
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

BOOST_AUTO_TEST_CASE(an_answer_that_cannot_be_written_is_a_failure) {
  Server server;
  server.Start(TwoWorkers());
  const std::string ctl = Built("tinectl") + " --socket " + server.Path("control.sock");
  const std::string tined = Built("tined");
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
  std::ifstream file(Source("docs/control.md"));
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
