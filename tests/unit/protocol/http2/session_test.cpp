#include "protocol/http2/session.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::http2 {
namespace {

BOOST_AUTO_TEST_SUITE(StreamLimitTest)

BOOST_AUTO_TEST_CASE(a_client_that_has_not_heard_of_a_smaller_one_may_have_the_larger) {
  StreamLimit limit;
  limit.Begin(100);
  limit.OnAcknowledged();
  limit.OnTold(10);
  BOOST_TEST(limit.told() == 10U);
  BOOST_TEST(limit.most() == 100U);
  limit.OnAcknowledged();
  BOOST_TEST(limit.most() == 10U);
}

BOOST_AUTO_TEST_CASE(one_that_was_told_in_between_may_be_what_the_client_has_heard_last) {
  StreamLimit limit;
  limit.Begin(10);
  limit.OnAcknowledged();
  limit.OnTold(100);
  limit.OnTold(20);
  BOOST_TEST(limit.most() == 100U);
  limit.OnAcknowledged();
  BOOST_TEST(limit.most() == 100U);
  limit.OnAcknowledged();
  BOOST_TEST(limit.most() == 20U);
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_of_nothing_changes_nothing) {
  StreamLimit limit;
  limit.Begin(10);
  limit.OnAcknowledged();
  limit.OnAcknowledged();
  limit.OnTold(5);
  BOOST_TEST(limit.most() == 10U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http2
