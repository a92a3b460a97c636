// What a program or an executor must not do to the processes beside it, though all of them are one
// user's: read their memory, take their descriptors, send them signals. Its rights never grow
// (PR_SET_NO_NEW_PRIVS), and where the kernel has Landlock (landlock(7)) it sees only itself and
// what it has started. Worker, spawner.
#pragma once

#include "base/descriptor.hpp"

namespace tined::children {

/// Made once, used for any number of processes: each gets a domain of its own. It restricts nothing
/// else: files are the business of their modes.
class Confinement {
 public:
  /// There is no domain where the kernel has none, or where one would forbid renaming files across
  /// directories (Linux before 5.19), or where a filter refuses it.
  Confinement() noexcept;

  /// Confines the calling thread, which is its process's only one, for good. Safe between vfork
  /// and execve. False: it goes on with all it had; errno says why.
  [[nodiscard]] bool Enter() const noexcept;
  /// Does what Enter does, for the rights alone.
  [[nodiscard]] static bool KeepRights() noexcept;

  [[nodiscard]] bool has_domain() const noexcept { return static_cast<bool>(rules_); }

 private:
  Descriptor rules_;
};

}  // namespace tined::children
