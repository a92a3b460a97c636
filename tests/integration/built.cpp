#include "tests/integration/built.hpp"

#include <cstdlib>

namespace tined::test {

std::string Built(std::string_view name) {
  static const char* const given = std::getenv("TINED_BUILD");
  static const std::string directory = given != nullptr ? given : TINED_OWN_BUILD;
  return directory + "/" + std::string(name);
}

std::string Source(std::string_view name) { return TINED_SOURCES "/" + std::string(name); }

bool IsSanitized() {
  static const bool is_sanitized = std::getenv("TINED_SANITIZED") != nullptr;
  return is_sanitized;
}

boost::unit_test::precondition NotSanitized() {
  return boost::unit_test::precondition([](boost::unit_test::test_unit_id /*unit*/) {
    return boost::test_tools::assertion_result(!IsSanitized());
  });
}

}  // namespace tined::test
