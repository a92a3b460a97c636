// The event log on standard error: one line an event, a message and its fields, all alike.
// Every process writes its own whole lines, each in one write(2). A line that cannot be written
// (full disk, closed pipe) is counted and dropped, never waited for. Not for signal handlers.
//
//   log::Info("worker is ready", {{"worker", 0}, {"gen", 2}, {"pid", pid}});
//   text:     2026-11-23T08:50:40.123Z info worker is ready worker=0 gen=2 pid=4711
//   json:     {"time":"…","level":"info","message":"worker is ready","worker":0,"gen":2,"pid":4711}
//   journald: native fields MESSAGE, PRIORITY, WORKER, GENERATION, PID …; as text when it takes
//   nothing
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace tined::log {

enum class Level { error, warning, info, debug };
/// automatic: journald when standard error is its stream (JOURNAL_STREAM), else text.
enum class Format { automatic, text, json, journald };

/// One field of an event: name in lower case, words joined by '_'. Numbers stay numbers in JSON.
/// One without a name is left out.
struct Field {
  Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  template <std::integral T>
  Field(std::string_view field_name, T number)
      : name(field_name), value(std::to_string(number)), is_number(true) {}

  std::string_view name;
  std::string value;
  bool is_number = false;
};
using Fields = std::initializer_list<Field>;

/// The field, if there is anything to say.
[[nodiscard]] inline Field IfAny(std::string_view name, std::string_view text) {
  return {text.empty() ? std::string_view() : name, text};
}

/// Sets what is written and how, for this process and those it forks later.
void Configure(Level level, Format format);

/// Writes one event if its level is wanted. Control characters in values are escaped.
void Write(Level level, std::string_view message, Fields fields);

inline void Error(std::string_view message, Fields fields = {}) {
  Write(Level::error, message, fields);
}
inline void Warning(std::string_view message, Fields fields = {}) {
  Write(Level::warning, message, fields);
}
inline void Info(std::string_view message, Fields fields = {}) {
  Write(Level::info, message, fields);
}
inline void Debug(std::string_view message, Fields fields = {}) {
  Write(Level::debug, message, fields);
}

/// Lines this process could not write so far.
[[nodiscard]] std::uint64_t LinesLost() noexcept;
/// A forked child counts its own lines only.
void ForgetLinesLost() noexcept;

}  // namespace tined::log
