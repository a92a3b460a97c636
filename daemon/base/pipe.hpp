// A pipe (pipe2(2)) whose ends close themselves.
#pragma once

#include "base/descriptor.hpp"

namespace tined {

struct Pipe {
  Descriptor read;
  Descriptor write;
};

/// Both ends are close-on-exec and blocking. Throws std::system_error.
[[nodiscard]] Pipe MakePipe();

}  // namespace tined
