// Paths of this machine, for a process that may do more than others who can write on the way to
// them: walked component by component, each looked at through its descriptor, so that what was
// checked is what is used. Started as root, tined follows no link but root's, and refuses a
// directory that somebody less trusted may write; as anybody else it looks as open(2) does.
// Any process, any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"

namespace tined::local_path {

/// Whose hands a path must not be in; by default only everybody's.
struct Strangers {
  std::optional<uid_t> user;
  std::vector<gid_t> groups;
  /// Nothing is refused: what is looked at is theirs to open, not this process's.
  bool are_trusted = false;
};

/// Where a path ends: a name in a directory (O_PATH), whether it exists or not.
struct Entry {
  Descriptor directory;
  std::string name;
  bool is_shared = false;  ///< others may make files in the directory (as in /tmp)
};

/// What to do with a link in the place of the last component.
enum class Last { follow, keep };

/// Walks to `path`. Throws std::system_error where a directory cannot be entered, and
/// std::runtime_error, with the reason in words, where the way is not to be trusted. The directory
/// is empty, and the name a whole path, where that leads to one of this process's own descriptors
/// (/dev/stdout, /dev/stderr, /dev/fd/N).
[[nodiscard]] Entry Find(const std::string& path, const Strangers& strangers, Last last);

/// Opens a log for appending, without blocking: a regular file, made if it is not there, a FIFO, a
/// terminal, /dev/null, or one of this process's own descriptors. Throws as Find does.
[[nodiscard]] Descriptor OpenLog(const std::string& path, const Strangers& strangers);
/// What OpenLog would throw, as far as that can be told without opening.
void CheckLog(const std::string& path, const Strangers& strangers);

/// Opens a regular file for reading, without blocking: one that this process passes on to others,
/// who could not open it themselves. Throws as Find does.
[[nodiscard]] Descriptor OpenToRead(const std::string& path, const Strangers& strangers);

/// Refuses a program that strangers may write, or put another in the place of: for one that root is
/// about to become.
void CheckProgram(const std::string& path, const Strangers& strangers);

/// Refuses a directory whose owner is neither this process's user nor root, and a link to one that
/// somebody else has made: for sockets by which this process is told what to do.
void CheckOwnDirectory(const std::string& path);

/// Changes the mode of what `file` (O_PATH will do) refers to. Throws std::system_error.
void ChangeMode(int file, mode_t mode);

}  // namespace tined::local_path
