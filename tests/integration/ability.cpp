#include "tests/integration/ability.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "tests/kill.hpp"

namespace tined::test {
namespace {

/// A child that does nothing until this object ends it.
class Child {
 public:
  Child() : pid_(Check(::fork(), "fork")) {
    while (pid_ == 0) ::pause();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    Kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, __WALL);
  }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_;
};

std::string FindObstacle() {
  // The child has it as well. Standard input may be closed.
  const Descriptor wanted(Check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null"));
  const Child child;
  // Without PTRACE_O_TRACEEXIT: nobody is here to let it go when it ends.
  if (::ptrace(PTRACE_SEIZE, child.pid(), nullptr, nullptr) != 0) {
    return "ptrace: " + ErrnoText(errno);
  }
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0)));
  if (!process) return "pidfd_open: " + ErrnoText(errno);
  const Descriptor taken(
      static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), wanted.get(), 0)));
  return taken ? "" : "pidfd_getfd: " + ErrnoText(errno);
}

/// Says it before the first case, loudly: what is left out has not been tested.
struct Banner {
  Banner() {
    if (RescueObstacle().empty()) return;
    std::cerr << "==== RESCUE IS NOT POSSIBLE HERE (" << RescueObstacle() << ")\n"
              << "==== Cases that need it are left out. To have them run, allow ptrace and "
                 "pidfd_getfd\n"
              << "==== in this container's seccomp profile (docs/rescue.md, \"What it needs\").\n";
  }
};
BOOST_TEST_GLOBAL_FIXTURE(Banner);

}  // namespace

const std::string& RescueObstacle() {
  static const std::string obstacle = FindObstacle();
  return obstacle;
}

void NeedsRescue::apply(boost::unit_test::test_unit& unit) {
  unit.add_label("rescue");
  unit.add_precondition([](boost::unit_test::test_unit_id id) {
    boost::test_tools::assertion_result can_run(RescueObstacle().empty());
    if (!can_run) {
      can_run.message() << "rescue is not possible here";
      // What a test has forbidden itself (forbid/) is tested elsewhere.
      std::cerr << (std::getenv("TINED_FORBIDDEN") == nullptr ? "" : "on purpose ")
                << "left out, needs rescue: "
                << boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY).full_name()
                << "\n";
    }
    return can_run;
  });
}

boost::unit_test::decorator::base_ptr NeedsRescue::clone() const {
  return boost::unit_test::decorator::base_ptr(new NeedsRescue);
}

}  // namespace tined::test
