// An object that this process writes and those that it forks from then on can only read: no right
// of theirs, nor a handler's wild write, reaches it. What they read while it changes is the users'
// matter. Supervisor.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <type_traits>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace tined {

template <typename T>
class Published {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  /// Throws std::system_error when there is no memory, or the kernel knows no such seal
  /// (Linux 5.1).
  Published() {
    const Descriptor file(
        Check(::memfd_create("tined-published", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create"));
    Check(::ftruncate(file.get(), sizeof(T)), "size what is published");
    written_ = new (Map(file.get(), PROT_READ | PROT_WRITE)) T;
    // Children have no mapping that can be written to, and cannot make one.
    Check(::madvise(written_, sizeof(T), MADV_DONTFORK), "madvise");
    Check(::fcntl(file.get(), F_ADD_SEALS,
                  F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
          "seal what is published");
    shown_ = static_cast<const T*>(Map(file.get(), PROT_READ));
  }
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  ~Published() {
    ::munmap(written_, sizeof(T));
    ::munmap(const_cast<T*>(shown_), sizeof(T));  // NOLINT: what was mapped is what goes.
  }

  /// Is for the process alone that made the object.
  [[nodiscard]] T& written() noexcept { return *written_; }
  /// Is for any process.
  [[nodiscard]] const T& shown() const noexcept { return *shown_; }

 private:
  static void* Map(int file, int protection) {
    void* const memory = ::mmap(nullptr, sizeof(T), protection, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) ThrowErrno("map what is published");
    return memory;
  }

  T* written_;
  const T* shown_;
};

}  // namespace tined
