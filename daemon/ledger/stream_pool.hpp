// Hands out slots for streams of HTTP/2 to the connections of a worker. Which are free is private
// to the worker; others look at slots alone, each of which names its owner. A slot that is given
// back in an epoch is not handed out before that epoch is committed: until then, for whoever takes
// over, the stream goes on. Worker's loop thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/stream.hpp"

namespace tined::ledger {

class StreamPool {
 public:
  /// `slots` are borrowed; nobody owns any of them.
  explicit StreamPool(std::span<Stream> slots);
  StreamPool(const StreamPool&) = delete;
  StreamPool& operator=(const StreamPool&) = delete;

  /// A slot for stream `id` of `owner`, whose last committed epoch is `epoch`; it counts with the
  /// next. The caller fills in what is fixed and the version. Null: all are taken.
  [[nodiscard]] Stream* Take(std::uint32_t owner, std::uint32_t id, std::uint64_t epoch) noexcept;
  /// With the next epoch, the slot has no stream.
  void Free(Stream& stream, std::uint64_t epoch) noexcept;

  /// `owner` has committed an epoch: what was given back in it may be handed out.
  void OnCommit(std::uint32_t owner) noexcept;
  /// What `owner` has changed since its last commit, `epoch`, is never to count.
  void TakeBack(std::uint32_t owner, std::uint64_t epoch) noexcept;
  /// `owner` is no more: its record says so already.
  void Drop(std::uint32_t owner) noexcept;

  [[nodiscard]] std::span<Stream> slots() const noexcept { return slots_; }
  [[nodiscard]] std::size_t free_count() const noexcept { return free_.size(); }

 private:
  void Release(Stream& stream) noexcept;

  std::span<Stream> slots_;
  std::vector<Stream*> free_;
  std::vector<Stream*> leaving_;  ///< given back in epochs that are not committed
};

}  // namespace tined::ledger
