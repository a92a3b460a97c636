#include "answer/fields.hpp"

#include "http/list.hpp"

namespace tined::answer {

void Fields::Remove(std::string_view name) {
  for (std::size_t at = 0; at < added_.size();) {
    const std::size_t end = added_.find("\r\n", at) + 2;
    const std::string_view line = std::string_view(added_).substr(at, end - at);
    const bool is_it = line.size() > name.size() && line[name.size()] == ':' &&
                       http::EqualsIgnoreCase(line.substr(0, name.size()), name);
    if (is_it) added_.erase(at, end - at);
    at = is_it ? at : end;
  }
}

}  // namespace tined::answer
