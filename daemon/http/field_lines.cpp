#include "http/field_lines.hpp"

#include <algorithm>
#include <array>

#include "http/characters.hpp"
#include "http/list.hpp"

namespace tined::http {
namespace {

constexpr std::array<std::string_view, 9> kOwn = {
    "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection",
    "upgrade",        "trailer",           "date",       "server"};

bool IsFieldLine(std::string_view line) noexcept {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = line.substr(colon + 1);
  return std::all_of(name.begin(), name.end(), IsTokenCharacter) &&
         std::all_of(value.begin(), value.end(), IsValueCharacter) &&
         std::none_of(kOwn.begin(), kOwn.end(),
                      [name](std::string_view own) { return EqualsIgnoreCase(name, own); });
}

}  // namespace

bool AreFieldLines(std::string_view lines) noexcept {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    if (end == std::string_view::npos || !IsFieldLine(lines.substr(0, end))) return false;
    lines.remove_prefix(end + 2);
  }
  return true;
}

}  // namespace tined::http
