#include "supervisor/unix_listener.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.hpp"
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

int Bind(int socket, const sockaddr_un& address) {
  return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// True when a socket is at `address` whose server is gone.
bool IsStale(const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

UnixListener::UnixListener(const std::string& path, std::uint32_t mode, int backlog,
                           const children::Identity& owner)
    : path_(path),
      socket_(Check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")) {
  const sockaddr_un address = AddressOf(path);
  // Nobody may connect before mode and owner are right.
  const mode_t mask = ::umask(0777);
  int bound = Bind(socket_.get(), address);
  if (bound != 0 && errno == EADDRINUSE && IsStale(address)) {
    ::unlink(path.c_str());
    log::Info("removed the socket of a server that is gone", {{"path", path}});
    bound = Bind(socket_.get(), address);
  }
  const int error = errno;
  ::umask(mask);
  errno = error;
  Check(bound, "unix:" + path);
  struct stat status {};
  Check(::stat(path.c_str(), &status), path);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  if (owner.is_other) Check(::chown(path.c_str(), owner.user, owner.group), "chown " + path);
  ChangeMode(mode);
  Check(::listen(socket_.get(), backlog), "listen on unix:" + path);
}

UnixListener::~UnixListener() {
  struct stat status {};
  if (::stat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
}

void UnixListener::ChangeMode(std::uint32_t mode) const {
  Check(::chmod(path_.c_str(), static_cast<mode_t>(mode)), "chmod " + path_);
}

}  // namespace tined::supervisor
