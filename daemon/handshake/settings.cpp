#include "handshake/settings.hpp"

#include <fmt/ranges.h>

#include <utility>

namespace tined::handshake {

Refused::Refused(std::vector<std::string> problems)
    : std::runtime_error(fmt::format("{}", fmt::join(problems, "\n"))),
      problems_(std::move(problems)) {}

void RefuseFile(const File& file, std::string_view problem) {
  throw Refused({fmt::format("{}: {}", file.name, problem)});
}

}  // namespace tined::handshake
