// What can be asked of tined on its command line, and how configurations come together from files,
// drop-ins and the environment.
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/server.hpp"

using namespace tined;
using namespace tined::test;

namespace {

const std::string kServing = R"(
listeners:
  - name: web
    address: 127.0.0.1:0
    routes:
      - {path: /, respond: {body: "${TINED_TEST_BODY:-hello}"}}
)";

Finished Tined(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), Built("tined"));
  return RunProgram(arguments);
}

boost::test_tools::assertion_result IsRoot(boost::unit_test::test_unit_id /*unit*/) {
  return ::geteuid() == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_AUTO_TEST_CASE(version_and_help) {
  const Finished version = Tined({"--version"});
  BOOST_TEST(version.status == 0);
  BOOST_TEST(version.output == "tined " TINED_VERSION "\n");
  const Finished help = Tined({"--help"});
  BOOST_TEST(help.status == 0);
  for (const char* part : {"--config", "--check", "--print-config", "--version", "DIRECTORY",
                           "SIGHUP", "Exit status"}) {
    BOOST_TEST(Contains(help.output, part), part);
  }
}

BOOST_AUTO_TEST_CASE(bad_usage_is_status_2) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--chekc"}, {"--config"}, {"a", "b"}, {"--config", "x", "y"}}) {
    const Finished refused = Tined(arguments);
    BOOST_TEST(refused.status == 2);
    BOOST_TEST(refused.errors != "");
  }
}

BOOST_AUTO_TEST_CASE(check_says_what_is_good) {
  const Server server;
  server.Configure(kServing);
  const std::string file = server.Path("tined.yaml");
  const Finished good = Tined({"--check", "--config", file});
  BOOST_TEST(good.status == 0);
  BOOST_TEST(good.output == file + ": good: 1 listener, 1 route\n");
  BOOST_TEST(good.errors == "");
}

BOOST_AUTO_TEST_CASE(check_says_all_that_is_wrong_each_with_its_place) {
  const Server server;
  server.Write("tined.yaml",
               "workers: {cuont: 2}\n"
               "timeouts: {idle: 75}\n"
               "listeners:\n"
               "  - name: web\n"
               "    address: 127.0.0.1\n"
               "    routes: [{path: pub, static: {root: /srv}}]\n");
  const std::string file = server.Path("tined.yaml");
  const Finished bad = Tined({"--check", "--config", file});
  BOOST_TEST(bad.status == 2);
  BOOST_TEST(bad.output == "");
  for (const char* part :
       {":1:11: unknown key `cuont`", "(did you mean `count`?)", ":2:18: `idle` must be a duration",
        ":5:14: `address` must be", ":6:21: `path` must be a path that begins with /"}) {
    BOOST_TEST(Contains(bad.errors, part), part + ("\n" + bad.errors));
  }
  BOOST_TEST(std::count(bad.errors.begin(), bad.errors.end(), '\n') == 4);
  BOOST_TEST(Tined({"--config", file}).status == 2);  // The same without --check.
}

BOOST_AUTO_TEST_CASE(check_looks_at_the_system_too) {
  const Server server;
  server.Write("tined.yaml",
               "listeners:\n  - name: web\n    address: 127.0.0.1:0\n"
               "    routes: [{static: {root: missing}}]\nuser: root\n");
  const Finished bad = Tined({"--check", "--config", server.Path("tined.yaml")});
  BOOST_TEST(bad.status == 2);
  BOOST_TEST(bad.errors == server.Path("tined.yaml") + ":4:30: `" + server.Path("missing") +
                               "` cannot be served: No such file or directory (ENOENT)\n");
}

