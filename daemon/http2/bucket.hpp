// What a client may do as often as honest ones need to, and no more: a bucket of tokens that is
// full at first and fills again with time. A pure decision, given the clock's seconds.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tined::http2 {

class Bucket {
 public:
  struct Size {
    std::uint32_t most = 0;    ///< tokens that it holds
    std::uint32_t refill = 0;  ///< tokens that it gets a second
  };
  explicit constexpr Bucket(Size size) noexcept : size_(size), left_(size.most) {}

  /// False: there is no token left. `seconds`: of any clock.
  [[nodiscard]] constexpr bool Take(std::int64_t seconds) noexcept {
    if (seconds > filled_at_) {
      const std::int64_t more =
          std::min<std::int64_t>(seconds - filled_at_, 1 << 20) * size_.refill;
      left_ = static_cast<std::uint32_t>(std::min<std::int64_t>(size_.most, left_ + more));
      filled_at_ = seconds;
    }
    if (left_ == 0) return false;
    --left_;
    return true;
  }

 private:
  Size size_;
  std::uint32_t left_;
  std::int64_t filled_at_ = 0;
};

}  // namespace tined::http2
