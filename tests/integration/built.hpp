// What is under test: the programs and modules of one build, which need not be this program's own.
// Set by ctest in the environment: TINED_BUILD, the directory of that build, and TINED_SANITIZED,
// where it has been compiled with sanitizers.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

namespace tined::test {

/// The path of a file of the build under test: `tined`, `examples/echo.so`.
[[nodiscard]] std::string Built(std::string_view name);

/// The path of a file of the sources: `docs/control.md`.
[[nodiscard]] std::string Source(std::string_view name);

/// The build under test has sanitizers, which take time, address space and descriptors.
[[nodiscard]] bool IsSanitized();

/// For what sanitizers stand in the way of: the case is left out with them.
[[nodiscard]] boost::unit_test::precondition NotSanitized();

}  // namespace tined::test
