#include "base/standard_streams.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.hpp"

namespace tined {
namespace {

/// The lowest number that is free is the one that is missing: they are gone through in order.
void Fill(int fd) noexcept {
  if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) return;
  int opened = ::open("/dev/null", O_RDWR);
  // A root without devices: nothing can be read from or written to this one, as is right.
  if (opened < 0) opened = ::open("/", O_PATH);
  if (opened < 0 || opened == fd) return;
  ::dup2(opened, fd);
  ::close(opened);
}

/// Opening the multiplexer makes another terminal.
bool IsPtyMaster(const struct stat& status) noexcept { return status.st_rdev == ::makedev(5, 2); }

void OpenAgain(int fd, const char* path) noexcept {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return;
  const bool may_block = S_ISFIFO(status.st_mode) || (::isatty(fd) != 0 && !IsPtyMaster(status));
  if (!may_block) return;
  const Descriptor own(::open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (own) ::dup2(own.get(), fd);
}

}  // namespace

void PrepareStandardStreams() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) Fill(fd);
  OpenAgain(STDOUT_FILENO, "/proc/self/fd/1");
  OpenAgain(STDERR_FILENO, "/proc/self/fd/2");
}

}  // namespace tined
