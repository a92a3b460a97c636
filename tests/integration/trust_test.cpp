// How far programs and modules are trusted: what they cannot reach of the processes beside them.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/ranges.h>
#include <boost/test/unit_test.hpp>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/program_site.hpp"

using namespace tined::test;

namespace {

constexpr uid_t kNobody = 65534;

/// Says what it may do with its worker and with the supervisor.
const std::string kProbe = std::string(kText) + R"(
worker=$PPID
supervisor=$(cat $DIR/supervisor)
for pid in $worker $supervisor; do
  head -c 1 /proc/$pid/environ >/dev/null 2>&1 && echo "reads memory of $pid"
  ls /proc/$pid/fd/ 2>/dev/null | grep -q . && readlink /proc/$pid/fd/* >/dev/null 2>&1 &&
    echo "sees descriptors of $pid"
done
echo done
)";

/// tined run by nobody as a whole.
struct OneUser : Site {
  OneUser() {
    std::filesystem::create_directories(server.Path("cgi"));
    BOOST_REQUIRE(::chown(server.Path(".").c_str(), kNobody, kNobody) == 0);
    server.wrapper = AsNobody({});
  }
  static std::vector<std::string> AsNobody(std::vector<std::string> command) {
    std::vector<std::string> whole = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                                      "--clear-groups", "--"};
    whole.insert(whole.end(), command.begin(), command.end());
    return whole;
  }
};

bool IsRoot() {
  if (::getuid() == 0) return true;
  BOOST_TEST_MESSAGE("only root can be two users");
  return false;
}

/// Linux 5.19 and later, unless a filter forbids it: as the server finds it.
bool HasDomains() {
  return std::filesystem::exists("/sys/kernel/security/landlock") ||
         RunProgram({"/bin/sh", "-c", "grep -qw landlock_restrict_self /proc/kallsyms"}).status ==
             0;
}

void ExpectGoesOn(const Site& site) {
  Client client = site.Connect();
  BOOST_TEST(client.Get("/ping").body == "pong");
  site.server.KillWorker(0, SIGKILL);
  BOOST_TEST(client.Get("/ping").body == "pong");
  site.server.WaitForLog({"rescued connections", "lost=0"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trust)

BOOST_AUTO_TEST_CASE(a_program_reaches_neither_worker_nor_supervisor_of_another_user,
                     *NeedsRescue()) {
  if (!IsRoot()) return;
  Site site;
  site.Start(Programs().Set("user", "nobody"));
  site.server.Write("supervisor", std::to_string(site.server.pid()));
  site.Script("probe", kProbe);
  BOOST_TEST(site.Get("/cgi-bin/probe").body == "done\n");
  // Another process of that user's, which nobody has confined.
  const std::string worker = std::to_string(site.server.WorkerPids().at(0));
  const Finished look =
      RunProgram(OneUser::AsNobody({"/usr/bin/head", "-c", "1", "/proc/" + worker + "/environ"}));
  BOOST_TEST(look.status != 0);
  ExpectGoesOn(site);
}

BOOST_AUTO_TEST_CASE(where_all_are_one_user_the_supervisor_is_hidden_and_rescue_goes_on,
                     *NeedsRescue()) {
  if (!IsRoot()) return;
  OneUser site;
  site.Start();
  const std::string supervisor = std::to_string(site.server.pid());
  const Finished look = RunProgram(
      OneUser::AsNobody({"/usr/bin/head", "-c", "1", "/proc/" + supervisor + "/environ"}));
  BOOST_TEST(look.status != 0);
  for (int i = 0; i < 3; ++i) ExpectGoesOn(site);
  BOOST_TEST(site.server.CountLog("cannot be traced") == 0);
  // A second image hides itself as well, and traces its workers.
  BOOST_TEST(site.server.Ctl({"upgrade"}).status == 0);
  BOOST_TEST(RunProgram(OneUser::AsNobody(
                            {"/usr/bin/head", "-c", "1", "/proc/" + supervisor + "/environ"}))
                 .status != 0);
  ExpectGoesOn(site);
}

BOOST_AUTO_TEST_CASE(where_all_are_one_user_programs_are_kept_in_a_domain) {
  if (!IsRoot()) return;
  OneUser site;
  site.Start();
  site.server.Write("supervisor", std::to_string(site.server.pid()));
  site.Script("probe", kProbe);
  site.Script("rights", std::string(kText) + "grep NoNewPrivs /proc/self/status\n");
  BOOST_TEST(site.Get("/cgi-bin/rights").body == "NoNewPrivs:\t1\n");
  if (HasDomains()) BOOST_TEST(site.Get("/cgi-bin/probe").body == "done\n");
}

BOOST_AUTO_TEST_CASE(a_program_gives_no_orders) {
  for (const bool is_one_user : {false, true}) {
    if (is_one_user && !IsRoot()) return;
    Site root;
    OneUser nobody;
    Site& site = is_one_user ? nobody : root;
    site.Start(Programs("limits: {memory: 0}"));  // As much as a sanitizer wants.
    const std::string ctl =
        Built("tinectl") + " --socket " + site.server.Path("control.sock") + " stop";
    site.Script("stop", kText + ctl + " 2>&1; echo $?\n");
    // Its parents are gone when it asks.
    site.Script("daemon", kText + std::string("setsid sh -c '(while kill -0 ") +
                              "'$$' 2>/dev/null; do :; done; " + ctl +
                              "; echo $? >$DIR/outcome.new; mv $DIR/outcome.new $DIR/outcome) &' "
                              ">/dev/null 2>&1 </dev/null\necho left\n");
    const std::string answer = site.Get("/cgi-bin/stop").body;
    BOOST_TEST(Contains(answer, "gives it no orders"), answer);
    BOOST_TEST(Contains(answer, "\n1\n"), answer);
    BOOST_TEST(site.Get("/cgi-bin/daemon").body == "left\n");
    site.WaitForFile("outcome");
    BOOST_TEST(RunProgram({"/bin/cat", site.server.Path("outcome")}).output == "1\n");
    site.server.WaitForLog({"refused an order from a process of the service's own"});
    BOOST_TEST(site.server.Status()["state"] == "serving");
    BOOST_TEST(site.Get("/ping").body == "pong");
  }
}

BOOST_AUTO_TEST_CASE(who_sees_no_process_of_others_obeys_its_user_and_no_program) {
  if (!IsRoot()) return;
  const std::vector<std::string> hidden = {
      "/usr/bin/unshare",
      "--mount",
      "/bin/sh",
      "-c",
      "mount -t proc -o hidepid=invisible proc /proc && exec \"$@\"",
      "sh"};
  OneUser site;
  site.server.wrapper.insert(site.server.wrapper.begin(), hidden.begin(), hidden.end());
  std::vector<std::string> probe = hidden;
  probe.emplace_back("/bin/true");
  if (RunProgram(probe).status != 0) {
    BOOST_TEST_MESSAGE("/proc cannot be mounted here");
    return;
  }

  site.Start(Programs("limits: {memory: 0}"));
  const std::vector<std::string> reload = {Built("tinectl"), "--socket",
                                           site.server.Path("control.sock"), "reload"};
  const Finished own = RunProgram(OneUser::AsNobody(reload));
  BOOST_TEST(own.status == 0, own.errors);
  site.Script("reload", kText + fmt::format("{} 2>&1; echo $?\n", fmt::join(reload, " ")));
  const std::string answer = site.Get("/cgi-bin/reload").body;
  BOOST_TEST(Contains(answer, "gives it no orders"), answer);
  BOOST_TEST(Contains(answer, "\n1\n"), answer);
}

BOOST_AUTO_TEST_CASE(root_that_may_not_trace_others_says_so_at_every_start) {
  if (!IsRoot()) return;
  // Whether attaching came before the worker changed its user was a matter of luck.
  for (int i = 0; i < 5; ++i) {
    Server server;
    server.wrapper = {"/usr/bin/setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"};
    server.Start(Config().Set("user", "nobody").Workers(4).Route("/", Respond("pong")));
    BOOST_TEST(server.CountLog("workers cannot be traced (ptrace)") == 1);
    BOOST_TEST(server.Workers().at(0)["traced"] == false);
  }
}

BOOST_AUTO_TEST_SUITE_END()
