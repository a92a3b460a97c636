// What this machine lets tests do, asked once. A container's seccomp filter may refuse what rescue
// is made of: cases that count on a connection outliving its worker are left out there, with a
// word.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>

namespace tined::test {

/// What the kernel refuses that rescue needs, tried on a child of this process: "ptrace: Operation
/// not permitted"; empty: nothing.
[[nodiscard]] const std::string& RescueObstacle();

/// For a case or a suite that fails where rescue is not possible:
///   BOOST_AUTO_TEST_CASE(a_client_notices_nothing, *NeedsRescue())
///   BOOST_TEST_DECORATOR(*NeedsRescue()) BOOST_DATA_TEST_CASE(...)
/// The ctest entries integration_without_* run every suite that kills workers where it is not
/// possible, on every machine: a case that needs this and has not got it fails there.
class NeedsRescue : public boost::unit_test::decorator::base {
 private:
  void apply(boost::unit_test::test_unit& unit) override;
  [[nodiscard]] boost::unit_test::decorator::base_ptr clone() const override;
};

}  // namespace tined::test
