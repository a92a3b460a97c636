// Objects in memory that this process shares with another program, which is given the memory's
// descriptor. Its size is sealed: whoever has the descriptor can write what is in there, and can
// make nobody fault by cutting it. Any process.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "base/descriptor.hpp"

namespace tined {

/// A file in memory of `size` bytes, all 0, that stays of that size. `name` is what /proc shows.
/// Throws std::system_error.
[[nodiscard]] Descriptor MakeSharedFile(const char* name, std::size_t size);
/// Maps `file` (borrowed), which has exactly `size` bytes and cannot be cut. Throws
/// std::system_error (EINVAL: it has another size, or is no such file).
[[nodiscard]] void* MapSharedFile(int file, std::size_t size);
void UnmapSharedFile(void* memory, std::size_t size) noexcept;

template <typename T>
class SharedFile {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  /// One that is made anew.
  explicit SharedFile(const char* name)
      : file_(MakeSharedFile(name, sizeof(T))),
        object_(new (MapSharedFile(file_.get(), sizeof(T))) T) {}
  /// One that another process has made in `file` (borrowed), as it is. descriptor() is -1.
  explicit SharedFile(int file) : object_(static_cast<T*>(MapSharedFile(file, sizeof(T)))) {}
  SharedFile(const SharedFile&) = delete;
  SharedFile& operator=(const SharedFile&) = delete;
  ~SharedFile() { UnmapSharedFile(object_, sizeof(T)); }

  [[nodiscard]] T& operator*() const noexcept { return *object_; }
  [[nodiscard]] T* operator->() const noexcept { return object_; }
  /// For another program; close-on-exec.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

 private:
  const Descriptor file_;
  T* const object_;
};

/// Many objects, which are plain numbers: zero in memory that nobody has touched, most of it never
/// is.
template <typename T>
class SharedArray {
  static_assert(std::is_trivially_default_constructible_v<T> && std::is_trivially_copyable_v<T>);

 public:
  /// `file`: that of `count` objects as another program has left them; none: they are made anew.
  SharedArray(const char* name, std::size_t count, Descriptor file = {})
      : size_(count * sizeof(T)),
        file_(file ? std::move(file) : MakeSharedFile(name, size_)),
        first_(static_cast<T*>(MapSharedFile(file_.get(), size_))) {}
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;
  ~SharedArray() { UnmapSharedFile(first_, size_); }

  [[nodiscard]] T& operator[](std::size_t index) const noexcept { return first_[index]; }
  /// For another program; close-on-exec.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

 private:
  const std::size_t size_;
  const Descriptor file_;
  T* const first_;
};

}  // namespace tined
