#include "http2/field_rules.hpp"

#include <algorithm>
#include <array>

#include "base/characters.hpp"

namespace tined::http2 {
namespace {

constexpr std::array<bool, 256> kNameCharacters = [] {
  std::array<bool, 256> characters{};
  for (std::size_t byte = 1; byte < 128; ++byte) {
    const char c = static_cast<char>(byte);
    characters[byte] = IsLower(c) || IsDigit(c) ||
                       std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  }
  return characters;
}();

bool IsBlank(char c) noexcept { return c == ' ' || c == '\t'; }

}  // namespace

bool IsFieldName(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return kNameCharacters[static_cast<unsigned char>(c)];
  });
}

bool IsFieldValue(std::string_view value) noexcept {
  if (value.empty()) return true;
  if (IsBlank(value.front()) || IsBlank(value.back())) return false;
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || c == '\t';
  });
}

std::string_view WithoutBlanks(std::string_view text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

bool IsConnectionSpecific(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 5> kNames = {
      "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace tined::http2
