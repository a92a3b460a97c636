// What a module has of tined while it runs: its log and its counters. Part of module.hpp.
#pragma once

#include <tined/module.h>

#include <cstdint>
#include <string_view>

namespace tined {

namespace detail {

/// Each module has its own, also where modules of several versions meet in one process.
__attribute__((visibility("hidden"))) inline const tined_host* host = nullptr;

inline std::string_view View(tined_text text) noexcept {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
inline tined_text Text(std::string_view text) noexcept { return {text.data(), text.size()}; }

}  // namespace detail

/// A number that tined shows in its status. Copies count the same. Any thread.
class Counter {
 public:
  Counter() = default;
  void Add(std::uint64_t n = 1) const noexcept { detail::host->counter_add(counter_, n); }

 private:
  friend class Context;
  explicit Counter(tined_counter* counter) noexcept : counter_(counter) {}
  tined_counter* counter_ = nullptr;
};

/// This use of the module in this process: its log and its counters. A small value; copy it.
class Context {
 public:
  explicit Context(tined_context* context) noexcept : context_(context) {}

  void Error(std::string_view message) const { Log(TINED_ERROR, message); }
  void Warning(std::string_view message) const { Log(TINED_WARNING, message); }
  void Info(std::string_view message) const { Log(TINED_INFO, message); }
  void Debug(std::string_view message) const { Log(TINED_DEBUG, message); }

  /// The counter `name`; asking again gives the same one.
  [[nodiscard]] tined::Counter Counter(std::string_view name) const {
    return tined::Counter(detail::host->counter(context_, detail::Text(name)));
  }

  /// The counter as the C interface has it.
  [[nodiscard]] tined_context* get() const noexcept { return context_; }

 private:
  void Log(std::int32_t level, std::string_view message) const {
    detail::host->log(context_, level, detail::Text(message));
  }
  tined_context* context_;
};

}  // namespace tined
