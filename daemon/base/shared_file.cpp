#include "base/shared_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"

namespace tined {

Descriptor MakeSharedFile(const char* name, std::size_t size) {
  constexpr const char* kWhat = "make memory to share with others";
  Descriptor file(Check(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING), kWhat));
  const int sized = ::ftruncate(file.get(), static_cast<off_t>(size));
  Check(sized, errno == EFBIG
                   ? "make memory to share with others (RLIMIT_FSIZE, `ulimit -f`, allows less)"
                   : kWhat);
  Check(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), kWhat);
  return file;
}

void* MapSharedFile(int file, std::size_t size) {
  constexpr const char* kWhat = "map memory that is shared with another program";
  struct stat status {};
  Check(::fstat(file, &status), kWhat);
  const int seals = Check(::fcntl(file, F_GET_SEALS), kWhat);
  if (status.st_size != static_cast<off_t>(size) || (seals & F_SEAL_SHRINK) == 0) {
    errno = EINVAL;
    ThrowErrno(kWhat);
  }
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) ThrowErrno(kWhat);
  return memory;
}

void UnmapSharedFile(void* memory, std::size_t size) noexcept { ::munmap(memory, size); }

}  // namespace tined
