#include "handlers/root.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/proc.hpp"
#include "handlers/inner_link.hpp"

namespace tined::handlers {
namespace {

constexpr std::uint64_t kBeneath = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

/// openat2(2) fails with EAGAIN when something was renamed while it looked at "..": try again, but
/// not for ever. EINTR comes from network and FUSE file systems.
int OpenAt(int directory, const char* path, std::uint64_t resolve, Patience patience) noexcept {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = resolve;
  if (patience == Patience::none) {
    how.resolve |= RESOLVE_CACHED;
    const long fd = ::syscall(SYS_openat2, directory, path, &how, sizeof(how));
    // EINVAL: Linux before 5.12 does not know the flag.
    if (fd < 0 && (errno == EINTR || errno == EINVAL)) errno = EAGAIN;
    return static_cast<int>(fd);
  }
  for (int tries = 0; tries < 16; ++tries) {
    const long fd = ::syscall(SYS_openat2, directory, path, &how, sizeof(how));
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != EAGAIN && errno != EINTR) return -1;
  }
  return -1;
}

std::string OwnPath(int fd) {
  std::string path(PATH_MAX, '\0');
  const ssize_t size = ::readlink(DescriptorPath(fd).c_str(), path.data(), path.size());
  path.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return path;
}

/// The directory that `path` leads to; null: errno says why.
std::shared_ptr<RootDirectory> FindDirectory(const std::string& path, Patience patience) {
  auto current = std::make_shared<RootDirectory>();
  const std::string directory = path + "/";  // a file is ENOTDIR
  current->directory.Reset(OpenAt(AT_FDCWD, directory.c_str(), 0, patience));
  if (!current->directory || ::fstat(current->directory.get(), &current->status) != 0)
    return nullptr;
  return current;
}

/// The path leads nowhere, or to where this process may not go; other errors pass, and say nothing
/// about the directory.
bool IsGone(int error) noexcept {
  return error == ENOENT || error == ENOTDIR || error == ELOOP || error == EACCES;
}

bool IsSame(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

Opened Failed(int error) {
  Opened opened;
  opened.error = error;
  return opened;
}

}  // namespace

Root::Root(const std::string& path) : path_(path.substr(0, path.find_last_not_of('/') + 1)) {
  const std::string what = "cannot open the directory to serve, " + path;
  const Descriptor probe(Check(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), what));
  if (Current()) {
    // This process has to be allowed to search the directory, to serve what is in it.
    if (const Opened itself = Look({}); itself.error != 0) {
      throw std::system_error(itself.error, std::generic_category(), what);
    }
    if (Reopen(probe, O_DIRECTORY) || errno != ENOENT) return;
    throw std::system_error(ENOENT, std::generic_category(),
                            "cannot serve " + path + ": /proc is not mounted here");
  }
  const int error = errno;
  if (error == ENOSYS || error == EPERM) {
    throw std::system_error(error, std::generic_category(),
                            "cannot serve " + path +
                                ": openat2 is refused here; it needs Linux 5.6 and a system call "
                                "filter (container, SystemCallFilter=) that lets it pass");
  }
  throw std::system_error(error, std::generic_category(), what);
}

std::shared_ptr<const RootDirectory> Root::Current(Patience patience) const {
  const TimePoint now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (current_ && now - looked_at_ < kLookAgain) return current_;
  std::shared_ptr<RootDirectory> found = FindDirectory(path_, patience);
  if (!found) {
    const int error = errno;
    if (error == EAGAIN && patience == Patience::none) return nullptr;
    if (!IsGone(error)) return current_;
    if (current_) {
      log::Warning("a directory to serve is gone: requests for it get a 503 until it is back",
                   {{"root", path_}, {"error", ErrnoText(error)}});
      is_gone_ = true;
    }
    current_.reset();
    errno = error;
    return nullptr;
  }
  looked_at_ = now;
  if (std::exchange(is_gone_, false)) log::Info("a directory to serve is back", {{"root", path_}});
  if (current_ && IsSame(current_->status, found->status)) return current_;
  found->path = OwnPath(found->directory.get());
  current_ = std::move(found);
  return current_;
}

/// What openat2 refuses because a link on the way is absolute, or leads out and in again.
int Root::Follow(const RootDirectory& current, std::string path) const {
  constexpr int kMostLinks = 16;
  for (int links = 0; links < kMostLinks; ++links) {
    if (!TurnLinkInward(current.directory.get(), {path_, current.path}, path)) break;
    const int fd = OpenAt(current.directory.get(), path.empty() ? "." : path.c_str(), kBeneath,
                          Patience::wait);
    if (fd >= 0 || errno != EXDEV) return fd;
  }
  errno = EXDEV;
  return -1;
}

Opened Root::Look(std::string_view relative, Patience patience) const {
  relative.remove_prefix(std::min(relative.find_first_not_of('/'), relative.size()));
  if (relative.size() >= PATH_MAX) return Failed(ENAMETOOLONG);
  if (relative.find('\0') != std::string_view::npos) return Failed(ENOENT);
  const std::shared_ptr<const RootDirectory> current = Current(patience);
  if (!current) return Failed(errno == EAGAIN && patience == Patience::none ? EAGAIN : ESTALE);
  const std::string path(relative.empty() ? "." : relative);
  Opened opened;
  opened.descriptor.Reset(OpenAt(current->directory.get(), path.c_str(), kBeneath, patience));
  if (!opened.descriptor && errno == EXDEV) {
    if (patience == Patience::none) return Failed(EAGAIN);
    opened.descriptor.Reset(Follow(*current, path));
  }
  if (!opened.descriptor || ::fstat(opened.descriptor.get(), &opened.status) != 0) {
    return Failed(errno);
  }
  return opened;
}

Opened Root::Open(std::string_view relative, Patience patience) const {
  Opened opened = Look(relative, patience);
  if (!opened.is_file()) return opened;
  opened.descriptor = Reopen(opened.descriptor, O_NOCTTY);
  return opened.descriptor ? std::move(opened) : Failed(errno);
}

Descriptor Reopen(const Descriptor& opened, int flags) noexcept {
  const DescriptorPath path(opened.get());
  int fd = -1;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

}  // namespace tined::handlers
