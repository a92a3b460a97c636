// What all workers together have at the moment, of each of many things: requests in flight of a
// route, connections of a client. In memory that all workers share: each has a part of its own,
// which it alone writes to; what there is of a thing is the sum of all parts. The part of a worker
// that has ended counts no more, so that nothing is held for the dead: whose parts count, the
// supervisor says in memory that workers can only read. What a wild write puts into a part lets in
// too many or too few, until the worker whose part it is ends; a part that is nobody's counts
// nothing, and is emptied before it is anybody's.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/digest.hpp"
#include "base/published.hpp"
#include "base/shared_file.hpp"
#include "shared/kept.hpp"

namespace tined::shared {

class Tally {
 public:
  /// Workers at once, of all generations, that have a part; those beyond count nothing, which the
  /// supervisor tells.
  static constexpr std::size_t kMostMembers = 1024;
  /// Few things, such as routes; and many, such as the clients of a worker's connections.
  static constexpr std::size_t kFewThings = 512;
  static constexpr std::size_t kManyThings = std::size_t{1} << 15;

  /// One of a thing, counted as long as this lives. May end on any thread; outlived by its member.
  class One {
   public:
    One() = default;
    explicit One(std::uint64_t* entry) noexcept : entry_(entry) {}
    One(One&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    One& operator=(One&& other) noexcept {
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~One();
    /// False: nothing is counted.
    explicit operator bool() const noexcept { return entry_ != nullptr; }

   private:
    std::uint64_t* entry_ = nullptr;
  };

  /// A worker's part, from before its fork until it has been reaped. Supervisor makes and ends it.
  class Member {
   public:
    explicit Member(Tally& tally) noexcept : tally_(tally), index_(tally.TakePart()) {}
    Member(const Member&) = delete;
    /// The part of a worker that an image before had forked.
    Member(Tally& tally, std::size_t index) : tally_(tally), index_(tally.GoOnWith(index)) {}
    Member& operator=(const Member&) = delete;
    ~Member() { tally_.FreePart(index_); }

    /// Whether there was a part left for it.
    [[nodiscard]] bool has_part() const noexcept { return index_ < kMostMembers; }
    /// Which part that is.
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    /// What a thing is known by. Nobody outside can find two that are taken for one.
    [[nodiscard]] std::uint64_t KeyOf(std::string_view thing) const noexcept {
      return Digest(thing, tally_.key_);
    }
    /// Worker, its loop's thread: one more of that thing. Nothing is counted where there is no
    /// room.
    [[nodiscard]] One Add(std::uint64_t key) noexcept { return tally_.Add(index_, key); }
    /// What all workers have of it, this one included.
    [[nodiscard]] std::uint64_t Sum(std::uint64_t key) const noexcept { return tally_.Sum(key); }

   private:
    Tally& tally_;
    const std::size_t index_;
  };

  /// `things`: what a part has entries for, one of the two above. A worker counts half as many
  /// without trouble; more are counted as far as there is room near their places. `kept`: goes on
  /// with what another image has counted. Throws std::system_error.
  explicit Tally(std::size_t things = kFewThings, const Kept& kept = {});
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  /// What the next image of this program goes on with.
  [[nodiscard]] Kept Keep() const noexcept {
    return {entries_.descriptor(), form_, key_.first, key_.second};
  }

 private:
  /// Bits, one a part: it is somebody's.
  using Taken = std::array<std::atomic<std::uint64_t>, kMostMembers / 64>;

  [[nodiscard]] std::size_t TakePart() noexcept;
  [[nodiscard]] std::size_t GoOnWith(std::size_t index) noexcept;
  void FreePart(std::size_t index) noexcept;
  void Empty(std::size_t index) noexcept;
  [[nodiscard]] One Add(std::size_t index, std::uint64_t key) noexcept;
  [[nodiscard]] std::uint64_t Sum(std::uint64_t key) const noexcept;
  [[nodiscard]] std::uint64_t CountIn(std::size_t index, std::uint64_t key) const noexcept;
  /// The entry that is so far behind the one where a thing is looked for first.
  [[nodiscard]] std::uint64_t& EntryOf(std::size_t index, std::uint64_t key,
                                       std::size_t step) const noexcept {
    return entries_[index * things_ + (key + step) % things_];
  }

  const std::size_t things_;
  const std::uint64_t form_;
  const DigestKey key_;
  const SharedArray<std::uint64_t> entries_;
  Published<Taken> taken_;
};

}  // namespace tined::shared
