#include "base/descriptor.hpp"

#include <cerrno>

namespace tined {

void Descriptor::Close(int fd) noexcept {
  const int saved = errno;
  // Linux releases the number even when close fails, EINTR included: never retry.
  ::close(fd);
  errno = saved;
}

}  // namespace tined
