// The control socket: whose it is, where it is made and moved to, and whoever talks to it without
// tinectl.
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/integration/built.hpp"
#include "tests/integration/control/site.hpp"

using namespace tined::test;
using nlohmann::json;

namespace {

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
  return RunProgram({Built("tinectl"), "--socket", path, "status"}).status == 0;
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

}  // namespace

BOOST_AUTO_TEST_SUITE(control)

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
  BOOST_TEST(RunProgram({Built("tinectl"), "--socket", other, "status"}).status == 0);
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
        RunProgram({Built("tined"), "--check", "--config", server.Path("tined.yaml")});
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
        RunProgram({Built("tined"), "--check", "--config", server.Path("tined.yaml")});
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

BOOST_AUTO_TEST_SUITE_END()
