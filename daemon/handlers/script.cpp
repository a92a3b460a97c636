#include "handlers/script.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tined::handlers {
namespace {

Script Failed(int status) {
  Script script;
  script.failure = status;
  return script;
}

}  // namespace

int ExecuteError(const std::string& file) noexcept {
  return ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

Scripts::Scripts(const std::string& directory)
    : directory_(directory.substr(0, directory.find_last_not_of('/') + 1)), root_(directory) {}

Script Scripts::Find(std::string_view path) const {
  for (std::size_t end = 0; end < path.size();) {
    const std::size_t start = end + 1;
    end = std::min(path.find('/', start), path.size());
    if (start == path.size() || path[start] == '.') break;
    const std::string_view name = path.substr(0, end);
    const Opened opened = root_.Look(name);
    if (opened.is_directory()) continue;
    if (!opened.is_file()) return Failed(opened.error == EACCES ? 403 : 404);
    Script script{0, directory_ + std::string(name), name, path.substr(end)};
    if (ExecuteError(script.file) != 0) script.failure = 403;
    return script;
  }
  return Failed(404);
}

}  // namespace tined::handlers
