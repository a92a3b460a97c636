// Files of a generation as they were when it began: the first handshaker makes sealed copies in
// memory before it reads them, reads those, and has the supervisor keep them for handshakers that
// take the place of others. What is written over a file meanwhile is for the next reload. The
// supervisor holds the descriptors and reads none. Handshaker.
#pragma once

#include <vector>

#include "handshaker/start.hpp"

namespace tined::handshaker {

class Copies {
 public:
  /// Changes `start`, which is read while this lives, to have the copies in their files' places, if
  /// it is to make any. What cannot be copied stays: whoever reads it says what is wrong.
  explicit Copies(Start& start);
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;

  /// Sends them to the supervisor, each as `copied`.
  void Tell(int control) const noexcept;

 private:
  struct Copy {
    std::uint32_t place;  ///< among CopiedFiles of all listeners
    Descriptor file;
  };
  std::vector<Copy> copies_;
};

}  // namespace tined::handshaker
