// Knows whose child a process is: whoever forks one says what is to be called when it stops or has
// ended. It alone waits for children (waitid(2)) in a process that forks many of several kinds.
// One thread, the one that forks: a child that is registered before the next Reap cannot be missed.
// What is called is the owner's: an owner that goes while Reap may be called forgets its children.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <map>

#include "children/death.hpp"

namespace tined::children {

class Reaper {
 public:
  struct Events {
    /// The child has ended and has been waited for: its number may be another process's soon.
    std::function<void(const Death& death)> on_exit;
    /// Is called when the child has stopped, for a signal or for who traces it; may be empty.
    std::function<void(const siginfo_t& info)> on_stop;
  };
  /// Tells of one child that has ended, which is waited for by that, or has stopped. False: none.
  using Wait = std::function<bool(siginfo_t& info)>;

  explicit Reaper(Wait wait = WaitForAny) : wait_(std::move(wait)) {}
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  /// `pid` is a child of this process that nobody has waited for.
  void Register(pid_t pid, Events events);
  /// Nobody is told of that child any more; it is waited for all the same.
  void Forget(pid_t pid) noexcept { children_.erase(pid); }
  [[nodiscard]] std::size_t registered() const noexcept { return children_.size(); }

  /// Waits for what has ended, tells of what has stopped: for SIGCHLD. Children that nobody has
  /// registered are orphans that this process was given; what is called may register others.
  void Reap();

  /// Looks at any child of this process; never blocks.
  [[nodiscard]] static bool WaitForAny(siginfo_t& info) noexcept;

 private:
  const Wait wait_;
  std::map<pid_t, Events> children_;
};

}  // namespace tined::children
