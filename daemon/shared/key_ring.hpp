// Keys that several processes have in common and that one of them, whichever notices that it is
// time, replaces by others. It lies in a file in memory that begins as zeros. The supervisor makes
// the file (base/shared_file.hpp) and passes it on; it never maps it, so that neither it nor what
// it forks has a key. Handshakers map it; each may be killed anywhere, and holds up nobody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/clock.hpp"

namespace tined::shared {

class KeyRing {
 public:
  static constexpr std::size_t kSize = 2048;
  using Keys = std::span<std::byte, kSize>;

  /// Counts the sets of keys; 0: there is none yet.
  [[nodiscard]] std::uint64_t number() const noexcept {
    return current_.load(std::memory_order_acquire);
  }
  /// Copies the keys of that number. False: they have been replaced by others, or were never there.
  [[nodiscard]] bool Read(std::uint64_t number, Keys keys) const noexcept;

  /// Whether this process is to make the next keys. False: somebody else is at it, and has not been
  /// for longer than kPatience.
  [[nodiscard]] bool Claim(TimePoint now) noexcept;
  /// After a claim: what follows the keys of `number`, which are overwritten. False: others were
  /// faster. The claim is over either way.
  bool Replace(std::uint64_t number, std::span<const std::byte, kSize> keys) noexcept;

  static constexpr Duration kPatience = std::chrono::seconds(2);

 private:
  /// Keys are loaded and stored word by word, in order: whoever has seen a word of later keys sees
  /// their number, or 0, afterwards.
  struct KeySet {
    void Set(std::span<const std::byte, kSize> bytes) noexcept;
    void Get(Keys bytes) const noexcept;
    void Wipe() noexcept;

    std::atomic<std::uint64_t> number{0};  ///< 0: nothing, or it is being written
    std::array<std::atomic<std::uint64_t>, kSize / sizeof(std::uint64_t)> words{};
  };
  [[nodiscard]] static std::size_t SetOf(std::uint64_t number) noexcept { return number % kSets; }
  void ForgetBefore(std::uint64_t number) noexcept;

  /// One that was stopped in the middle of writing finds its set taken only after so many others
  /// have begun.
  static constexpr std::size_t kSets = 4;

  std::atomic<std::uint64_t> current_{0};
  std::atomic<std::int64_t> claimed_{0};  ///< when, in milliseconds of Clock; 0: nobody is at it
  std::atomic<std::uint64_t> begun_{0};   ///< the highest number that somebody has written under
  std::array<KeySet, kSets> sets_;
};

}  // namespace tined::shared
