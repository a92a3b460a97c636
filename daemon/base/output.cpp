#include "base/output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "base/error.hpp"

namespace tined {

int AfterOutput(int status, std::string_view program) {
  constexpr int kFailed = 1;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return status;
  fmt::print(stderr, "{}: cannot write to standard output: {}\n", program, ErrnoText(errno));
  return kFailed;
}

}  // namespace tined
