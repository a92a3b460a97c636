// What the fuzz programs share: inputs in memory of exactly their size, so that AddressSanitizer
// sees a look beyond them, a check that stays on in every build, and a place for files.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace tined::fuzz {

/// A copy of some bytes, alone in its memory.
class Alone {
 public:
  explicit Alone(std::string_view bytes) : size_(bytes.size()), bytes_(new char[bytes.size()]) {
    bytes.copy(bytes_.get(), size_);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

/// Standard error as it was at the start: what is under test may log there, which nobody reads
/// (-close_fd_mask).
inline const int kReport = ::dup(STDERR_FILENO);

inline void Require(bool holds, const char* what) {
  if (holds) return;
  ::dprintf(kReport, "does not hold: %s\n", what);
  std::abort();
}

/// Reads every byte of a view, for a sanitizer to watch.
inline void Touch(std::string_view view) {
  [[maybe_unused]] static volatile char sink;
  for (const char c : view) sink = c;
}

/// A directory of this process's own, which goes with it unless it crashes.
inline const std::string& Directory() {
  struct Made {
    Made() : path(std::filesystem::temp_directory_path() / "tined-fuzz-XXXXXX") {
      Require(::mkdtemp(path.data()) != nullptr, "there is a place for files");
    }
    Made(const Made&) = delete;
    Made& operator=(const Made&) = delete;
    ~Made() { std::filesystem::remove_all(path); }
    std::string path;
  };
  static Made made;
  return made.path;
}

}  // namespace tined::fuzz
