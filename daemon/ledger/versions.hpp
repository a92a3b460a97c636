// Something that changes together with other things, so that it is there twice. Who changes it
// writes into the version that does not count, and tags it with the epoch that is under way; one
// store elsewhere, that of the epoch which is committed (ledger/http2_state.hpp), makes all that is
// tagged with it count at once. Part of memory that a worker shares with the supervisor: every
// pattern of bits is a value of it. Changed by one thread.
#pragma once

#include <array>
#include <cstdint>

#include "ledger/record.hpp"

namespace tined::ledger {

/// `Version` is plain data and has a member `epoch`, 0 in one that was never filled in.
template <typename Version>
struct Versions {
  std::array<Version, 2> both{};

  /// The newest that counts once `epoch` is committed; null: none does.
  [[nodiscard]] const Version* At(std::uint64_t epoch) const noexcept {
    const Version* newest = nullptr;
    for (const Version& version : both) {
      if (version.epoch == 0 || version.epoch > epoch) continue;
      if (newest == nullptr || version.epoch > newest->epoch) newest = &version;
    }
    return newest;
  }

  /// The version that is to count with the epoch behind `epoch`, which is committed: what counts
  /// now, to be changed.
  [[nodiscard]] Version& Change(std::uint64_t epoch) noexcept {
    for (Version& version : both) {
      if (version.epoch > epoch) return version;
    }
    const Version* const now = At(epoch);
    Version next = now == nullptr ? Version() : *now;
    next.epoch = 0;
    Version& spare = both[now == both.data() ? 1 : 0];
    // A half that is written must not have the epoch of one that is whole.
    spare.epoch = 0;
    Record::KeepOrder();
    spare = next;
    Record::KeepOrder();
    spare.epoch = epoch + 1;
    Record::KeepOrder();
    return spare;
  }

  /// What is tagged with the epoch behind `epoch` is never to count. One store does it: what counts
  /// is not copied over it, for a half of that would bear an epoch, too.
  void Outvote(std::uint64_t epoch) noexcept {
    for (Version& version : both) {
      if (version.epoch > epoch) version.epoch = 0;
      Record::KeepOrder();
    }
  }

  /// Nothing counts, in no epoch.
  void Reset() noexcept {
    for (Version& version : both) {
      version.epoch = 0;
      Record::KeepOrder();
    }
  }
};

}  // namespace tined::ledger
