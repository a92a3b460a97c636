#include "base/escape.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/utf8.hpp"

namespace tined {

void AppendEscaped(std::string& out, std::string_view text) {
  const bool is_text = IsUtf8(text);
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (c == '\n') {
      out.append("\\n");
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f || (c < 0 && !is_text)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace tined
