// What can be loaded and configured: the check, a start and a reload refuse what cannot, and say
// why.
#include <boost/test/unit_test.hpp>

#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/module/site.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

/// What `tined --check` says about a configuration; ends with the exit status.
std::string Check(const Server& server, const std::string& yaml) {
  server.Configure(yaml);
  const Finished finished =
      RunProgram({Built("tined"), "--check", "--config", server.Path("tined.yaml")});
  return finished.output + finished.errors + "status " + std::to_string(finished.status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(module)

BOOST_AUTO_TEST_CASE(what_is_no_module_is_refused_with_its_place) {
  const Server server;
  server.Write("text.so", "no module");
  const std::string missing = Check(server, Serving().Route("/", Module("./nope.so")));
  BOOST_TEST(Contains(missing, "tined.yaml:8:34: module "));
  BOOST_TEST(Contains(missing, "nope.so: cannot be loaded: cannot open shared object file"));
  BOOST_TEST(missing.ends_with("status 2"));
  const std::string text = Check(server, Serving().Route("/", Module("./text.so")));
  BOOST_TEST(Contains(text, "text.so: cannot be loaded: "));
  const std::string other = Check(server, Serving().Route("/", Module("empty")));
  BOOST_TEST(Contains(other, "it is not a module: it has no function `tined_module_entry`"));
}

BOOST_AUTO_TEST_CASE(a_newer_major_is_refused_and_an_older_minor_loads) {
  Server server;
  BOOST_TEST(Contains(Check(server, Serving().Route("/old", Module("newer"))),
                      "it was built for module interface 2.0, this tined has 1."));
  server.Start(Serving().Route("/old", Module("older")));
  BOOST_TEST(GetOnce(server.Port(), "/old").body == "old");
}

BOOST_AUTO_TEST_CASE(settings_are_refused_with_their_own_place) {
  const Server server;
  const auto refusal = [&](const std::string& settings) {
    return Check(server, Serving().Route("/fib/", Module("fibonacci", "settings: " + settings)));
  };
  BOOST_TEST(Contains(refusal("{max: many}"), "`max` must be an integer, not `many`"));
  BOOST_TEST(Contains(refusal("{max: 93}"), "`max` must be a number from 0 to 92, not `93`"));
  BOOST_TEST(Contains(refusal("{mxa: 9}"), "unknown setting `mxa`; allowed: max"));
  BOOST_TEST(Contains(refusal("[1]"), "`settings` must be a map"));
  BOOST_TEST(Contains(refusal("{max: 12}"), "good: 1 listener, 2 routes"));
}

BOOST_AUTO_TEST_CASE(a_module_that_fails_or_crashes_in_its_configuration_fails_the_check) {
  const Server server;
  const auto check = [&](const std::string& act) {
    return Check(server,
                 Serving().Route("/c/", Module("chaos", "settings: {at_configure: " + act + "}")));
  };
  BOOST_TEST(Contains(check("throw"), "it refuses its configuration: thrown on demand"));
  BOOST_TEST(Contains(check("segv"), "chaos.so: it ended the process ("));
  BOOST_TEST(Contains(check("exit"), "it ended the process (exit 3)"));
  BOOST_TEST(Contains(check("ok"), "good: "));
}

BOOST_AUTO_TEST_CASE(a_bad_module_leaves_a_running_service_alone) {
  Server server;
  server.Start(Serving().Route("/m", Module("echo")));
  const auto workers = server.WorkerPids();
  for (const char* settings : {"{at_configure: segv}", "{at_configure: throw}", "{at_start: throw}",
                               "{at_start: segv}", "{at_start: exit}"}) {
    server.Configure(Serving().Route("/m", Module("chaos", std::string("settings: ") + settings)));
    const Finished reload = server.Reload();
    BOOST_TEST(reload.status != 0);
    BOOST_TEST(server.WorkerPids() == workers, boost::test_tools::per_element());
    BOOST_TEST(Client(server.Port()).Ask(PostText("/m", "still echo")).body == "still echo");
  }
  server.Configure(Serving().Route("/m", Module("chaos")));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/m/ok").body == "still here\n");
}

BOOST_AUTO_TEST_CASE(a_start_with_a_bad_module_fails_with_status_2) {
  Server server;
  server.Launch(Serving().Route("/m", Module("chaos", "settings: {at_configure: throw}")));
  BOOST_TEST(server.WaitForEnd() == 2);
  server.WaitForLog({"it refuses its configuration: thrown on demand"});
}

BOOST_AUTO_TEST_SUITE_END()
