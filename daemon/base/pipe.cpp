#include "base/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"

namespace tined {

Pipe MakePipe() {
  int ends[2];
  Check(::pipe2(ends, O_CLOEXEC), "pipe2");
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace tined
