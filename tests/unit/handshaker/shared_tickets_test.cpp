#include "handshaker/shared_tickets.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <thread>

#include "base/shared_file.hpp"

namespace tined::handshaker {
namespace {

using handshake::TicketKeys;
using handshake::TicketSettings;
using std::chrono::hours;

bool AreSame(const TicketKeys& one, const TicketKeys& other) {
  return one.count == other.count && one.made == other.made &&
         std::memcmp(one.keys.data(), other.keys.data(), sizeof one.keys) == 0;
}

struct Ring {
  Descriptor file = MakeSharedFile("ring", sizeof(shared::KeyRing));
  SharedFile<shared::KeyRing> ring{file.get()};
  TicketSettings settings{.rotate = hours(12), .keep = 1, .keys = {}};
  WallTime wall = WallClock::now();
  TimePoint now = Clock::now();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(SharedTicketsTest, Ring)

BOOST_AUTO_TEST_CASE(all_have_the_keys_that_the_first_has_made) {
  const SharedTickets first(*ring, settings);
  const SharedTickets second(*ring, settings);
  BOOST_TEST(first.keys().count == 1U);
  BOOST_TEST(AreSame(first.keys(), second.keys()));
}

BOOST_AUTO_TEST_CASE(they_begin_at_once_with_one_set_of_keys) {
  std::vector<TicketKeys> seen(8);
  std::vector<std::thread> threads;
  for (TicketKeys& each : seen) {
    threads.emplace_back([&] { each = SharedTickets(*ring, settings).keys(); });
  }
  for (std::thread& each : threads) each.join();
  for (const TicketKeys& each : seen) BOOST_TEST(AreSame(each, seen.front()));
}

BOOST_AUTO_TEST_CASE(whoever_notices_first_rotates_for_all) {
  SharedTickets first(*ring, settings);
  SharedTickets second(*ring, settings);
  const TicketKeys before = first.keys();
  BOOST_TEST(!first.Refresh(wall + hours(11), now));
  BOOST_TEST(first.Refresh(wall + hours(13), now));
  BOOST_TEST(first.keys().count == 2U);
  BOOST_TEST(second.Refresh(wall + hours(13), now));
  BOOST_TEST(AreSame(first.keys(), second.keys()));
  BOOST_TEST(!second.Refresh(wall + hours(13), now));
  // The earlier key still opens.
  BOOST_TEST(std::memcmp(&first.keys().keys[1], &before.keys[0], sizeof before.keys[0]) == 0);
}

BOOST_AUTO_TEST_CASE(one_that_died_at_it_is_followed_after_a_moment) {
  SharedTickets first(*ring, settings);
  BOOST_REQUIRE(ring->Claim(now));
  BOOST_TEST(!first.Refresh(wall + hours(13), now));
  BOOST_TEST(first.Refresh(wall + hours(13), now + shared::KeyRing::kPatience));
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_replaced) {
  SharedTickets first(*ring, settings);
  std::array<std::byte, shared::KeyRing::kSize> nonsense{};
  nonsense.fill(std::byte{0xff});
  BOOST_REQUIRE(ring->Claim(now));
  BOOST_REQUIRE(ring->Replace(ring->number(), nonsense));
  BOOST_TEST(first.Refresh(wall, now));
  const SharedTickets second(*ring, settings);
  BOOST_TEST(AreSame(first.keys(), second.keys()));
}

BOOST_AUTO_TEST_CASE(listeners_in_common_rotate_as_the_most_impatient_and_keep_for_the_rest) {
  const TicketSettings slow{.rotate = hours(12), .keep = 1, .keys = {}};
  const TicketSettings fast{.rotate = hours(1), .keep = 2, .keys = {}};
  const TicketSettings none{.rotate = hours(24), .keep = 0, .keys = {}};
  const auto in_common = [](std::vector<const TicketSettings*> all) { return InCommon(all); };
  BOOST_TEST((in_common({&slow}).rotate == hours(12)));
  BOOST_TEST(in_common({&slow}).keep == 1);
  BOOST_TEST((in_common({&slow, &fast}).rotate == hours(1)));
  BOOST_TEST(in_common({&slow, &fast}).keep == 12);
  BOOST_TEST(in_common({&none}).keep == 0);
  BOOST_TEST(in_common({}).keep == TicketSettings().keep);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshaker
