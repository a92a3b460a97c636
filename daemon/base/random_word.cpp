#include "base/random_word.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <random>
#include <utility>

namespace tined {
namespace {

using Words = std::array<std::uint64_t, 256>;

/// False: the kernel refuses the system call (a filter).
bool Fetch(Words& words) noexcept {
  // Up to 256 bytes come whole or not at all (getrandom(2)).
  constexpr std::size_t kWhole = 256;
  char* const bytes = reinterpret_cast<char*>(words.data());
  for (std::size_t done = 0; done < sizeof words; done += kWhole) {
    while (::getrandom(bytes + done, kWhole, 0) != static_cast<ssize_t>(kWhole)) {
      if (errno != EINTR) return false;
    }
  }
  return true;
}

/// Words that can be guessed, but that no other process has.
void Invent(Words& words) noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::mt19937_64 random(static_cast<std::uint64_t>(now) ^ static_cast<std::uint64_t>(::getpid())
                                                               << 40);
  std::generate(words.begin(), words.end(), random);
}

}  // namespace

std::uint64_t NextRandomWord() noexcept {
  static Words words;
  static std::size_t used = words.size();
  if (used == words.size()) {
    if (!Fetch(words)) Invent(words);
    used = 0;
  }
  return std::exchange(words[used++], 0);
}

}  // namespace tined
