#include "base/proc.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/descriptor.hpp"
#include "base/number.hpp"

namespace tined {

DescriptorPath::DescriptorPath(int descriptor) noexcept {
  *fmt::format_to_n(text_.data(), text_.size() - 1, "/proc/self/fd/{}", descriptor).out = '\0';
}

std::string_view ReadProc(const char* path, std::span<char> room) noexcept {
  const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t got = file ? ::read(file.get(), room.data(), room.size()) : -1;
  return {room.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::string_view ReadProc(pid_t pid, std::string_view name, std::span<char> room) noexcept {
  std::array<char, 64> path{};
  *fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/{}", pid, name).out = '\0';
  return ReadProc(path.data(), room);
}

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> all;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator("/proc", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    if (const auto pid = ParseNumber<pid_t>(name)) all.push_back(*pid);
  }
  return all;
}

}  // namespace tined
