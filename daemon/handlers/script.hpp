// Which program a path means: the first file on the way down from a directory, what follows it is
// for the program. Worker's loop thread; owns the directory's descriptor.
#pragma once

#include <string>
#include <string_view>

#include "handlers/root.hpp"

namespace tined::handlers {

struct Script {
  int failure = 0;             ///< the status that says why there is none: 403, 404, 503
  Descriptor descriptor;       ///< of it (O_PATH); none: whatever `file` leads to
  std::string file;            ///< its path in the file system, below where the root leads now
  std::string_view name;       ///< the part of the path that led to it
  std::string_view path_info;  ///< the rest; empty or begins with '/'
};

class Scripts {
 public:
  /// Opens the directory. Throws std::system_error.
  explicit Scripts(const std::string& directory);

  /// `path` is empty or begins with '/'; the views point into it. Names that begin with a dot are
  /// not there.
  [[nodiscard]] Script Find(std::string_view path) const;

 private:
  const Root root_;
};

/// 0, or the errno that says why this process cannot run `file`.
[[nodiscard]] int ExecuteError(const std::string& file) noexcept;

}  // namespace tined::handlers
