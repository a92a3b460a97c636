// A file descriptor that closes itself: the one owner of every descriptor in the program.
// Any process, any thread; not synchronised. A raw `int` parameter elsewhere is a borrow.
#pragma once

#include <unistd.h>

#include <utility>

namespace tined {

class Descriptor {
 public:
  Descriptor() = default;
  /// Takes ownership of `fd`; a negative number owns nothing.
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Gives the descriptor away: the caller closes it.
  [[nodiscard]] int Release() noexcept { return std::exchange(fd_, -1); }

  /// Closes what is held and takes `fd`. errno is left as it was.
  void Reset(int fd = -1) noexcept {
    if (const int old = std::exchange(fd_, fd); old >= 0) Close(old);
  }

 private:
  static void Close(int fd) noexcept;

  int fd_ = -1;
};

}  // namespace tined
