// Who is kept in quarantine, and for how long.
#include "shared/quarantine.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::shared {
namespace {

BOOST_AUTO_TEST_SUITE(QuarantineTest)

BOOST_AUTO_TEST_CASE(holds_until_the_end_and_no_longer) {
  Quarantine quarantine;
  const TimePoint now = Clock::now();
  const std::uint64_t hash = quarantine.HashOf("web", 0, "GET / HTTP/1.1");
  BOOST_TEST(!quarantine.MayHold(now));
  quarantine.Put(hash, now + std::chrono::seconds(1));
  BOOST_TEST(quarantine.MayHold(now));
  BOOST_TEST(quarantine.Holds(hash, now));
  BOOST_TEST(!quarantine.Holds(hash + 1, now));
  BOOST_TEST(!quarantine.Holds(hash, now + std::chrono::seconds(1)));
  BOOST_TEST(!quarantine.MayHold(now + std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(listener_route_request_line_and_service_all_count) {
  const Quarantine quarantine;
  const std::uint64_t hash = quarantine.HashOf("a", 1, "GET /");
  BOOST_TEST(hash == quarantine.HashOf("a", 1, "GET /"));
  BOOST_TEST(hash != quarantine.HashOf("b", 1, "GET /"));
  BOOST_TEST(hash != quarantine.HashOf("a", 2, "GET /"));
  BOOST_TEST(hash != quarantine.HashOf("a", 1, "GET /x"));
  BOOST_TEST(hash != Quarantine().HashOf("a", 1, "GET /"));
}

BOOST_AUTO_TEST_CASE(the_one_that_ends_first_makes_room) {
  Quarantine quarantine;
  const TimePoint now = Clock::now();
  for (std::uint64_t i = 1; i <= 65; ++i) quarantine.Put(i, now + std::chrono::seconds(i));
  BOOST_TEST(!quarantine.Holds(1, now));
  BOOST_TEST(quarantine.Holds(2, now));
  BOOST_TEST(quarantine.Holds(65, now));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::shared
