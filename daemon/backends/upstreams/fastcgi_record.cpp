#include "backends/upstreams/fastcgi_record.hpp"

#include <algorithm>

namespace tined::backends::fastcgi {

void Append(std::string& bytes, Type type, std::string_view content) {
  do {
    const std::size_t size = std::min(content.size(), kMostContent);
    for (const std::size_t byte :
         {std::size_t{kVersion}, static_cast<std::size_t>(type), std::size_t{kRequest >> 8},
          std::size_t{kRequest & 0xFF}, size >> 8, size & 0xFF, std::size_t{0}, std::size_t{0}}) {
      bytes.push_back(static_cast<char>(byte));
    }
    bytes.append(content.substr(0, size));
    content.remove_prefix(size);
  } while (!content.empty());
}

}  // namespace tined::backends::fastcgi
