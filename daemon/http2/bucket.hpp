// What a client may do as often as honest ones need to, and no more: a bucket of tokens that is
// full at first and fills again with time. How large it is may change while it is in use. A pure
// decision, given the time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tined::http2 {

class Bucket {
 public:
  struct Size {
    std::uint32_t most = 0;    ///< tokens that it holds
    std::uint32_t refill = 0;  ///< tokens that it gets a second
  };

  /// False: there is no token left. `now`: of any clock.
  [[nodiscard]] constexpr bool Take(const Size& size, std::chrono::seconds now) noexcept {
    if (now > filled_at_) {
      constexpr std::int64_t kLongEnough = 1 << 20;
      const std::int64_t passed = (now - filled_at_).count();
      PutBack(std::min(passed, kLongEnough) * size.refill);
      filled_at_ = now;
    }
    if (taken_ >= size.most) return false;
    ++taken_;
    return true;
  }
  /// Tokens that were taken are there again.
  constexpr void PutBack(std::int64_t tokens) noexcept {
    taken_ -= static_cast<std::uint32_t>(std::min<std::int64_t>(tokens, taken_));
  }

 private:
  std::uint32_t taken_ = 0;
  std::chrono::seconds filled_at_{0};
};

}  // namespace tined::http2
