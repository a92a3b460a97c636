#include "supervisor/listening/unix_listener.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "base/error.hpp"
#include "base/local_path.hpp"
#include "base/log.hpp"

namespace tined::supervisor {
namespace {

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    ThrowErrno("unix:" + path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

/// True when a socket is at `address` whose server is gone.
bool IsStale(const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

/// A lock on the directory of a socket, from before it is bound until it listens: until then it
/// looks like one whose server is gone. Ends with the process, leaves no file.
class DirectoryLock {
 public:
  DirectoryLock(const std::string& path, Duration patience) {
    const std::string directory = std::filesystem::path(path).parent_path();
    directory_.Reset(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_) return;
    // Those who hold it do so for a moment only. Whoever holds it for longer means no good: then
    // this goes on without, but replaces nothing.
    constexpr std::chrono::milliseconds kWait{4};
    const TimePoint deadline = Clock::now() + patience;
    while (::flock(directory_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return;  // Not on this file system.
      is_contended_ = Clock::now() >= deadline;
      if (is_contended_) return;
      std::this_thread::sleep_for(kWait);
    }
  }

  /// Another process had it all the time.
  [[nodiscard]] bool is_contended() const noexcept { return is_contended_; }

 private:
  Descriptor directory_;
  bool is_contended_ = false;
};

[[noreturn]] void RefuseOccupied(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode)) {
    throw std::runtime_error(fmt::format(
        "at {} there is {} already, which is left alone; remove it, or choose another path", path,
        S_ISLNK(status.st_mode)   ? "a symbolic link"
        : S_ISDIR(status.st_mode) ? "a directory"
                                  : "a file that is no socket"));
  }
  errno = EADDRINUSE;
  ThrowErrno("unix:" + path);
}

/// Binds with these permissions: a socket's name gets those that the socket has.
int BindAs(int socket, const sockaddr_un& address, std::uint32_t mode) {
  Check(::fchmod(socket, static_cast<mode_t>(mode)), "fchmod");
  const mode_t mask = ::umask(0);
  const int bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(mask);
  errno = error;
  return bound;
}

void BindTo(const std::string& path, int socket, std::uint32_t mode, const DirectoryLock& lock) {
  const sockaddr_un address = AddressOf(path);
  if (BindAs(socket, address, mode) == 0) return;
  if (errno != EADDRINUSE) ThrowErrno("unix:" + path);
  if (!IsStale(address)) RefuseOccupied(path);
  if (lock.is_contended()) {
    throw std::runtime_error(fmt::format(
        "at {} there is the socket of a server that is gone, but another process keeps its "
        "directory locked (flock), as a tined does that is starting there; try again",
        path));
  }
  ::unlink(path.c_str());
  log::Info("removed the socket of a server that is gone", {{"path", path}});
  Check(BindAs(socket, address, mode), "unix:" + path);
}

}  // namespace

UnixListener::UnixListener(const std::string& path, const Terms& terms,
                           const children::Identity& owner)
    : path_(path),
      socket_(Check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")) {
  const DirectoryLock lock(path, terms.patience);
  BindTo(path, socket_.get(), terms.mode, lock);
  try {
    Settle(terms, owner);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
}

/// Nobody can connect before it listens, which comes last.
void UnixListener::Settle(const Terms& terms, const children::Identity& owner) {
  struct stat status {};
  Check(::lstat(path_.c_str(), &status), path_);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  // Before it is given away: to change what is somebody else's takes more rights.
  SetMode(terms.mode);
  if (owner.is_other) SetOwner(owner);
  Check(::listen(socket_.get(), terms.backlog), "listen on unix:" + path_);
}

UnixListener::~UnixListener() {
  if (IsInPlace()) ::unlink(path_.c_str());
}

bool UnixListener::IsInPlace() const noexcept {
  struct stat status {};
  return ::lstat(path_.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) &&
         status.st_dev == device_ && status.st_ino == inode_;
}

Descriptor UnixListener::OpenName() const {
  Descriptor name(Check(::open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC), path_));
  struct stat status {};
  Check(::fstat(name.get(), &status), path_);
  if (!S_ISSOCK(status.st_mode) || status.st_dev != device_ || status.st_ino != inode_) {
    errno = ESTALE;
    ThrowErrno(path_ + " is another file than the socket that tined has bound there");
  }
  return name;
}

void UnixListener::RequireMode(std::uint32_t mode) const {
  struct stat status {};
  const Descriptor name = OpenName();
  Check(::fstat(name.get(), &status), path_);
  const uid_t user = ::geteuid();
  if ((status.st_mode & ALLPERMS) == mode || user == 0 || user == status.st_uid) return;
  throw std::runtime_error(
      fmt::format("{} belongs to another user (uid {}) by now: its mode cannot be changed from "
                  "{:04o} to {:04o}; give it back, or remove it: it will be made anew",
                  path_, status.st_uid, status.st_mode & ALLPERMS, mode));
}

void UnixListener::SetMode(std::uint32_t mode) const {
  struct stat status {};
  const Descriptor name = OpenName();
  Check(::fstat(name.get(), &status), path_);
  if ((status.st_mode & ALLPERMS) == mode) return;
  local_path::ChangeMode(name.get(), static_cast<mode_t>(mode));
}

void UnixListener::SetOwner(const children::Identity& owner) const {
  const Descriptor name = OpenName();
  Check(::fchownat(name.get(), "", owner.user, owner.group, AT_EMPTY_PATH), "chown " + path_);
}

}  // namespace tined::supervisor
