// Text of anybody's for a line of a log. Any process, any thread.
#pragma once

#include <string>
#include <string_view>

namespace tined {

/// Appends `text` with JSON's escapes, which the event log's text form has as well. UTF-8 stays but
/// for characters that do not show as what they are (controls, marks of direction and format);
/// where somebody sent other bytes they are written as Latin-1.
void AppendEscaped(std::string& out, std::string_view text);

/// `text` for a reader that knows no escapes: only what does not show as what it is is escaped.
[[nodiscard]] std::string Visible(std::string_view text);

}  // namespace tined
