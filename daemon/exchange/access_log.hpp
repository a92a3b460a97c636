// One line a request, in a buffer that is written when it fills and once a second. A log that takes
// no more (full disk) costs lines, which are counted, never requests. Worker's loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "config/model.hpp"
#include "http/request.hpp"
#include "ledger/ledger.hpp"

namespace tined::exchange {

class AccessLog {
 public:
  using Format = config::AccessLog::Format;

  /// `descriptor` is open for appending and non-blocking; empty: nothing is logged.
  AccessLog(Descriptor descriptor, Format format, shared::Counter& lines_lost);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  /// What the file does not take any more is counted as lost.
  ~AccessLog();

  /// The request, as far as it could be read; the final status; the bytes of its content.
  void Write(const http::Request& request, int status, std::uint64_t content_length,
             std::chrono::sys_seconds now) noexcept {
    if (descriptor_) Append(request, status, content_length, now);
  }
  /// Writes out what is buffered, as far as the file takes it.
  void Flush() noexcept;
  /// Flushes, then goes on in another file (after log rotation), with a whole line.
  void Reopen(Descriptor descriptor) noexcept;

 private:
  void Append(const http::Request& request, int status, std::uint64_t content_length,
              std::chrono::sys_seconds now) noexcept;
  void AppendLine(const http::Request& request, int status, std::uint64_t content_length);
  void AppendJson(const http::Request& request, int status, std::uint64_t content_length);
  void LoseAll() noexcept;
  void RefreshTime(std::chrono::sys_seconds now);

  Descriptor descriptor_;
  Format format_;
  shared::Counter& lines_lost_;
  std::string buffer_;
  bool is_cut_ = false;       ///< the file ends with the beginning of the buffer's first line
  bool is_left_cut_ = false;  ///< it ends with the beginning of a line that is lost
  std::chrono::sys_seconds time_{};
  std::string time_text_;
};

}  // namespace tined::exchange
