#include "handlers/root.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

#include "base/error.hpp"

namespace tined::handlers {
namespace {

/// openat2(2) fails with EAGAIN when something was renamed while it looked at "..": try again, but
/// not for ever. EINTR comes from network and FUSE file systems.
int OpenBeneath(int directory, const char* relative, int flags, Patience patience) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (patience == Patience::none) {
    how.resolve |= RESOLVE_CACHED;
    const long fd = ::syscall(SYS_openat2, directory, relative, &how, sizeof(how));
    // EINVAL: Linux before 5.12 does not know the flag.
    if (fd < 0 && (errno == EINTR || errno == EINVAL)) errno = EAGAIN;
    return static_cast<int>(fd);
  }
  for (int tries = 0; tries < 16; ++tries) {
    const long fd = ::syscall(SYS_openat2, directory, relative, &how, sizeof(how));
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN && errno != EINTR) return -1;
  }
  return -1;
}

}  // namespace

Root::Root(const std::string& path)
    : directory_(Check(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                       "cannot open the directory to serve, " + path)) {
  const Opened probe = Look({});
  if (probe.error == ENOSYS || probe.error == EPERM) {
    throw std::system_error(probe.error, std::generic_category(),
                            "cannot serve " + path +
                                ": openat2 is refused here; it needs Linux 5.6 and a system call "
                                "filter (container, SystemCallFilter=) that lets it pass");
  }
  if (probe.error != 0) {
    throw std::system_error(probe.error, std::generic_category(), "cannot serve " + path);
  }
}

Opened Root::Open(std::string_view relative, Patience patience) const noexcept {
  return OpenWith(relative, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, patience);
}

Opened Root::Look(std::string_view relative) const noexcept {
  return OpenWith(relative, O_PATH | O_CLOEXEC, Patience::wait);
}

Opened Root::OpenWith(std::string_view relative, int flags, Patience patience) const noexcept {
  relative.remove_prefix(std::min(relative.find_first_not_of('/'), relative.size()));
  if (relative.empty()) relative = ".";
  Opened opened;
  std::array<char, PATH_MAX> path;
  if (relative.size() >= path.size()) {
    opened.error = ENAMETOOLONG;
    return opened;
  }
  if (relative.find('\0') != std::string_view::npos) {
    opened.error = ENOENT;
    return opened;
  }
  path[relative.copy(path.data(), relative.size())] = '\0';
  opened.descriptor.Reset(OpenBeneath(directory_.get(), path.data(), flags, patience));
  if (!opened.descriptor || ::fstat(opened.descriptor.get(), &opened.status) != 0) {
    opened.error = errno;
    opened.descriptor.Reset();
  }
  return opened;
}

}  // namespace tined::handlers
