// RFC 9113, 6.9.
#include "http2/window.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::http2 {

BOOST_AUTO_TEST_SUITE(WindowTest)

BOOST_AUTO_TEST_CASE(rfc9113_6_9_2_a_smaller_initial_window_may_make_windows_negative) {
  const std::int32_t sent_60000 = -60000;
  BOOST_TEST(Sendable(sent_60000, 65535) == 5535U);
  BOOST_TEST(Sendable(sent_60000, 16384) == 0U);
  std::int32_t credit = sent_60000;
  BOOST_TEST(!Grant(credit, 16384, 44617));
  BOOST_TEST(Sendable(credit, 16384) == 1001U);
}

BOOST_AUTO_TEST_CASE(rfc9113_6_9_1_no_window_is_above_31_bits) {
  std::int32_t credit = 0;
  BOOST_TEST((Grant(credit, 1, kLargestWindow).code == ErrorCode::flow_control_error));
  BOOST_TEST(credit == 0);
  BOOST_TEST(!Grant(credit, 0, kLargestWindow));
  BOOST_TEST(Sendable(credit, 0) == kLargestWindow);
  BOOST_TEST(!CheckWindow(credit, 0));
  BOOST_TEST((CheckWindow(credit, 1).code == ErrorCode::flow_control_error));
}

BOOST_AUTO_TEST_CASE(rfc9113_6_9_1_nobody_sends_more_than_was_allowed) {
  std::uint32_t left = 100;
  BOOST_TEST(!Arrive(left, 60));
  BOOST_TEST((Arrive(left, 41).code == ErrorCode::flow_control_error));
  BOOST_TEST(left == 40U);
  BOOST_TEST(!Arrive(left, 40));
  BOOST_TEST(!Arrive(left, 0));
}

BOOST_AUTO_TEST_CASE(what_is_done_with_is_given_back_by_halves) {
  std::uint32_t left = 0;
  std::uint32_t due = 49;
  BOOST_TEST(GiveBack(left, due, 100) == 0U);
  due = 50;
  BOOST_TEST(GiveBack(left, due, 100) == 50U);
  BOOST_TEST(left == 50U);
  BOOST_TEST(due == 0U);
  BOOST_TEST(GiveBack(left, due, 1) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2
