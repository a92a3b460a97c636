// Standard output, for programs whose words somebody counts on: a full disk or a closed pipe at its
// other end is a failure. Any process, at its end.
#pragma once

#include <string_view>

namespace tined {

/// Writes out what is buffered. The exit status: `status`, or 1, told on standard error in the name
/// of `program`, when standard output has not taken all of it.
[[nodiscard]] int AfterOutput(int status, std::string_view program);

}  // namespace tined
