// A directory whose inside is served and whose outside cannot be reached: every file is opened
// below it by openat2(2), which refuses "..", absolute paths and symbolic links that lead out.
// Made on the worker's loop thread, used by any; owns the directory's descriptor.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace tined::handlers {

/// Whether to wait for the disk. Without, what is not in the kernel's memory gives EAGAIN.
enum class Patience : std::uint8_t { wait, none };

/// What opening a file brought.
struct Opened {
  Descriptor descriptor;
  struct stat status {};  ///< fstat of `descriptor`
  int error = 0;          ///< errno when there is no descriptor

  [[nodiscard]] bool is_file() const noexcept { return descriptor && S_ISREG(status.st_mode); }
  [[nodiscard]] bool is_directory() const noexcept { return descriptor && S_ISDIR(status.st_mode); }
};

class Root {
 public:
  /// Opens the directory. Throws std::system_error, naming it, when that fails or when this system
  /// has no openat2.
  explicit Root(const std::string& path);

  /// Opens `relative` for reading, whatever kind of file it is, without ever blocking on it.
  /// Slashes in front are ignored, an empty path is the root itself.
  [[nodiscard]] Opened Open(std::string_view relative,
                            Patience patience = Patience::wait) const noexcept;

  /// As Open, but only to look at the file: needs no permission to read it.
  [[nodiscard]] Opened Look(std::string_view relative) const noexcept;

 private:
  [[nodiscard]] Opened OpenWith(std::string_view relative, int flags,
                                Patience patience) const noexcept;

  Descriptor directory_;
};

}  // namespace tined::handlers
