#include "base/utf8.hpp"

#include <cstddef>

namespace tined {
namespace {

/// Bytes of the character that `first` begins; 0: it begins none.
std::size_t SizeOfCharacter(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

/// Overlong forms, surrogates, and what lies beyond Unicode show in the second byte.
bool IsSecondByte(unsigned char first, unsigned char second) noexcept {
  if (first == 0xE0) return second >= 0xA0;
  if (first == 0xED) return second <= 0x9F;
  if (first == 0xF0) return second >= 0x90;
  if (first == 0xF4) return second <= 0x8F;
  return true;
}

}  // namespace

bool IsUtf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t size = SizeOfCharacter(first);
    if (size == 0 || size > text.size() - i) return false;
    for (std::size_t k = 1; k < size; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      if (k == 1 && !IsSecondByte(first, next)) return false;
    }
    i += size;
  }
  return true;
}

}  // namespace tined
