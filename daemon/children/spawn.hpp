// Starts a program of somebody else's in a process of its own, from a process that may have
// threads and is traced: vfork's way, without copying memory and without a handler of fork being
// run. Blocks until the program has taken over, well below a millisecond on a local disk. Whoever
// starts it owns the process: it watches the pidfd and waits for it (waitid with P_PIDFD).
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "children/confinement.hpp"

namespace tined::children {

struct ProcessLimit {
  int resource = 0;  ///< RLIMIT_AS …
  rlimit value{};
};

struct Command {
  std::string path;
  /// What was found there, borrowed, perhaps O_PATH: this file is run whatever the path has come to
  /// mean, and another that the path leads to is not. -1: whatever is there.
  int program = -1;
  std::string directory;                 ///< where it starts
  std::vector<std::string> environment;  ///< "NAME=value": all of it
  std::vector<ProcessLimit> limits;
  const Confinement& confinement;
  int input = -1;  ///< the program's three descriptors, borrowed, above 2; it has no others
  int output = -1;
  int errors = -1;
};

struct Spawned {
  pid_t pid = -1;
  Descriptor process;            ///< a pidfd; none: nothing runs
  int error = 0;                 ///< errno of the step that failed
  const char* failed_step = "";  ///< the step that failed: "execve"
};

/// The program begins as leader of a session and process group of its own, with no signal blocked
/// or ignored, and is confined. It is killed when the calling thread ends. Its only argument is its
/// path. Sends SIGCHLD when it ends.
[[nodiscard]] Spawned Spawn(const Command& command);

}  // namespace tined::children
