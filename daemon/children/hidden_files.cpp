#include "children/hidden_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "children/confinement.hpp"
#include "children/landlock.hpp"

namespace tined::children {
namespace {

namespace fs = std::filesystem;

/// Each costs a rule: kernel memory, and 2 us at the start of each worker.
constexpr std::size_t kMostEntries = 4096;

struct Close {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, Close>;
Directory Open(const fs::path& path) noexcept { return Directory(::opendir(path.c_str())); }

std::size_t CountEntries(const Directory& directory) noexcept {
  std::size_t count = 0;
  while (count <= kMostEntries && ::readdir(directory.get()) != nullptr) ++count;
  return count;
}

std::string ObstacleIn(const fs::path& directory) {
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK, AT_EACCESS) == 0) {
    return fmt::format("they may write to {}, where new files of theirs would be closed to them",
                       directory.native());
  }
  const Directory open = Open(directory);
  if (!open) return fmt::format("{} cannot be listed: {}", directory.native(), ErrnoText(errno));
  if (CountEntries(open) <= kMostEntries) return {};
  return fmt::format("{} has more than {} entries", directory.native(), kMostEntries);
}

/// A file as whatever name leads to it.
using FileId = std::pair<dev_t, ino_t>;
FileId IdOf(const struct stat& status) noexcept { return {status.st_dev, status.st_ino}; }

/// Files that are to be hidden, and the directories on the way to them.
class Ways {
 public:
  /// Why the file is left out; empty: it has been added.
  std::string Add(const std::string& file) {
    struct stat status {};
    const bool is_there = ::stat(file.c_str(), &status) == 0;
    if (is_there && status.st_nlink > 1) {
      return fmt::format("{} has another name (hard link)", file);
    }
    std::vector<fs::path> way;
    // One that is being replaced may not be there at this moment.
    for (fs::path at = fs::weakly_canonical(fs::absolute(file)); at.has_relative_path();) {
      at = at.parent_path();
      const auto [known, is_new] = known_.try_emplace(at);
      if (is_new) known->second = ObstacleIn(at);
      if (!known->second.empty()) return known->second;
      way.push_back(at);
    }
    if (is_there) closed_.insert(IdOf(status));
    for (const fs::path& directory : way) {
      if (::stat(directory.c_str(), &status) == 0) closed_.insert(IdOf(status));
    }
    directories_.insert(way.begin(), way.end());
    return {};
  }
  [[nodiscard]] const std::set<fs::path>& directories() const noexcept { return directories_; }
  /// It is neither hidden nor on the way to what is, under this name or another: what is allowed
  /// for a directory that has been mounted twice is allowed in both places.
  [[nodiscard]] bool IsHarmless(const struct stat& status) const {
    return !closed_.contains(IdOf(status));
  }

 private:
  std::map<fs::path, std::string> known_;  ///< directories, and their obstacles
  std::set<fs::path> directories_;
  std::set<FileId> closed_;
};

/// Allows to read what lies in `directory`, but what is hidden or on the way to it.
void AllowEntries(const Descriptor& rules, const fs::path& directory, const Ways& ways) {
  const Directory open = Open(directory);
  while (const dirent* const entry = open ? ::readdir(open.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    const Descriptor place(
        ::openat(::dirfd(open.get()), entry->d_name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!place || ::fstat(place.get(), &status) != 0) continue;  // It has gone meanwhile.
    // What a symbolic link leads to is allowed where it lies.
    if (S_ISLNK(status.st_mode) || !ways.IsHarmless(status)) continue;
    // A namespace that is mounted as a file cannot be allowed (EBADFD), and stays closed.
    if (!landlock::Allow(rules, place.get(), landlock::kReadFile) && errno != EBADFD) {
      ThrowErrno("allow reading " + (directory / name).native());
    }
  }
}

}  // namespace

std::string ObstacleToHiding(const std::string& path) {
  if (!landlock::IsThere()) {
    return "the kernel has no Landlock (Linux 5.19), or a filter refuses it";
  }
  try {
    return Ways().Add(path);
  } catch (const fs::filesystem_error& error) {
    return error.what();
  }
}

void HideFiles(const std::vector<std::string>& paths) {
  if (!landlock::IsThere()) return;
  Ways ways;
  for (const std::string& path : paths) (void)ways.Add(path);
  if (ways.directories().empty()) return;
  const Descriptor rules = landlock::MakeRules(landlock::kReadFile, 0);
  if (!rules) ThrowErrno("make a Landlock domain");
  for (const fs::path& directory : ways.directories()) AllowEntries(rules, directory, ways);
  if (!Confinement::KeepRights() || !landlock::Enter(rules)) ThrowErrno("hide private keys");
}

void HideKeys(const config::Config& config, const Identity& identity) {
  if (!identity.is_other) HideFiles(config::KeyFilesOf(config));
}

}  // namespace tined::children
