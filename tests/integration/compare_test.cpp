// tinectl compare: a module under the three backends, measured by a tined of its own.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

/// tinectl compare, with its temporary files below the server's directory.
Finished Compare(const Server& server, const std::vector<std::string>& arguments) {
  std::filesystem::create_directories(server.Path("tmp"));
  std::vector<std::string> command = {"/usr/bin/env", "TMPDIR=" + server.Path("tmp"),
                                      Built("tinectl"), "compare"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunProgram(command);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compare)

BOOST_AUTO_TEST_CASE(it_measures_a_module_in_each_way) {
  const Server server;
  const Finished finished =
      Compare(server, {"--json", "--module", Built("examples/fibonacci.so"), "--settings",
                       "{max: 20}", "--request", "GET /20", "--seconds", "0.3"});
  BOOST_REQUIRE_MESSAGE(finished.status == 0, finished.errors);
  const nlohmann::json results = nlohmann::json::parse(finished.output);
  BOOST_REQUIRE(results.size() == 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const nlohmann::json& result = results[i];
    BOOST_TEST_CONTEXT(result.dump()) {
      BOOST_TEST(result["run"] == std::vector({"event", "thread", "process"})[i]);
      BOOST_TEST(result["status"] == 200);
      BOOST_TEST(result["requests_per_second"].get<double>() > 10);
      BOOST_TEST(result["p50_ms"].get<double>() > 0);
      BOOST_TEST(result["p50_ms"].get<double>() <= result["p999_ms"].get<double>());
      BOOST_TEST(result["cpu_us_per_request"].get<double>() > 1);
      BOOST_TEST(result["lost"] == 0);
      BOOST_TEST(result["other_statuses"] == 0);
      // A process that dies costs no connection; with `process`, one answer at the most each.
      BOOST_TEST(result["kills"]["count"].get<int>() >= 1);
      if (RescueObstacle().empty()) BOOST_TEST(result["kills"]["lost"] == 0);
      BOOST_TEST(result["kills"]["other_statuses"] <= result["kills"]["count"]);
    }
  }
  BOOST_TEST(std::filesystem::is_empty(server.Path("tmp")));
}

BOOST_AUTO_TEST_CASE(it_prints_a_table_of_what_was_asked_for) {
  const Server server;
  const Finished finished =
      Compare(server, {"--module", Built("examples/echo.so"), "--request", "POST /", "--body",
                       "hello", "--header", "X-A: b", "--run", "event", "--seconds", "0.1"});
  BOOST_REQUIRE_MESSAGE(finished.status == 0, finished.errors);
  BOOST_TEST(finished.output.find("echo.so  POST /\n") != std::string::npos, finished.output);
  BOOST_TEST(finished.output.find("\nevent ") != std::string::npos, finished.output);
  BOOST_TEST(finished.output.find("\nthread ") == std::string::npos, finished.output);
  BOOST_TEST(finished.errors == "");
  BOOST_TEST(finished.output.find("how fast the module fails") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(its_table_shows_with_what_status_the_module_answered) {
  const Server server;
  const auto row = [&](const std::string& path) {
    const Finished finished =
        Compare(server, {"--module", Built("tests/modules/failures.so"), "--request",
                         "GET /answer/" + path, "--run", "event", "--seconds", "0.1"});
    BOOST_REQUIRE_MESSAGE(finished.status == 0, finished.errors);
    const std::size_t from = finished.output.find("\nevent ");
    BOOST_TEST((finished.output.find("how fast the module fails") != std::string::npos) ==
               (path != "nothing"));
    return finished.output.substr(from, finished.output.find('\n', from + 1) - from);
  };
  BOOST_TEST((row("nothing").find(" 200 ") != std::string::npos));
  BOOST_TEST((row("throw").find(" 500 ") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_measured_is_said) {
  const Server server;
  const auto fails = [&](const std::vector<std::string>& arguments, int status,
                         const std::string& words) {
    const Finished finished = Compare(server, arguments);
    BOOST_TEST(finished.status == status);
    BOOST_TEST(finished.errors.find(words) != std::string::npos, finished.errors);
    BOOST_TEST(std::filesystem::is_empty(server.Path("tmp")));
  };
  const std::string module = Built("examples/fibonacci.so");
  fails({}, 2, "--module is required");
  fails({"--module", "/nowhere.so"}, 2, "/nowhere.so");
  fails({"--module", "/etc/passwd"}, 1, "tined did not start:");
  fails({"--module", module, "--settings", "{most: 1}"}, 1, "unknown setting `most`");
  fails({"--module", module, "--settings", "{max: 1"}, 1, "tined.yaml:");
  fails({"--module", module, "--request", "GET nothing"}, 1, "is no request");
  fails({"--module", module, "--header", "none"}, 1, "is no field");
  fails({"--module", module, "--tined", "/nowhere"}, 1, "cannot run /nowhere");
}

BOOST_AUTO_TEST_SUITE_END()
