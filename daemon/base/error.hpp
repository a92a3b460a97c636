// Turns a failed system call into an error, saving errno before anything else can change it.
// For start-up and set-up code, which throws; loop and I/O code looks at errno itself.
#pragma once

#include <string>
#include <string_view>

namespace tined {

/// Throws std::system_error with errno's value and `what` ("bind 0.0.0.0:80") as its context.
[[noreturn]] void ThrowErrno(std::string_view what);

/// The result of a system call, or std::system_error when it is -1.
template <typename T>
T Check(T result, std::string_view what) {
  if (result == static_cast<T>(-1)) ThrowErrno(what);
  return result;
}

/// "No such file or directory (ENOENT)". Safe in any thread.
std::string ErrnoText(int error);

}  // namespace tined
