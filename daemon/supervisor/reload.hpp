// Reloading the configuration, as a signal or tinectl asks for it: a new generation is brought in,
// and whoever asked is answered when that has come off or has not. Supervisor, its loop's thread.
#pragma once

#include <vector>

#include "supervisor/core.hpp"

namespace tined::supervisor {

class Reload {
 public:
  explicit Reload(Core& core) : core_(core) {}
  Reload(const Reload&) = delete;
  Reload& operator=(const Reload&) = delete;

  /// `answer` (may be empty) is called when the reload has ended. One that is asked for while
  /// another is running follows it: the file may have changed since it was read.
  void Ask(const Control::Answer& answer);
  /// Begins the one that has been asked for, if it can begin by now.
  void BeginWanted();
  /// The service stops: nobody's reload comes off any more.
  void Refuse(const Errors& errors);

 private:
  void Begin();
  void BringIn(Loaded loaded);
  void End(const Errors& errors);

  Core& core_;
  std::vector<Control::Answer> waiting_;  ///< for the one that is running
  std::vector<Control::Answer> next_;     ///< for one that must begin afterwards
  bool is_wanted_ = false;
};

}  // namespace tined::supervisor
