// Whose child it was that ended or stopped, with real children and with what a wait might tell.
#include "children/reaper.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "tests/kill.hpp"

namespace tined::children {
namespace {

/// A child that ends with `status`.
pid_t ForkExit(int status) {
  const pid_t pid = Check(::fork(), "fork");
  if (pid == 0) ::_exit(status);
  return pid;
}

/// Until `pid` has something to tell, which is left to be waited for.
void Await(pid_t pid, int what) {
  siginfo_t info{};
  BOOST_REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, what | WNOWAIT) == 0);
}

/// What a wait tells, one after the other.
struct Script {
  void Tell(pid_t pid, int code, int status) {
    siginfo_t info{};
    info.si_pid = pid;
    info.si_code = code;
    info.si_status = status;
    told.push_back(info);
  }
  [[nodiscard]] Reaper::Wait AsWait() {
    return [this](siginfo_t& info) {
      if (told.empty()) return false;
      info = told.front();
      told.pop_front();
      return true;
    };
  }

  std::deque<siginfo_t> told;
};

BOOST_AUTO_TEST_SUITE(ReaperTest)

BOOST_AUTO_TEST_CASE(each_owner_is_told_of_its_own_child) {
  Reaper reaper;
  std::vector<std::string> told;
  const pid_t first = ForkExit(3);
  const pid_t second = ForkExit(0);
  reaper.Register(first,
                  {[&](const Death& death) { told.push_back("first: " + death.Text()); }, {}});
  reaper.Register(second,
                  {[&](const Death& death) { told.push_back("second: " + death.Text()); }, {}});
  Await(first, WEXITED);
  Await(second, WEXITED);
  reaper.Reap();
  std::sort(told.begin(), told.end());
  BOOST_TEST((told == std::vector<std::string>{"first: exit 3", "second: exit 0"}));
  BOOST_TEST(reaper.registered() == 0U);
}

BOOST_AUTO_TEST_CASE(a_child_that_nobody_knows_any_more_is_waited_for_all_the_same) {
  Reaper reaper;
  bool is_told = false;
  const pid_t child = ForkExit(0);
  reaper.Register(child, {[&](const Death&) { is_told = true; }, {}});
  reaper.Forget(child);
  Await(child, WEXITED);
  reaper.Reap();
  BOOST_TEST(!is_told);
  siginfo_t info{};
  BOOST_TEST(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG) == -1);
}

BOOST_AUTO_TEST_CASE(a_child_that_stops_is_told_of_and_stays_registered) {
  Reaper reaper;
  std::vector<int> stops;
  std::string death;
  const pid_t child = Check(::fork(), "fork");
  if (child == 0) {
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  reaper.Register(child, {[&](const Death& how) { death = how.Text(); },
                          [&](const siginfo_t& info) { stops.push_back(info.si_status); }});
  Await(child, WSTOPPED);
  reaper.Reap();
  BOOST_TEST((stops == std::vector<int>{SIGSTOP}));
  BOOST_TEST(reaper.registered() == 1U);
  test::Kill(child, SIGKILL);
  Await(child, WEXITED);
  reaper.Reap();
  BOOST_TEST(death == "SIGKILL");
}

BOOST_AUTO_TEST_CASE(a_stop_that_nobody_asked_for_is_passed_over) {
  Script script;
  Reaper reaper(script.AsWait());
  int exits = 0;
  reaper.Register(7, {[&](const Death&) { ++exits; }, {}});
  script.Tell(7, CLD_STOPPED, SIGSTOP);
  script.Tell(8, CLD_TRAPPED, SIGTRAP);
  script.Tell(7, CLD_EXITED, 0);
  reaper.Reap();
  BOOST_TEST(exits == 1);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_used_again_is_the_next_childs) {
  Script script;
  Reaper reaper(script.AsWait());
  std::vector<std::string> told;
  reaper.Register(
      7, {[&](const Death& death) {
            told.push_back("first: " + death.Text());
            reaper.Register(
                7, {[&](const Death& other) { told.push_back("second: " + other.Text()); }, {}});
          },
          {}});
  script.Tell(7, CLD_EXITED, 1);
  script.Tell(7, CLD_KILLED, SIGSEGV);
  reaper.Reap();
  BOOST_TEST((told == std::vector<std::string>{"first: exit 1", "second: SIGSEGV"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::children
