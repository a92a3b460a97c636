#include "base/local_path.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <stdexcept>
#include <string_view>

#include "base/characters.hpp"
#include "base/error.hpp"
#include "base/proc.hpp"

namespace tined::local_path {
namespace {

constexpr int kMostLinks = 40;  // as the kernel's own walk, path_resolution(7)
constexpr mode_t kLogMode = 0640;

bool IsRoot() noexcept { return ::geteuid() == 0; }

/// Links in /proc lead to what has no path, so they can only be opened, not walked.
bool IsOwnDescriptor(std::string_view path) {
  if (path == "/dev/stdout" || path == "/dev/stderr") return true;
  for (const std::string_view directory : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(directory)) continue;
    const std::string_view number = path.substr(directory.size());
    return !number.empty() && std::all_of(number.begin(), number.end(), IsDigit);
  }
  return false;
}

struct stat StatusOf(int file, const std::string& path) {
  struct stat status {};
  Check(::fstat(file, &status), path);
  return status;
}

bool IsEverybodys(const struct stat& directory) noexcept {
  return (directory.st_mode & S_IWOTH) != 0;
}

bool IsOneOf(const std::vector<gid_t>& groups, const struct stat& status) {
  return (status.st_mode & S_IWGRP) != 0 &&
         std::find(groups.begin(), groups.end(), status.st_gid) != groups.end();
}

/// Whether they may write a file, or give themselves the right to.
bool MayWrite(const Strangers& strangers, const struct stat& status) {
  return (strangers.user && status.st_uid == *strangers.user) ||
         IsOneOf(strangers.groups, status) || (status.st_mode & S_IWOTH) != 0;
}

class Walk {
 public:
  /// `purpose`: what root would do to what it finds, should somebody have put it there.
  Walk(const std::string& path, const Strangers& strangers, Last last, const char* purpose)
      : path_(path),
        strangers_(strangers),
        last_(last),
        purpose_(purpose),
        is_strict_(IsRoot() && !strangers.are_trusted) {}

  Entry Run() {
    if (IsOwnDescriptor(path_)) return {{}, path_, false};
    Prepend(path_);
    Begin(path_.starts_with('/') ? "/" : ".");
    while (!rest_.empty()) {
      const std::string name = std::move(rest_.front());
      rest_.pop_front();
      if (rest_.empty() && last_ == Last::keep) return End(name);
      Descriptor next(::openat(directory_.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!next && rest_.empty() && errno == ENOENT) return End(name);
      Check(next.get(), path_);
      const struct stat status = StatusOf(next.get(), path_);
      if (S_ISLNK(status.st_mode)) {
        if (Follow(name, status)) continue;
        return {{}, target_, false};
      }
      if (rest_.empty()) return End(name);
      Enter(std::move(next), status, name);
    }
    errno = EISDIR;
    ThrowErrno(path_);
  }

 private:
  /// The components of `path` come next.
  void Prepend(std::string_view path) {
    std::deque<std::string> names;
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('/'), path.size());
      const std::string_view name = path.substr(0, end);
      if (!name.empty() && name != ".") names.emplace_back(name);
      path.remove_prefix(std::min(end + 1, path.size()));
    }
    rest_.insert(rest_.begin(), names.begin(), names.end());
  }

  void Begin(const char* directory) {
    Descriptor first(Check(::open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC), path_));
    walked_ = directory;
    const struct stat status = StatusOf(first.get(), path_);
    Enter(std::move(first), status, "");
  }

  void Enter(Descriptor next, const struct stat& status, const std::string& name) {
    if (!S_ISDIR(status.st_mode)) {
      errno = ENOTDIR;
      ThrowErrno(path_);
    }
    if (!name.empty()) walked_ += (walked_.ends_with('/') ? "" : "/") + name;
    if (is_strict_) RequireTrusted(status);
    directory_ = std::move(next);
    status_ = status;
  }

  /// What lies in a directory with the sticky bit is only renamed or removed by its owner, and by
  /// that of the directory.
  void RequireTrusted(const struct stat& status) const {
    const bool is_sticky = (status.st_mode & S_ISVTX) != 0;
    if (strangers_.user && status.st_uid == *strangers_.user)
      Refuse("belongs to the workers' user");
    if (is_sticky) return;
    if (IsOneOf(strangers_.groups, status))
      Refuse("may be written by a group of the workers' user");
    if (IsEverybodys(status)) Refuse("may be written by everybody");
  }

  [[noreturn]] void Refuse(const char* why) const {
    throw std::runtime_error(
        fmt::format("{}: its directory {} {}, who could put something else in its place for root "
                    "to {}; choose a directory that only root may write",
                    path_, walked_, why, purpose_));
  }

  /// False: the link leads to a descriptor of this process.
  bool Follow(const std::string& name, const struct stat& status) {
    if (is_strict_ && status.st_uid != 0) {
      throw std::runtime_error(
          fmt::format("{}: {} on the way is a symbolic link that somebody else than root has made",
                      path_, name));
    }
    std::array<char, PATH_MAX> text;
    const ssize_t size =
        Check(::readlinkat(directory_.get(), name.c_str(), text.data(), text.size()), path_);
    target_.assign(text.data(), static_cast<std::size_t>(size));
    if (rest_.empty() && IsOwnDescriptor(target_)) return false;
    if (++links_ > kMostLinks) {
      errno = ELOOP;
      ThrowErrno(path_);
    }
    Prepend(target_);
    if (target_.starts_with('/')) Begin("/");
    return true;
  }

  Entry End(const std::string& name) {
    return {std::move(directory_), name, status_.st_uid != 0 || IsEverybodys(status_)};
  }

  const std::string& path_;
  const Strangers& strangers_;
  const Last last_;
  const char* const purpose_;
  const bool is_strict_;
  std::deque<std::string> rest_;
  Descriptor directory_;
  struct stat status_ {};  ///< of directory_
  std::string walked_;
  std::string target_;  ///< of the link that was met last
  int links_ = 0;
};

