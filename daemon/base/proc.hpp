// What /proc says of processes and their descriptors (proc(5)). Any process, any thread.
#pragma once

#include <sys/types.h>

#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace tined {

/// /proc/self/fd/NUMBER, by which a descriptor's file can be named again whatever became of its
/// path. It allocates nothing.
class DescriptorPath {
 public:
  explicit DescriptorPath(int descriptor) noexcept;
  [[nodiscard]] const char* c_str() const noexcept { return text_.data(); }

 private:
  std::array<char, 32> text_{};
};

/// The beginning of a file in /proc, as much as one read puts into `room`. It allocates nothing.
/// Empty: the file cannot be read, as when its process is gone.
[[nodiscard]] std::string_view ReadProc(const char* path, std::span<char> room) noexcept;
/// The beginning of /proc/PID/`name`.
[[nodiscard]] std::string_view ReadProc(pid_t pid, std::string_view name,
                                        std::span<char> room) noexcept;

/// All processes that can be seen; none when /proc cannot be read.
[[nodiscard]] std::vector<pid_t> AllProcesses();

}  // namespace tined
