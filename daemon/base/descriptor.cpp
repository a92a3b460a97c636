#include "base/descriptor.hpp"

#include <cerrno>

namespace tined {

void Descriptor::Reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  if (old < 0) return;
  const int saved = errno;
  // Linux releases the number even when close fails, EINTR included: never retry.
  ::close(old);
  errno = saved;
}

}  // namespace tined
