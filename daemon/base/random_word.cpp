#include "base/random_word.hpp"

#include <sys/random.h>

#include <array>
#include <utility>

namespace tined {

std::uint64_t NextRandomWord() noexcept {
  static std::array<std::uint64_t, 256> words;
  static std::size_t used = words.size();
  if (used == words.size()) {
    // Up to 256 bytes come whole or not at all (getrandom(2)).
    constexpr std::size_t kWhole = 256;
    char* const bytes = reinterpret_cast<char*>(words.data());
    for (std::size_t done = 0; done < sizeof words; done += kWhole) {
      while (::getrandom(bytes + done, kWhole, 0) != static_cast<ssize_t>(kWhole)) continue;
    }
    used = 0;
  }
  return std::exchange(words[used++], 0);
}

}  // namespace tined
