// Private copies of what another process may be changing at this very moment. Whoever reads memory
// that a less trusted process can write copies once, checks the copy, and uses nothing but the
// copy: what was checked in place may be another value when it is used. Any process.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace tined {

/// memcpy, each byte of `from` loaded here and never again: without the barrier a compiler may take
/// the copy for a synonym of its source.
inline void CopyOnce(void* to, const void* from, std::size_t size) noexcept {
  if (size == 0) return;
  std::memcpy(to, from, size);
  asm volatile("" : : "r"(to), "r"(from) : "memory");
}

/// A T as its bytes were at one time. T is plain data, atomic members included, of which every
/// pattern of bits is a value. Bytes that change while they are copied are some of each.
template <typename T>
class Snapshot {
 public:
  explicit Snapshot(const T& shared) noexcept {
    CopyOnce(bytes_, std::addressof(shared), sizeof(T));
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  [[nodiscard]] const T& operator*() const noexcept {
    return *std::launder(reinterpret_cast<const T*>(bytes_));
  }
  [[nodiscard]] const T* operator->() const noexcept { return &**this; }

 private:
  alignas(T) char bytes_[sizeof(T)];
};

}  // namespace tined
