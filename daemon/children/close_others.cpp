#include "children/close_others.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace tined::children {
namespace {

constexpr int kFirst = STDERR_FILENO + 1;
/// Without /proc, so many free numbers in a row are taken for the end: numbers are given out from
/// the lowest on. A limit of a thousand million is common in containers.
constexpr int kGap = 65536;

/// Closes all from `first` to `last`, both included; false when the system does not know how.
bool CloseRange(int first, unsigned last, int flags) noexcept {
  return ::close_range(static_cast<unsigned>(first), last, flags) == 0;
}

bool CloseRanges(std::span<const int> kept, int flags) noexcept {
  int next = kFirst;
  for (const int fd : kept) {
    if (fd < next) continue;
    if (fd > next && !CloseRange(next, static_cast<unsigned>(fd) - 1, flags)) return false;
    next = fd + 1;
  }
  return CloseRange(next, ~0U, flags);
}

/// What the kernel writes for each entry of a directory (getdents64(2)).
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t size;
  std::uint8_t type;
};
constexpr std::size_t kNameAt = 19;

/// The number that an entry of /proc/self/fd is called; -1: `.` and `..`.
int NumberOf(const char* name) noexcept {
  int number = 0;
  for (; *name != '\0'; ++name) {
    if (*name < '0' || *name > '9') return -1;
    number = number * 10 + (*name - '0');
  }
  return number;
}

/// Calls `act` with each open descriptor above standard error; false without /proc.
template <typename Act>
bool ForEachInProc(const Act& act) noexcept {
  const int directory = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  alignas(Entry) std::array<char, 2048> entries;
  long size = 0;
  while ((size = ::syscall(SYS_getdents64, directory, entries.data(), entries.size())) > 0) {
    for (long at = 0; at < size;) {
      Entry entry{};
      std::memcpy(&entry, entries.data() + at, kNameAt);
      const int fd = NumberOf(entries.data() + at + kNameAt);
      if (fd >= kFirst && fd != directory) act(fd);
      at += entry.size;
    }
  }
  ::close(directory);
  return size == 0;
}

template <typename Act>
void ForEach(const Act& act) noexcept {
  if (ForEachInProc(act)) return;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t end = std::min<rlim_t>(limit.rlim_max, 1U << 30);
  for (int fd = kFirst, free = 0; static_cast<rlim_t>(fd) < end && free < kGap; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) {
      ++free;
      continue;
    }
    free = 0;
    act(fd);
  }
}

}  // namespace

void CloseOthers(std::span<const int> kept) noexcept {
  if (CloseRanges(kept, 0)) return;
  ForEach([&](int fd) {
    if (!std::binary_search(kept.begin(), kept.end(), fd)) ::close(fd);
  });
}

void CloseOthersOnExec() noexcept {
  if (CloseRanges({}, CLOSE_RANGE_CLOEXEC)) return;
  ForEach([](int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); });
}

}  // namespace tined::children
