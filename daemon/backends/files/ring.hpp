// io_uring(7): reads that the kernel carries out while the loop goes on. Its descriptor is in the
// loop's epoll set, readable when reads are complete. One a worker, made after fork: a ring is
// never shared with a child. Worker's loop thread; owns the ring, borrows loop and buffers.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <span>

#include "loop/loop.hpp"

namespace tined::backends {

class Ring final : public loop::Watcher {
 public:
  /// Who asked for a read. It and its buffer stay until it has been told of the end.
  class Reader {
   public:
    Reader() = default;
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    virtual ~Reader() = default;
    /// `result`: bytes read, or a negative errno value.
    virtual void OnRead(int result) noexcept = 0;
  };

  /// Reads that may be under way at once.
  static constexpr unsigned kMost = 64;

  /// Throws std::system_error: the kernel has no io_uring, or forbids it (seccomp,
  /// kernel.io_uring_disabled).
  explicit Ring(loop::Loop& loop);
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  /// Nothing may be under way.
  ~Ring() override;

  /// Begins to read from `fd` (borrowed until the end) at `offset`. Not with kMost under way.
  /// False: the kernel does not take it now.
  [[nodiscard]] bool Read(int fd, std::span<char> to, std::uint64_t offset,
                          Reader& reader) noexcept;
  /// True when that reader's read is complete and the next that would be told of: the page cache
  /// had it all. Its result is taken, and it is not told any more.
  [[nodiscard]] bool TakeResult(const Reader& reader, int& result) noexcept;
  /// Waits until nothing is under way; false when that takes longer than `patience`.
  [[nodiscard]] bool Quiesce(Duration patience) noexcept;

  void OnReady(std::uint32_t events) noexcept override;

 private:
  void Tell(io_uring_cqe& completion) noexcept;

  loop::Loop& loop_;
  io_uring ring_{};
  loop::WatchId watch_;
  unsigned under_way_ = 0;
};

}  // namespace tined::backends
