#include "http2/priority.hpp"

#include <algorithm>

#include "http2/field_rules.hpp"

namespace tined::http2 {

Priority ReadPriority(std::string_view text) noexcept {
  Priority priority;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view member = WithoutBlanks(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    member = member.substr(0, member.find(';'));
    if (member.size() == 3 && member.starts_with("u=") && member[2] >= '0' && member[2] <= '7') {
      priority.urgency = static_cast<std::uint8_t>(member[2] - '0');
    } else if (member == "i" || member == "i=?1") {
      priority.is_incremental = true;
    } else if (member == "i=?0") {
      priority.is_incremental = false;
    }
  }
  return priority;
}

}  // namespace tined::http2
