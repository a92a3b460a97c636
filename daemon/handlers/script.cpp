#include "handlers/script.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/proc.hpp"

namespace tined::handlers {
namespace {

int StatusWithout(int error) noexcept {
  switch (error) {
    case EACCES:
      return 403;
    case ESTALE:  // the directory itself is gone
    case EMFILE:
    case ENFILE:
      return 503;
    default:
      return 404;
  }
}

Script NoScript(int status) {
  Script script;
  script.failure = status;
  return script;
}

}  // namespace

int ExecuteError(const std::string& file) noexcept {
  return ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

Scripts::Scripts(const std::string& directory) : root_(directory) {}

Script Scripts::Find(std::string_view path) const {
  for (std::size_t end = 0; end < path.size();) {
    const std::size_t start = end + 1;
    end = std::min(path.find('/', start), path.size());
    if (start == path.size() || path[start] == '.') break;
    const std::string_view name = path.substr(0, end);
    Opened opened = root_.Look(name);
    if (opened.is_directory()) continue;
    if (!opened.is_file()) return NoScript(StatusWithout(opened.error));
    const std::shared_ptr<const RootDirectory> current = root_.Current();
    if (!current) return NoScript(503);
    Script script;
    script.file = current->path + std::string(name);
    script.name = name;
    script.path_info = path.substr(end);
    if (ExecuteError(DescriptorPath(opened.descriptor.get()).c_str()) != 0) script.failure = 403;
    script.descriptor = std::move(opened.descriptor);
    return script;
  }
  return NoScript(404);
}

}  // namespace tined::handlers
