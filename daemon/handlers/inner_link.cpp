#include "handlers/inner_link.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <vector>

#include "base/descriptor.hpp"

namespace tined::handlers {
namespace {

Descriptor OpenBeneath(int root, const std::string& path, std::uint64_t flags) noexcept {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  return Descriptor(static_cast<int>(
      ::syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof(how))));
}

/// Where the first link on the way that leads out ends; npos: none does.
std::size_t EndOfOutward(int root, const std::string& path) {
  for (std::size_t end = 0; end != std::string::npos;) {
    end = path.find('/', end + 1);
    if (!OpenBeneath(root, path.substr(0, end), 0) && errno == EXDEV) {
      return std::min(end, path.size());
    }
  }
  return std::string::npos;
}

/// What the link at `path` says; empty: it is none.
std::string TargetOf(int root, const std::string& path) {
  const Descriptor link = OpenBeneath(root, path, O_NOFOLLOW);
  if (!link) return {};
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(link.get(), "", target.data(), target.size());
  target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return target;
}

std::vector<std::string_view> SegmentsOf(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  return segments;
}

}  // namespace

bool PathBelow(std::string_view root, std::string_view path, std::string& below) {
  below.clear();
  if (root.empty()) return false;
  const std::vector<std::string_view> inside = SegmentsOf(path);
  const std::vector<std::string_view> prefix = SegmentsOf(root);
  if (inside.size() < prefix.size() || !std::equal(prefix.begin(), prefix.end(), inside.begin())) {
    return false;
  }
  for (std::size_t i = prefix.size(); i < inside.size(); ++i) {
    below.append(below.empty() ? "" : "/").append(inside[i]);
  }
  // "a/" is a directory or nothing.
  if (path.ends_with('/') && !below.empty()) below.push_back('/');
  return true;
}

bool TurnLinkInward(int root, const RootNames& names, std::string& path) {
  const std::size_t end = EndOfOutward(root, path);
  if (end == std::string::npos) return false;
  const std::string link = path.substr(0, end);
  std::string target = TargetOf(root, link);
  if (target.empty()) target = link.substr(link.rfind('/') + 1);  // a ".." above the root
  const std::string rest = path.substr(end);
  const bool is_absolute = target.starts_with('/');
  const std::size_t parent = link.rfind('/');
  const std::string where = parent == std::string::npos ? "" : link.substr(0, parent);
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    if (name.empty()) return false;
    const std::string whole =
        (is_absolute ? target : std::string(name) + "/" + where + "/" + target) + rest;
    std::string below;
    if (!PathBelow(name, whole, below) || below == path) return false;
    path = below;
    return true;
  });
}

}  // namespace tined::handlers
