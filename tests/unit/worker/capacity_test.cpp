// How many connections a limit of descriptors leaves room for.
#include "worker/capacity.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::worker {

BOOST_AUTO_TEST_SUITE(CapacityTest)

BOOST_AUTO_TEST_CASE(with_many_descriptors_it_is_what_was_configured) {
  const Capacity capacity = CapacityFor(1U << 20, 20, 10000, 1U << 20);
  BOOST_TEST(capacity.accepts == 10000U);
  BOOST_TEST(capacity.holds > 1'000'000U);
}

BOOST_AUTO_TEST_CASE(a_part_of_the_descriptors_is_kept_for_other_things) {
  const Capacity capacity = CapacityFor(256, 20, 10000, 1U << 20);
  BOOST_TEST(capacity.accepts == 256U - 20U - 32U);
  BOOST_TEST(capacity.holds == capacity.accepts + 16U);
}

BOOST_AUTO_TEST_CASE(what_is_handed_over_does_not_count_against_the_configured_number) {
  const Capacity capacity = CapacityFor(4096, 20, 1, 4096);
  BOOST_TEST(capacity.accepts == 1U);
  BOOST_TEST(capacity.holds > 3000U);
}

BOOST_AUTO_TEST_CASE(there_is_always_room_for_one) {
  BOOST_TEST(CapacityFor(10, 20, 10000, 100).accepts == 1U);
}

BOOST_AUTO_TEST_CASE(each_connection_has_a_record) {
  BOOST_TEST(CapacityFor(1U << 20, 20, 10000, 500).accepts == 500U);
  BOOST_TEST(CapacityFor(1U << 20, 20, 10000, 500).holds == 500U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::worker
