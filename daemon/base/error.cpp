#include "base/error.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace tined {

void ThrowErrno(std::string_view what) {
  const int error = errno;
  throw std::system_error(error, std::generic_category(), std::string(what));
}

std::string ErrnoText(int error) {
  std::string text = std::generic_category().message(error);
  if (const char* name = strerrorname_np(error)) text.append(" (").append(name).append(")");
  return text;
}

}  // namespace tined