BOOST_AUTO_TEST_CASE(root_says_whom_the_workers_run_as, *boost::unit_test::precondition(IsRoot)) {
  const Server server;
  const std::string file = server.Path("tined.yaml");
  const std::string rest =
      "\nlisteners: [{name: web, address: '127.0.0.1:0', routes: [{respond: {}}]}]\n";
  for (const char* const user : {"drain_timeout: 1s", "user: ''"}) {
    server.Write("tined.yaml", user + rest);
    for (const std::vector<std::string>& mode : {std::vector<std::string>{}, {"--check"}}) {
      std::vector<std::string> arguments = {"--config", file};
      arguments.insert(arguments.end(), mode.begin(), mode.end());
      const Finished refused = Tined(arguments);
      BOOST_TEST(refused.status == 2);
      BOOST_TEST(Contains(refused.errors, ": started as root, and `user` does not say whom"));
    }
  }
  for (const char* const user : {"user: root", "user: nobody"}) {
    server.Write("tined.yaml", user + rest);
    BOOST_TEST(Tined({"--check", "--config", file}).status == 0);
  }
}

BOOST_AUTO_TEST_CASE(without_a_file_root_serves_as_the_directorys_owner,
                     *boost::unit_test::precondition(IsRoot)) {
  const Server server;
  const std::string directory = server.Path("");
  BOOST_TEST(Contains(Tined({"--print-config", directory}).output, "user: nobody\n"));
  const passwd* const account = ::getpwnam("daemon");
  BOOST_REQUIRE(account != nullptr);
  Check(::chown(directory.c_str(), account->pw_uid, account->pw_gid), "chown");
  BOOST_TEST(Contains(Tined({"--print-config", directory}).output, "user: daemon\n"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_status_2) {
  const Server server;
  const Finished missing = Tined({"--check", "--config", server.Path("none.yaml")});
  BOOST_TEST(missing.status == 2);
  BOOST_TEST(missing.errors ==
             server.Path("none.yaml") + ": cannot be read: No such file or directory (ENOENT)\n");
}

BOOST_AUTO_TEST_CASE(what_print_config_prints_loads_again_to_the_same) {
  const Server server;
  server.Configure(R"(
user: nobody
workers: {count: 3, restart: {limit: 7}}
drain_timeout: 90s
limits: {body: 3MiB}
log: {level: debug, format: json}
access_log: {path: "${DIR}/a c\"cess$$.log", format: json}
listeners:
  - name: web
    address: localhost:8081
    routes:
      - {path: /, host: [a.example, "[::1]"], methods: [GET], static: {root: "${DIR}", index: []}}
      - {path: "/tricky: \\ 'x'", respond: {status: 404, body: "a\n\tb: ${HOME} \u00e4 \"no\""}}
      - {path: /old, redirect: {to: "https://example.org/new", status: 301}}
  - {name: sock, address: "unix:${DIR}/s.sock", mode: 0600, backlog: 5, routes: [{respond: {}}]}
)");
  const Finished first = Tined({"--print-config", "--config", server.Path("tined.yaml")});
  BOOST_REQUIRE_MESSAGE(first.status == 0, first.errors);
  for (const char* part : {"user: nobody\n", "idle: 75s\n", "address: \"127.0.0.1:8081\"\n"}) {
    const std::string plain = "address: 127.0.0.1:8081\n";
    BOOST_TEST((Contains(first.output, part) || Contains(first.output, plain)), part);
  }
  server.Write("again.yaml", first.output);
  const Finished second = Tined({"--print-config", "--config", server.Path("again.yaml")});
  BOOST_REQUIRE_MESSAGE(second.status == 0, second.errors);
  BOOST_TEST(second.output == first.output);
  BOOST_TEST(Contains(first.output, "a c\\\"cess$$.log"));
}

BOOST_AUTO_TEST_CASE(drop_ins_add_listeners_and_routes_in_the_order_of_their_names) {
  Server server;
  server.Write("conf.d/20-more.yaml",
               "listeners:\n  - {name: more, address: \"unix:../more.sock\", routes: [{respond: "
               "{body: more}}]}\n");
  server.Write("conf.d/10-route.yaml",
               "listeners:\n  - name: web\n    routes: [{path: /added, respond: {body: added}}]\n");
  server.Write("conf.d/.hidden.yaml", "nonsense");
  server.Write("conf.d/readme.txt", "nonsense");
  server.Start(kServing);
  BOOST_TEST(GetOnce(server.Port(), "/").body == "hello");
  BOOST_TEST(GetOnce(server.Port(), "/added").body == "added");
  BOOST_TEST(Client(server.Path("more.sock")).Get("/").body == "more");
  server.Write("conf.d/30-bad.yaml", "workers: {count: 3}\n");
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(Contains(failed.errors, "30-bad.yaml:1:1: `workers` belongs into "));
  std::filesystem::remove(server.Path("conf.d/30-bad.yaml"));
  std::filesystem::remove(server.Path("conf.d/10-route.yaml"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/added").body == "hello");
}

BOOST_AUTO_TEST_CASE(values_come_from_the_environment) {
  Server server;
  server.environment = {"TINED_TEST_BODY=from the environment"};
  server.Start(kServing);
  BOOST_TEST(GetOnce(server.Port(), "/").body == "from the environment");
  server.environment.clear();
  server.Stop();
  server.Start(kServing);
  BOOST_TEST(GetOnce(server.Port(), "/").body == "hello");
}

BOOST_AUTO_TEST_CASE(without_a_file_a_directory_is_checked_and_printed) {
  const Server server;
  BOOST_TEST(Tined({"--check", server.Path("")}).output ==
             "the built-in default: good: 1 listener, 1 route\n");
  const Finished printed = Tined({"--print-config", server.Path("")});
  BOOST_TEST(Contains(printed.output, "root: " + server.Path("")));
  BOOST_TEST(Contains(printed.output, "listing: true"));
  BOOST_TEST(Contains(printed.output, "address: \"127.0.0.1:8080\"\n"));
  const Finished elsewhere = Tined({"--print-config", "--port", "8123", server.Path("")});
  BOOST_TEST(Contains(elsewhere.output, "address: \"127.0.0.1:8123\"\n"));
  BOOST_TEST(Tined({"--check", "--port", "65536", server.Path("")}).status == 2);
  BOOST_TEST(Tined({"--check", "--port", "8123", "--config", "x.yaml"}).status == 2);
  const Finished open = Tined({"--print-config", "--address", "::", "--listing=false", "."});
  BOOST_TEST(Contains(open.output, "address: \"[::]:8080\"\n"));
  BOOST_TEST(Contains(open.output, "listing: false"));
  BOOST_TEST(Contains(Tined({"--print-config", "--listing", "."}).output, "listing: true"));
  for (const char* address : {"unix:/tmp/x", "example", "127.0.0.1:80", ""}) {
    BOOST_TEST(Tined({"--check", "--address", address, "."}).status == 2, address);
  }
  const Finished missing = Tined({server.Path("none")});
  BOOST_TEST(missing.status == 2);
  BOOST_TEST(missing.errors == "`" + server.Path("none") +
                                   "` cannot be served: No such file or directory (ENOENT)\n");
}

BOOST_AUTO_TEST_CASE(without_a_file_a_directory_is_served_and_the_url_is_said) {
  const Server server;
  server.Write("site/hello.txt", "hello");
  const Finished seen = RunProgram({"/bin/bash", "-c", R"(
      export RUNTIME_DIRECTORY=$1
      coproc TINED { exec "$0" --port 0 "$1/site" 2>/dev/null; }
      pid=$TINED_PID
      read -r line <&"${TINED[0]}"
      url=${line##* on }
      echo "${url%% *}"
      curl -sS "${url%% *}"
      kill "$pid" && wait "$pid"
      echo "status $?")",
                                    Built("tined"), server.Path("")});
  BOOST_TEST(seen.output.starts_with("http://127.0.0.1:"), seen.output + seen.errors);
  BOOST_TEST(Contains(seen.output, "href=\"hello.txt\""), seen.output + seen.errors);
  BOOST_TEST(seen.output.ends_with("status 0\n"), seen.output + seen.errors);
}

BOOST_AUTO_TEST_SUITE_END()
