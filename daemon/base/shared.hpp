// Objects in memory that this process shares with those that it forks from then on: anonymous, not
// backed by any file. What may be in there, and who writes what, is the users' matter. Any process.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>

#include "base/error.hpp"

namespace tined {

template <typename T>
class Shared {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  /// `count` of them, made anew. Throws std::system_error when there is no memory.
  explicit Shared(std::size_t count = 1) : size_(count * sizeof(T)) {
    void* const memory =
        ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) ThrowErrno("map memory to share with other processes");
    first_ = new (memory) T[count];
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(first_, size_); }

  [[nodiscard]] T& operator*() const noexcept { return *first_; }
  [[nodiscard]] T* operator->() const noexcept { return first_; }
  [[nodiscard]] T& operator[](std::size_t index) const noexcept { return first_[index]; }

 private:
  std::size_t size_;
  T* first_;
};

}  // namespace tined
