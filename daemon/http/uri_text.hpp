// Text that somebody else has written for a URI. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tined::http {

/// Part of a URI as a client or a program wrote it: kept, except that bytes which no URI may
/// contain are percent-encoded. A backslash among them: browsers take it for a slash.
[[nodiscard]] std::string KeepUri(std::string_view written);

}  // namespace tined::http
