// Answers of OCSP that certificates are served with, as their files change: looked at once in a
// while, and given to the handshakers that serve. Supervisor, its loop's thread.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "supervisor/workers/handshaker.hpp"

namespace tined::supervisor {

class StapleRenewal {
 public:
  /// Looks, if it is time to, at the files of generation number `current`, and gives what has
  /// changed to its handshakers among `handshakers`.
  void LookAt(const std::vector<std::unique_ptr<Handshaker>>& handshakers, int current,
              TimePoint now);

 private:
  TimePoint looked_{};
};

}  // namespace tined::supervisor
