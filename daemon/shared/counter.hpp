// A number that one process writes and others read, in memory that they share. Any process.
#pragma once

#include <atomic>
#include <cstdint>

namespace tined::shared {

/// Add and Subtract are not atomic against a second writer.
class Counter {
 public:
  void Add(std::uint64_t n = 1) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  void Subtract(std::uint64_t n = 1) noexcept {
    value_.store(get() - n, std::memory_order_relaxed);
  }
  void Set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace tined::shared
