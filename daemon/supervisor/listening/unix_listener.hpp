// A listening unix socket and its name in the file system: left-overs of a dead server are cleared
// away, the name is removed with the last owner. What the name means is always looked at through a
// descriptor: a link, or another file that was put in its place, is never touched. Supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "children/identity.hpp"

namespace tined::supervisor {

class UnixListener {
 public:
  struct Terms {
    std::uint32_t mode = 0;
    int backlog = 0;
    /// How long this may wait for another process that starts in the same directory: nothing, where
    /// somebody is served meanwhile. Anybody who may read the directory can have it waited for.
    Duration patience{};
  };
  /// Binds `path`, owned by `owner` (as far as this process may give it away), and listens. A
  /// socket that nobody listens on any more is replaced, by one of several starts at the same
  /// moment; anything else at `path` is left alone. Throws std::system_error, and
  /// std::runtime_error with the reason in words.
  UnixListener(const std::string& path, const Terms& terms, const children::Identity& owner);
  /// One that an earlier image of this program has made; `device` and `inode` are its name's.
  UnixListener(std::string path, Descriptor socket, dev_t device, ino_t inode)
      : path_(std::move(path)), socket_(std::move(socket)), device_(device), inode_(inode) {}
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;
  /// Removes the name, unless it has come to mean another socket since.
  ~UnixListener();

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] dev_t device() const noexcept { return device_; }
  [[nodiscard]] ino_t inode() const noexcept { return inode_; }
  /// The name is there and means this socket.
  [[nodiscard]] bool IsInPlace() const noexcept;
  /// Throws std::runtime_error when SetMode would not be allowed to.
  void RequireMode(std::uint32_t mode) const;
  /// Changes what is not so already. Throws std::system_error; ESTALE: the name means something
  /// else by now.
  void SetMode(std::uint32_t mode) const;
  void SetOwner(const children::Identity& owner) const;

 private:
  void Settle(const Terms& terms, const children::Identity& owner);
  [[nodiscard]] Descriptor OpenName() const;

  std::string path_;
  Descriptor socket_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace tined::supervisor
