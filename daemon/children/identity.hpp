// Who the workers are: the user and groups that they change to when the supervisor is root.
// Looked up by the supervisor before it forks, taken on in the child.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/local_path.hpp"

namespace tined::children {

struct Identity {
  bool is_other = false;  ///< than the supervisor's own; else nothing changes
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;  ///< supplementary ones, the user's own

  bool operator==(const Identity&) const = default;
};

/// The identity of `user` (empty: no change) and `group` (empty: the user's own). No change unless
/// this process is root. Throws std::system_error for names that do not exist.
[[nodiscard]] Identity LookUpIdentity(const std::string& user, const std::string& group);

/// The user that is not trusted: no path that this process writes to may be in its hands.
[[nodiscard]] local_path::Strangers StrangersOf(const Identity& identity);

/// Becomes `identity`, for good. As another user this process can be looked into by nobody but who
/// may trace any process (CAP_SYS_PTRACE), as its supervisor may: programs are of the same user,
/// and its memory has what all its clients sent. Where all are one user, it can be looked into as
/// any process of that user's. Throws std::system_error.
void Become(const Identity& identity);

}  // namespace tined::children
