// The one way in which tests send signals: only to what the test itself has started. A pid that was
// read from somewhere may be 0 or -1 by mistake, which would be the tests' own process group, or
// everybody; or the number of a process that is gone, which another has by now.
#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <tuple>

#include "base/descriptor.hpp"

namespace tined::test {

/// A process, told from others that have its number before or after it.
struct Process {
  pid_t pid = 0;
  pid_t parent = 0;              ///< 0: there is no such process
  unsigned long long start = 0;  ///< in ticks since the machine's (proc(5))

  bool operator<(const Process& other) const {
    return std::tie(pid, start) < std::tie(other.pid, other.start);
  }
};

inline Process ProcessOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  Process process{.pid = pid};
  const std::size_t name_end = line.rfind(')');  // The name may have anything in it.
  if (name_end == std::string::npos) return process;
  std::istringstream fields(line.substr(name_end + 1));
  std::string skipped;
  fields >> skipped >> process.parent;
  for (int field = 5; field < 22; ++field) fields >> skipped;
  fields >> process.start;
  return process;
}

/// Whether it stands below this process, or did when it was first signalled: its parent may have
/// been killed since.
inline bool IsOurs(const Process& process) {
  static std::set<Process> ours;
  if (ours.count(process) > 0) return true;
  for (pid_t parent = process.parent; parent > 0; parent = ProcessOf(parent).parent) {
    if (parent == ::getpid()) return ours.insert(process).second;
  }
  return false;
}

/// kill(2) for a process that this one has started, or one of those: 0, or -1 with errno (ESRCH: it
/// is gone). Throws for any other, and for numbers that mean more than one process. Signal 0 asks
/// about any process. From one thread.
inline int Kill(pid_t pid, int signal) {
  if (pid <= 1) throw std::logic_error("a test signals pid " + std::to_string(pid));
  if (signal == 0) return ::kill(pid, 0);
  // Held from here on: the number cannot become another's between the question and the signal.
  const Descriptor held(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!held) return -1;
  // Asked twice: an ancestor that ends while it is being looked at leaves its children to another.
  if (!IsOurs(ProcessOf(pid)) && !IsOurs(ProcessOf(pid))) {
    if (ProcessOf(pid).parent != 0) {
      throw std::logic_error("a test signals pid " + std::to_string(pid) +
                             ", which it did not start");
    }
    errno = ESRCH;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, held.get(), signal, nullptr, 0));
}

}  // namespace tined::test
