// What a program has written and its slow client has not taken yet, in a file without a name: the
// program can go on, and end, before the client does. First in, first out. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/descriptor.hpp"

namespace tined::backends {

/// What all spools of a worker may still take.
struct SpoolSpace {
  explicit SpoolSpace(Bytes all) noexcept : left(all.count) {}
  std::uint64_t left;
  TimePoint told_broken{};  ///< when it was last said that no file can be written
};

class Spool {
 public:
  /// `most`: bytes that this one takes until it is empty again. The file is made with the first of
  /// them, in $TMPDIR or /tmp.
  Spool(Bytes most, std::shared_ptr<SpoolSpace> space) noexcept
      : most_(most.count), space_(std::move(space)) {}
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool() { Clear(); }

  enum class Outcome : std::uint8_t {
    bytes,  ///< some were taken, there may be more
    later,  ///< the pipe is empty
    end,    ///< the pipe is empty, and nobody writes to it any more
    full,   ///< no room, or no file, which is logged: what is in the pipe stays there
  };
  /// Takes what is in `pipe` (non-blocking), at most 256 KiB of it.
  [[nodiscard]] Outcome TakeFrom(int pipe) noexcept;
  /// The oldest bytes. 0: they cannot be read, which is logged.
  [[nodiscard]] std::size_t Read(std::span<char> room) noexcept;
  [[nodiscard]] bool empty() const noexcept { return read_ == size_; }
  /// Forgets all of it.
  void Clear() noexcept;

 private:
  [[nodiscard]] bool Open() noexcept;
  void Tell(const char* what) noexcept;

  const std::uint64_t most_;
  const std::shared_ptr<SpoolSpace> space_;
  Descriptor file_;
  std::uint64_t size_ = 0;  ///< bytes taken since it was empty
  std::uint64_t read_ = 0;  ///< bytes of `size_` that have been read
  bool is_broken_ = false;  ///< no file can be made, or written to
};

}  // namespace tined::backends
