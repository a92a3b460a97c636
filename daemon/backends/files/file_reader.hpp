// Reads files for connections in each of the ways that a route can choose (config::FileIo) but
// sendfile, which needs no reader: now, if that means no more than copying from the page cache, or
// later, by a thread of the pool or by io_uring.
// One a worker, its loop thread. Reads under way are bounded in number, and with them the memory of
// their buffers; what is more waits in line.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "answer/body.hpp"
#include "backends/files/ring.hpp"
#include "backends/threads.hpp"

namespace tined::backends {

class FileReader;

/// A piece of a file that is read later. Shared by who waits for it and by who reads it: file and
/// buffer stay until the kernel or a thread has done with them, also when nobody waits any more.
class FileRead final : public Job, private Ring::Reader {
 public:
  using Buffer = std::unique_ptr<char[]>;

  FileRead(FileReader& reader, answer::FileHandle file, std::uint64_t offset, std::size_t size)
      : reader_(reader), file_(std::move(file)), offset_(offset), size_(size) {}

  [[nodiscard]] bool is_done() const noexcept { return is_done_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  /// When done: what it brought of the file from `offset` on; nothing where the file has ended or
  /// cannot be read.
  [[nodiscard]] std::string_view From(std::uint64_t offset) const noexcept;
  /// Whom to call when it is done, once.
  void OnDone(std::function<void()> action) noexcept { on_done_ = std::move(action); }

  void Run() noexcept override;
  void Finish() noexcept override;

 private:
  friend class FileReader;
  void OnRead(int result) noexcept override;

  FileReader& reader_;
  const answer::FileHandle file_;
  const std::uint64_t offset_;
  const std::size_t size_;
  Buffer buffer_;           ///< from the beginning of the read on
  std::size_t filled_ = 0;  ///< bytes of it that the read has brought
  bool is_done_ = false;
  std::atomic<bool> is_wanted_{true};
  std::shared_ptr<FileRead> self_;  ///< while the kernel has it
  std::function<void()> on_done_;
};

class FileReader {
 public:
  /// No more of a file is in memory at once for one connection. Measured: twice as much costs the
  /// processor nearly twice the time a byte, half as much saves nothing.
  static constexpr std::size_t kPiece = std::size_t{64} << 10;
  /// Reads that are under way at once.
  static constexpr std::size_t kMost = Ring::kMost;

  /// Both outlive the reader.
  FileReader(loop::Loop& loop, Threads& threads);
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  /// Has a ring made now, so that the log says at the start where there is none.
  void PrepareAsync() noexcept { (void)HasRing(); }

  enum class Outcome : std::uint8_t {
    bytes,    ///< some, good until the next call of Read
    nothing,  ///< the file has ended there, or cannot be read
    later,    ///< wait for `later`
  };
  struct Result {
    Outcome outcome = Outcome::nothing;
    std::string_view bytes;
  };
  /// Reads at most `length` bytes (and kPiece) of `file`, in the way it says, from `offset`.
  [[nodiscard]] Result Read(const answer::FileHandle& file, std::uint64_t offset,
                            std::uint64_t length, std::shared_ptr<FileRead>& later) noexcept;
  /// Nobody waits for `read`, or needs what it brought, any more. Empties `read`.
  void Drop(std::shared_ptr<FileRead>& read) noexcept;

  /// Waits for the kernel's reads; false when that takes longer than `patience`. Threads are their
  /// pool's matter.
  [[nodiscard]] bool Quiesce(Duration patience) noexcept;

 private:
  friend class FileRead;

  [[nodiscard]] bool HasRing() noexcept;
  [[nodiscard]] Result ReadNow(int fd, std::uint64_t offset, std::size_t size, int flags) noexcept;
  [[nodiscard]] Result Show(std::shared_ptr<FileRead>& read) noexcept;
  void Begin(const std::shared_ptr<FileRead>& read) noexcept;
  void BeginOnThread(const std::shared_ptr<FileRead>& read) noexcept;
  void Done(FileRead& read) noexcept;
  void BeginNext() noexcept;
  [[nodiscard]] FileRead::Buffer TakeBuffer();
  void GiveBack(FileRead& read) noexcept;

  loop::Loop& loop_;
  Threads& threads_;
  std::unique_ptr<Ring> ring_;
  bool has_tried_ring_ = false;
  bool is_ending_ = false;
  FileRead::Buffer scratch_;         ///< what ReadNow reads into
  std::shared_ptr<FileRead> shown_;  ///< the ring's, that Read has shown last
  std::size_t under_way_ = 0;
  std::deque<std::shared_ptr<FileRead>> waiting_;
  std::vector<FileRead::Buffer> spare_;
};

}  // namespace tined::backends
