// The account of what is sealed and what of it leaves, over all processes of the tined of
// tests/windows: memory that they and the test share. What has been sealed may be thrown away and
// sealed anew, as long as none of it has left; so a record is entered twice, when it is sealed and
// when it is about to be sent, and judged then. A record is known by its tag, which stands for key,
// nonce and every byte of it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tined::test {

/// Names the file that holds the account, in the environment of tined.
inline constexpr const char* kSealAuditVariable = "TINED_SEAL_AUDIT_FILE";

struct SealAudit {
  /// A process may end between any two stores: what it has begun then counts for nothing.
  class Table {
   public:
    /// Where the value of `key` is, which is not 0: a new place has the value 0. Null: it is full.
    [[nodiscard]] std::atomic<std::uint64_t>* Find(std::uint64_t key) noexcept {
      for (std::size_t i = 0; i < kPlaces; ++i) {
        Place& place = places_[(key + i) % kPlaces];
        std::uint64_t found = 0;
        if (place.key.compare_exchange_strong(found, key) || found == key) return &place.value;
      }
      return nullptr;
    }

   private:
    static constexpr std::size_t kPlaces = std::size_t{1} << 23;  // a storm's
    struct Place {
      std::atomic<std::uint64_t> key{0};
      std::atomic<std::uint64_t> value{0};
    };
    std::array<Place, kPlaces> places_;
  };

  /// `seat` means a key and a nonce, `tag` the record that was sealed with them; neither is 0.
  void OnSealed(std::uint64_t seat, std::uint64_t tag) noexcept {
    std::atomic<std::uint64_t>* const known = seats.Find(tag);
    known == nullptr ? void(++lost) : known->store(seat);
  }
  void OnSent(std::uint64_t tag) noexcept {
    ++sent;
    std::atomic<std::uint64_t>* const seat = seats.Find(tag);
    if (seat == nullptr) return void(++lost);
    if (*seat == 0) return void(++unknown);
    std::atomic<std::uint64_t>* const left = tags.Find(*seat);
    if (left == nullptr) return void(++lost);
    std::uint64_t before = 0;
    if (!left->compare_exchange_strong(before, tag) && before != tag) ++twice;
  }
  [[nodiscard]] bool is_good() const noexcept { return twice == 0 && unknown == 0 && lost == 0; }

  std::atomic<std::uint64_t> sent{0};   ///< records, each as often as some of it was about to leave
  std::atomic<std::uint64_t> twice{0};  ///< of these: another one has left in the same seat
  std::atomic<std::uint64_t> unknown{0};  ///< of these: nobody has sealed it
  std::atomic<std::uint64_t> lost{0};     ///< not entered: there was no room
  Table seats;                            ///< by tag
  Table tags;                             ///< by seat: of the record that has left in it
};

}  // namespace tined::test
