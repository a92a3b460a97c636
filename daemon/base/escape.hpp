// Text of anybody's for a line of a log. Any process, any thread.
#pragma once

#include <string>
#include <string_view>

namespace tined {

/// Appends `text` with JSON's escapes, which the event log's text form has as well. UTF-8 stays;
/// where somebody sent other bytes they are written as Latin-1.
void AppendEscaped(std::string& out, std::string_view text);

}  // namespace tined
