#include "base/escape.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.hpp"

namespace tined {
namespace {

/// The character that `text`, UTF-8, has at `i`, and its bytes.
struct Character {
  char32_t code;
  std::size_t size;
};

Character CharacterAt(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t code = first & (0x7FU >> size);
  for (std::size_t k = 1; k < size; ++k) {
    code = code << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
  }
  return {code, size};
}

/// Characters by which a terminal can be told something, or a line be made to look like another:
/// controls of C1, marks of direction and of format (Unicode's categories Cc and Cf), separators.
bool IsTreacherous(char32_t code) {
  return (code >= 0x80 && code <= 0x9F) || code == 0xAD || code == 0x61C || code == 0x180E ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F);
}

/// Appends a character as JSON writes it, beyond the first 65536 in two halves (RFC 8259, 7).
void AppendCode(std::string& out, char32_t code) {
  const auto append = [&](unsigned unit) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
  };
  if (code < 0x10000) return append(code);
  append(0xD800 + ((code - 0x10000) >> 10U));
  append(0xDC00 + ((code - 0x10000) & 0x3FFU));
}

}  // namespace

void AppendEscaped(std::string& out, std::string_view text) {
  const bool is_text = IsUtf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_text && c < 0) {
      const Character character = CharacterAt(text, i);
      if (IsTreacherous(character.code)) {
        AppendCode(out, character.code);
      } else {
        out.append(text.substr(i, character.size));
      }
      i += character.size - 1;
    } else if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (c == '\n') {
      out.append("\\n");
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f || c < 0) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
}

std::string Visible(std::string_view text) {
  if (!IsUtf8(text)) return std::string(text);
  std::string visible;
  for (std::size_t i = 0; i < text.size();) {
    const Character character = CharacterAt(text, i);
    if (IsTreacherous(character.code)) {
      AppendCode(visible, character.code);
    } else {
      visible.append(text.substr(i, character.size));
    }
    i += character.size;
  }
  return visible;
}

}  // namespace tined
