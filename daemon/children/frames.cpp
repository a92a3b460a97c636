#include "children/frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string_view>

namespace tined::children {
namespace {

/// A piece of a process's address space that comes from a file.
struct Mapping {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t offset = 0;
  std::string file;
};

/// /proc/PID/maps: "from-to perms offset dev inode   path".
std::vector<Mapping> MappingsOf(pid_t pid) {
  std::vector<Mapping> mappings;
  std::ifstream maps(fmt::format("/proc/{}/maps", pid));
  for (std::string line; std::getline(maps, line);) {
    Mapping mapping;
    int path_at = 0;
    // NOLINTNEXTLINE(cert-err34-c): the kernel writes no number that does not fit
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n",
                    &mapping.from, &mapping.to, &mapping.offset, &path_at) != 3) {
      continue;
    }
    mapping.file = line.substr(std::min(static_cast<std::size_t>(path_at), line.size()));
    // A file that is gone or another by now, and a copy in memory, go by the name that they had.
    constexpr std::string_view kGone = " (deleted)";
    if (mapping.file.ends_with(kGone)) mapping.file.resize(mapping.file.size() - kGone.size());
    constexpr std::string_view kCopy = "/memfd:";
    if (mapping.file.starts_with(kCopy)) mapping.file.replace(0, kCopy.size(), "/");
    if (mapping.file.starts_with('/')) mappings.push_back(std::move(mapping));
  }
  return mappings;
}

std::string NameOf(std::uint64_t address, const std::vector<Mapping>& mappings) {
  for (const Mapping& mapping : mappings) {
    if (address < mapping.from || address >= mapping.to) continue;
    return fmt::format("{}+{:#x}", mapping.file.substr(mapping.file.rfind('/') + 1),
                       address - mapping.from + mapping.offset);
  }
  return fmt::format("{:#x}", address);
}

}  // namespace

std::vector<std::string> NamesOf(pid_t pid, std::span<const std::uint64_t> frames) {
  const std::vector<Mapping> mappings = MappingsOf(pid);
  std::vector<std::string> names;
  for (const std::uint64_t frame : frames) names.push_back(NameOf(frame, mappings));
  return names;
}

}  // namespace tined::children
