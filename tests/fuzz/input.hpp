// What the fuzz programs share: inputs in memory of exactly their size, so that AddressSanitizer
// sees a look beyond them, and a check that stays on in every build.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace tined::fuzz {

/// A copy of some bytes, alone in its memory.
class Alone {
 public:
  explicit Alone(std::string_view bytes) : size_(bytes.size()), bytes_(new char[bytes.size()]) {
    bytes.copy(bytes_.get(), size_);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Reads every byte of a view, for a sanitizer to watch.
inline void Touch(std::string_view view) {
  static volatile char sink;
  for (const char c : view) sink = c;
}

}  // namespace tined::fuzz
