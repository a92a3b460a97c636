#include "children/spawn.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <thread>

#include "base/error.hpp"

namespace tined::children {
namespace {

const Confinement confinement;

/// Runs a command of the shell, and waits for it.
struct Shell {
  explicit Shell(const std::string& text, std::vector<ProcessLimit> limits = {}) {
    int ends[2];
    Check(::pipe2(ends, O_CLOEXEC), "pipe2");
    const Descriptor read(ends[0]);
    Descriptor write(ends[1]);
    const Descriptor null(Check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open"));
    spawned = Spawn({.path = "/bin/sh",
                     .directory = "/usr",
                     .environment = {"ENV=/dev/null", "TEXT=" + text},
                     .limits = std::move(limits),
                     .confinement = confinement,
                     .input = Input(text).get(),
                     .output = write.get(),
                     .errors = null.get()});
    write.Reset();
    char bytes[4096];
    for (ssize_t got; (got = ::read(read.get(), bytes, sizeof bytes)) > 0;) {
      output.append(bytes, static_cast<std::size_t>(got));
    }
    if (!spawned.process) return;
    siginfo_t info{};
    const auto process = static_cast<id_t>(spawned.process.get());
    BOOST_TEST(::waitid(P_PIDFD, process, &info, WEXITED) == 0);
    BOOST_TEST(info.si_pid == spawned.pid);
    status = info.si_status;
  }

  /// A shell without arguments reads its commands.
  static Descriptor Input(const std::string& text) {
    int ends[2];
    Check(::pipe2(ends, O_CLOEXEC), "pipe2");
    const Descriptor write(ends[1]);
    Check(::write(write.get(), text.data(), text.size()), "write");
    return Descriptor(ends[0]);
  }

  Spawned spawned;
  std::string output;
  int status = -1;
};

BOOST_AUTO_TEST_SUITE(SpawnTest)

BOOST_AUTO_TEST_CASE(it_has_what_it_was_given_and_nothing_else) {
  const Descriptor leak(Check(::open("/dev/null", O_RDONLY), "open"));
  const Shell shell("pwd; echo $TEXT | head -c 3; echo; ls /proc/self/fd | tr '\\n' ' '; exit 7");
  BOOST_TEST(shell.status == 7);
  // The fourth is the directory that ls reads.
  BOOST_TEST(shell.output == "/usr\npwd\n0 1 2 3 ");
}

BOOST_AUTO_TEST_CASE(it_leads_a_session_and_has_no_signal_blocked_or_ignored) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  struct sigaction ignored {};
  struct sigaction old {};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(SIGHUP, &ignored, &old);
  const Shell shell(
      "grep -E 'SigBlk|SigIgn' /proc/self/status; cut -d' ' -f5,6 /proc/$$/stat; echo $$");
  ::sigaction(SIGHUP, &old, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const std::string pid = std::to_string(shell.spawned.pid);
  BOOST_TEST(shell.output == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n" + pid + " " +
                                 pid + "\n" + pid + "\n");
}

BOOST_AUTO_TEST_CASE(its_rights_never_grow_and_processes_beside_it_are_out_of_its_reach) {
  const std::string self = std::to_string(::getpid());
  const Shell shell("grep NoNewPrivs /proc/self/status; head -c 1 /proc/" + self +
                    "/mem 2>/dev/null >/dev/null; readlink /proc/" + self +
                    "/fd/0 >/dev/null 2>&1 && echo reads; kill -0 " + self +
                    " 2>/dev/null && echo signals; sleep 60 & kill $! && echo own");
  BOOST_TEST(shell.output.starts_with("NoNewPrivs:\t1\n"));
  BOOST_TEST(shell.output.ends_with("own\n"));
  if (!confinement.has_domain()) return;
  BOOST_TEST(shell.output.find("reads") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_renames_files_across_directories) {
  const Shell shell(
      "d=$(mktemp -d) && cd $d && mkdir a b && echo x >a/x && ln a/x b/y && perl -e "
      "'rename q(a/x), q(b/x) or die' && ls b | tr '\n' ' '; rm -r $d");
  BOOST_TEST(shell.output == "x y ");
}

BOOST_AUTO_TEST_CASE(limits_hold_in_it_and_not_here) {
  const Shell shell("ulimit -n; ulimit -Hn", {{RLIMIT_NOFILE, {20, 20}}});
  BOOST_TEST(shell.output == "20\n20\n");
  rlimit own{};
  ::getrlimit(RLIMIT_NOFILE, &own);
  BOOST_TEST(own.rlim_cur > 20U);
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_with_its_step_and_leaves_no_process) {
  const Descriptor null(Check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open"));
  Command command{.path = "/nowhere/x",
                  .directory = "/",
                  .environment = {},
                  .limits = {},
                  .confinement = confinement,
                  .input = null.get(),
                  .output = null.get(),
                  .errors = null.get()};
  const Spawned absent = Spawn(command);
  BOOST_TEST(!absent.process);
  BOOST_TEST(absent.error == ENOENT);
  BOOST_TEST(absent.failed_step == std::string("execve"));
  command.directory = "/nowhere";
  BOOST_TEST(Spawn(command).failed_step == std::string("chdir"));
  siginfo_t info{};
  BOOST_TEST(::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | __WALL) == -1);
  BOOST_TEST(errno == ECHILD);
}

BOOST_AUTO_TEST_CASE(it_dies_with_the_thread_that_started_it) {
  const Descriptor null(Check(::open("/dev/null", O_RDWR | O_CLOEXEC), "open"));
  Spawned spawned;
  int ends[2];
  Check(::pipe2(ends, O_CLOEXEC), "pipe2");
  const Descriptor read(ends[0]);
  const Descriptor write(ends[1]);
  std::thread([&] {
    spawned = Spawn({.path = "/bin/cat",
                     .directory = "/",
                     .environment = {},
                     .limits = {},
                     .confinement = confinement,
                     .input = read.get(),
                     .output = null.get(),
                     .errors = null.get()});
  }).join();
  siginfo_t info{};
  BOOST_TEST(::waitid(P_PIDFD, static_cast<id_t>(spawned.process.get()), &info, WEXITED) == 0);
  BOOST_TEST(info.si_code == CLD_KILLED);
  BOOST_TEST(info.si_status == SIGKILL);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::children