bool IsTerminalOrNull(dev_t device) noexcept {
  constexpr unsigned kMemory = 1;  // admin-guide/devices.txt
  constexpr unsigned kNull = 3;
  constexpr unsigned kFull = 7;
  constexpr unsigned kFirstPseudoTerminal = 136;
  constexpr unsigned kLastPseudoTerminal = 143;
  const unsigned type = major(device);
  if (type == kMemory) return minor(device) == kNull || minor(device) == kFull;
  return type == 4 || type == 5 || (type >= kFirstPseudoTerminal && type <= kLastPseudoTerminal);
}

/// A second name may have been made where strangers can make names, of a file that is not theirs.
void RequireOneName(const struct stat& status, const Entry& place, const std::string& path) {
  if (IsRoot() && place.is_shared && S_ISREG(status.st_mode) && status.st_nlink > 1) {
    throw std::runtime_error(fmt::format(
        "{} has a second name, and others than root may make names in its directory: it may be "
        "somebody else's file",
        path));
  }
}

void RequireLog(const struct stat& status, const Entry& place, const std::string& path) {
  const bool is_device = S_ISCHR(status.st_mode) && IsTerminalOrNull(status.st_rdev);
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode) && !is_device) {
    throw std::runtime_error(
        fmt::format("{} is no file that a log can be written to: a regular one, a FIFO, a terminal "
                    "or /dev/null",
                    path));
  }
  RequireOneName(status, place, path);
}

/// What is at `place` by now may be a log; nothing there is fine as well.
void CheckWhatIsThere(const Entry& place, const std::string& path) {
  const Descriptor there(
      ::openat(place.directory.get(), place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!there && errno == ENOENT) return;
  Check(there.get(), path);
  RequireLog(StatusOf(there.get(), path), place, path);
}

}  // namespace

Entry Find(const std::string& path, const Strangers& strangers, Last last) {
  return Walk(path, strangers, last, "write to").Run();
}

void CheckLog(const std::string& path, const Strangers& strangers) {
  const Entry place = Find(path, strangers, Last::follow);
  if (place.directory) CheckWhatIsThere(place, path);
}

Descriptor OpenLog(const std::string& path, const Strangers& strangers) {
  // Non-blocking for the sake of pipes and terminals: a reader that has stopped costs lines.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const Entry place = Find(path, strangers, Last::follow);
  if (!place.directory) return Descriptor(Check(::open(place.name.c_str(), kFlags), path));
  // The file is checked before it is opened, which alone makes some devices do something.
  CheckWhatIsThere(place, path);
  Descriptor log(Check(
      ::openat(place.directory.get(), place.name.c_str(), kFlags | O_CREAT | O_NOFOLLOW, kLogMode),
      path));
  RequireLog(StatusOf(log.get(), path), place, path);
  return log;
}

Descriptor OpenToRead(const std::string& path, const Strangers& strangers) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const Entry place = Walk(path, strangers, Last::follow, "read").Run();
  if (!place.directory) return Descriptor(Check(::open(place.name.c_str(), kFlags), path));
  Descriptor file(
      Check(::openat(place.directory.get(), place.name.c_str(), kFlags | O_NOFOLLOW), path));
  const struct stat status = StatusOf(file.get(), path);
  if (!S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    ThrowErrno(path);
  }
  if (!strangers.are_trusted) RequireOneName(status, place, path);
  return file;
}

void CheckProgram(const std::string& path, const Strangers& strangers) {
  const Entry place = Find(path, strangers, Last::follow);
  const Descriptor file(Check(
      ::openat(place.directory.get(), place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC), path));
  const struct stat status = StatusOf(file.get(), path);
  if (IsRoot() && MayWrite(strangers, status)) {
    throw std::runtime_error(fmt::format(
        "{} may be written by others than root, which would run whatever they put into it", path));
  }
}

void CheckOwnDirectory(const std::string& path) {
  const auto require = [&](const struct stat& status) {
    if (status.st_uid == 0 || status.st_uid == ::geteuid()) return;
    throw std::runtime_error(fmt::format(
        "{} belongs to another user (uid {}), who could answer in tined's stead; choose "
        "a directory of your own",
        path, status.st_uid));
  };
  struct stat status {};
  Check(::lstat(path.c_str(), &status), path);
  require(status);
  Check(::stat(path.c_str(), &status), path);
  require(status);
}

void ChangeMode(int file, mode_t mode) {
  // fchmod(2) takes no O_PATH; the link in /proc means the file itself, whatever its name.
  Check(::chmod(DescriptorPath(file).c_str(), mode), "chmod");
}

}  // namespace tined::local_path
