#include "children/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>

#include "children/close_others.hpp"

namespace tined::children {
namespace {

/// What the child works with. It shares its parent's memory until execve, while the parent's
/// thread stands still: everything is laid out before, nothing is allocated, freed or locked.
struct Preparation {
  const Command& command;
  std::vector<char*> arguments{};
  std::vector<char*> environment{};
  pid_t parent = 0;
  int error = 0;  ///< told to the parent, by the same memory
  const char* step = "";
};

char* Borrow(const std::string& text) { return const_cast<char*>(text.c_str()); }

/// The crash handler of this process, above all, is not the program's. SIGKILL and its like refuse.
void ResetSignals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
}

/// Where the descriptor of the program lies until it is run.
constexpr int kProgram = STDERR_FILENO + 1;

bool KeepProgram(int program) {
  if (program == kProgram) return ::fcntl(program, F_SETFD, FD_CLOEXEC) == 0;
  return ::dup3(program, kProgram, O_CLOEXEC) == kProgram;
}

bool IsProgram(const char* path) {
  struct stat found {};
  struct stat there {};
  return ::fstat(kProgram, &found) == 0 && ::stat(path, &there) == 0 &&
         found.st_dev == there.st_dev && found.st_ino == there.st_ino;
}

/// Returns only when that fails. A script's interpreter opens it once more, and by its name, which
/// is also what the script is told of where it lies: the kernel says ENOENT for one that it has by
/// a descriptor which is closed then. So its path is taken, if it still means the same file.
const char* Run(const Preparation& preparation) {
  const char* const path = preparation.command.path.c_str();
  char* const* const arguments = preparation.arguments.data();
  char* const* const environment = preparation.environment.data();
  if (preparation.command.program >= 0) {
    ::syscall(SYS_execveat, kProgram, "", arguments, environment, AT_EMPTY_PATH);
    if (errno != ENOENT && errno != ENOSYS) return "execveat";
    if (!IsProgram(path)) {
      errno = ESTALE;
      return "execve";
    }
  }
  ::execve(path, arguments, environment);
  return "execve";
}

/// Returns only when the program could not be started; with the step that failed.
const char* Become(const Preparation& preparation) {
  const Command& command = preparation.command;
  ResetSignals();
  if (::setsid() < 0) return "setsid";
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return "prctl";
  // The program may have died before it was asked to tell.
  if (::getppid() != preparation.parent) return "getppid";
  if (::dup2(command.input, STDIN_FILENO) < 0 || ::dup2(command.output, STDOUT_FILENO) < 0 ||
      ::dup2(command.errors, STDERR_FILENO) < 0) {
    return "dup2";
  }
  if (!command.confinement.Enter()) return "confine";
  // Closed, not only marked: the parent goes on before execve gets to those that are marked, and
  // relies on having the only copies of its sockets.
  if (command.program >= 0 && !KeepProgram(command.program)) return "dup3";
  constexpr std::array kKept = {kProgram};
  CloseOthers(std::span(kKept.data(), command.program >= 0 ? kKept.size() : 0));
  if (::chdir(command.directory.c_str()) != 0) return "chdir";
  for (const ProcessLimit& limit : command.limits) {
    if (::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &limit.value) != 0) {
      return "setrlimit";
    }
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  return Run(preparation);
}

int RunChild(void* argument) {
  auto& preparation = *static_cast<Preparation*>(argument);
  preparation.step = Become(preparation);
  preparation.error = errno;
  return 127;
}

}  // namespace

Spawned Spawn(const Command& command) {
  constexpr std::size_t kStackSize = std::size_t{64} << 10;
  Preparation preparation{command};
  preparation.arguments = {Borrow(command.path), nullptr};
  for (const std::string& each : command.environment) {
    preparation.environment.push_back(Borrow(each));
  }
  preparation.environment.push_back(nullptr);
  preparation.parent = ::getpid();
  const auto stack = std::make_unique<std::max_align_t[]>(kStackSize / sizeof(std::max_align_t));
  int process = -1;
  Spawned spawned;
  spawned.pid = ::clone(RunChild, stack.get() + kStackSize / sizeof(std::max_align_t),
                        CLONE_VM | CLONE_VFORK | CLONE_PIDFD, &preparation, &process);
  if (spawned.pid < 0) return {-1, Descriptor(), errno, "clone"};
  spawned.process.Reset(process);
  if (preparation.error == 0) return spawned;
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(process), &info, WEXITED | __WALL) != 0 &&
         errno == EINTR) {
  }
  return {-1, Descriptor(), preparation.error, preparation.step};
}

}  // namespace tined::children
