// Ready field lines of an answer that come from a process that is not trusted. Any thread.
#pragma once

#include <string_view>

namespace tined::http {

/// Whether `lines` are nothing but whole field lines, "name: value" and CRLF each: names tokens,
/// values without anything that could be taken for a line's end, and no field that decides where an
/// answer ends or what becomes of its connection (RFC 9112, 6), which are the server's own.
[[nodiscard]] bool AreFieldLines(std::string_view lines) noexcept;

}  // namespace tined::http
