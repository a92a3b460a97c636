#include "handshake/ticket_keys.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::handshake {
namespace {

using std::chrono::hours;

const WallTime kNoon = WallClock::from_time_t(1'800'000'000);

TicketSettings Rotated(int keep) { return {.rotate = hours(12), .keep = keep, .keys = {}}; }

std::vector<std::uint8_t> Name(const TicketKey& key) { return {key.name.begin(), key.name.end()}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(TicketKeysTest)

BOOST_AUTO_TEST_CASE(a_key_is_rotated_when_it_has_had_its_time) {
  TicketKeys keys = MakeTicketKeys(kNoon);
  const TicketKey first = keys.keys[0];
  BOOST_TEST(!Rotate(keys, Rotated(1), kNoon + hours(11)));
  BOOST_TEST(Rotate(keys, Rotated(1), kNoon + hours(12)));
  BOOST_TEST(!Rotate(keys, Rotated(1), kNoon + hours(23)));
  BOOST_REQUIRE(keys.all().size() == 2U);
  BOOST_TEST((Name(keys.keys[0]) != Name(first)));
  BOOST_TEST((Name(keys.keys[1]) == Name(first)));
}

BOOST_AUTO_TEST_CASE(as_many_old_ones_stay_as_are_to_be_kept) {
  for (const int keep : {0, 1, 3, 15, 99}) {
    TicketKeys keys = MakeTicketKeys(kNoon);
    for (int i = 1; i < 40; ++i) BOOST_TEST(Rotate(keys, Rotated(keep), kNoon + hours(12 * i)));
    BOOST_TEST(keys.count == static_cast<unsigned>(std::min(keep, 15)) + 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_forgotten_is_wiped) {
  TicketKeys keys = MakeTicketKeys(kNoon);
  Rotate(keys, Rotated(1), kNoon + hours(12));
  Rotate(keys, Rotated(0), kNoon + hours(24));
  BOOST_TEST(keys.count == 1U);
  BOOST_TEST((Name(keys.keys[1]) == std::vector<std::uint8_t>(16)));
}

BOOST_AUTO_TEST_CASE(after_a_long_sleep_old_keys_have_had_their_time_too) {
  TicketKeys keys = MakeTicketKeys(kNoon);
  Rotate(keys, Rotated(2), kNoon + hours(12));
  BOOST_TEST(Rotate(keys, Rotated(2), kNoon + hours(36)));
  BOOST_TEST(keys.count == 2U);
  BOOST_TEST(Rotate(keys, Rotated(2), kNoon + hours(1000)));
  BOOST_TEST(keys.count == 1U);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_does_not_keep_a_key_forever) {
  TicketKeys keys = MakeTicketKeys(kNoon);
  BOOST_TEST(Rotate(keys, Rotated(1), kNoon - hours(24)));
  BOOST_TEST(!Rotate(keys, Rotated(1), kNoon - hours(23)));
}

BOOST_AUTO_TEST_CASE(a_file_has_keys_of_80_bytes_name_authentication_encryption) {
  std::string bytes;
  for (const char each : {'n', 'm'}) {
    bytes += std::string(16, each) + std::string(32, 'a') + std::string(32, 'e');
  }
  const TicketKeys keys = ReadTicketKeys({"tickets.key", bytes});
  BOOST_REQUIRE(keys.count == 2U);
  BOOST_TEST(keys.keys[0].name[15] == 'n');
  BOOST_TEST(keys.keys[1].name[0] == 'm');
  BOOST_TEST(keys.keys[1].authentication[31] == 'a');
  BOOST_TEST(keys.keys[1].encryption[0] == 'e');
}

BOOST_AUTO_TEST_CASE(a_file_of_another_size_is_refused) {
  for (const std::size_t size : {0U, 48U, 79U, 81U, 17U * 80U}) {
    BOOST_CHECK_THROW((void)ReadTicketKeys({"tickets.key", std::string(size, 'x')}), Refused);
  }
}

BOOST_AUTO_TEST_CASE(tickets_live_as_long_as_there_is_a_key_and_seven_days_at_most) {
  BOOST_TEST((LifetimeOf(Rotated(0)) == hours(12)));
  BOOST_TEST((LifetimeOf(Rotated(1)) == hours(12)));
  BOOST_TEST((LifetimeOf(Rotated(3)) == hours(36)));
  BOOST_TEST((LifetimeOf(Rotated(15)) == hours(7 * 24)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
