#include "handlers/escape.hpp"

#include "base/hex.hpp"

namespace tined::handlers {
namespace {

constexpr bool IsUnreserved(char c) {
  return IsLetterOrDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string EncodeSegment(std::string_view name) { return PercentEncoded(name, IsUnreserved); }

std::string EncodePath(std::string_view path) {
  return PercentEncoded(path, [](char c) { return IsUnreserved(c) || c == '/'; });
}

std::string EscapeHtml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped.push_back(c);
    }
  }
  return escaped;
}

}  // namespace tined::handlers
