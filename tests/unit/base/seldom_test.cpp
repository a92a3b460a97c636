#include "base/seldom.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::log {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

BOOST_AUTO_TEST_SUITE(SeldomTest)

BOOST_AUTO_TEST_CASE(so_many_lines_a_second_are_written_and_the_others_counted) {
  Seldom seldom;
  int written = 0;
  for (int i = 0; i < 1000; ++i) written += seldom.Allows(kStart + milliseconds(i)) ? 1 : 0;
  BOOST_TEST(written == Seldom::kMost);
  BOOST_TEST(seldom.TakeOmitted() == 1000U - Seldom::kMost);
  BOOST_TEST(seldom.Allows(kStart + milliseconds(1000)));
  BOOST_TEST(seldom.TakeOmitted() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::log
