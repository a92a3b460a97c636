// For tests that run over all four ways to read a file, and over files that are not in the page
// cache.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/descriptor.hpp"

namespace tined::test {

/// The values of `io`, in the order of config::FileIo.
inline const std::array<std::string, 4> kFileWays = {"sendfile", "blocking", "nonblocking",
                                                     "async"};

/// The beginning of a file is in the page cache. Asked of mincore(2): a read, even one that does
/// not wait, may have the kernel fetch what it asks about.
[[nodiscard]] inline bool IsWarm(int file) {
  constexpr std::size_t kSize = 1;
  void* const page = ::mmap(nullptr, kSize, PROT_READ, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) return true;
  unsigned char state = 0;
  const bool is_known = ::mincore(page, kSize, &state) == 0;
  ::munmap(page, kSize);
  return !is_known || (state & 1) != 0;
}

/// Puts the file out of the page cache. False: there is no disk behind it (tmpfs), or it is in use.
inline bool Chill(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ::fdatasync(file.get());
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
  return !IsWarm(file.get());
}

}  // namespace tined::test
