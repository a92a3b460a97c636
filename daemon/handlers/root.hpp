// A directory whose inside is served and whose outside cannot be reached: every file is opened
// below it by openat2(2), which refuses what leads out. The directory is looked up again by its
// path while it is used, so that a deploy may swap it. Made on the worker's loop thread, used by
// any; owns the directory's descriptor.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/descriptor.hpp"

namespace tined::handlers {

/// Whether to wait for the disk. Without, what is not in the kernel's memory gives EAGAIN.
enum class Patience : std::uint8_t { wait, none };

/// What opening a file brought.
struct Opened {
  Descriptor descriptor;
  struct stat status {};  ///< fstat of `descriptor`
  int error = 0;          ///< errno when there is no descriptor; ESTALE: the root itself is gone

  [[nodiscard]] bool is_file() const noexcept { return descriptor && S_ISREG(status.st_mode); }
  [[nodiscard]] bool is_directory() const noexcept { return descriptor && S_ISDIR(status.st_mode); }
};

/// The directory that a root's path has led to.
struct RootDirectory {
  Descriptor directory;
  struct stat status {};
  std::string path;  ///< its own, without symbolic links
};

class Root {
 public:
  /// What the path led to is taken for granted for so long: shorter than what it leads to is kept
  /// (file_cache.hpp), so that it does not add up.
  static constexpr Duration kLookAgain = std::chrono::milliseconds(50);

  /// Opens the directory. Throws std::system_error, naming it, when that fails or when this system
  /// has no openat2.
  explicit Root(const std::string& path);

  /// Opens `relative`: a regular file for reading, anything else only to look at it, because
  /// opening a FIFO or a device does something to it. Slashes in front are ignored, an empty path
  /// is the root itself.
  [[nodiscard]] Opened Open(std::string_view relative, Patience patience = Patience::wait) const;

  /// Finds what Open would, but only to look at the file: that needs no permission to read it.
  [[nodiscard]] Opened Look(std::string_view relative, Patience patience = Patience::wait) const;

  /// Where the path leads now; null while it leads nowhere.
  [[nodiscard]] std::shared_ptr<const RootDirectory> Current(
      Patience patience = Patience::wait) const;

 private:
  [[nodiscard]] int Follow(const RootDirectory& current, std::string path) const;

  const std::string path_;  ///< as configured, without a slash at its end
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const RootDirectory> current_;
  mutable TimePoint looked_at_{};
  mutable bool is_gone_ = false;
};

/// A descriptor for reading of what `opened` has only looked at; none: errno says why.
[[nodiscard]] Descriptor Reopen(const Descriptor& opened, int flags) noexcept;

}  // namespace tined::handlers
