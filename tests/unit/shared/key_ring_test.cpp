#include "shared/key_ring.hpp"

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "base/shared_file.hpp"

namespace tined::shared {
namespace {

using Bytes = std::array<std::byte, KeyRing::kSize>;

Bytes Of(int value) {
  Bytes bytes;
  bytes.fill(static_cast<std::byte>(value));
  return bytes;
}

/// Two processes' views of one ring.
struct Ring {
  Descriptor file = MakeSharedFile("ring", sizeof(KeyRing));
  SharedFile<KeyRing> one{file.get()};
  SharedFile<KeyRing> other{file.get()};
  TimePoint now = Clock::now();

  int Read() {
    Bytes bytes;
    if (!other->Read(other->number(), bytes)) return -1;
    for (const std::byte each : bytes) BOOST_REQUIRE((each == bytes[0]));
    return static_cast<int>(bytes[0]);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(KeyRingTest, Ring)

BOOST_AUTO_TEST_CASE(a_new_one_has_no_keys) {
  BOOST_TEST(one->number() == 0U);
  BOOST_TEST(Read() == -1);
}

BOOST_AUTO_TEST_CASE(keys_that_one_has_made_are_the_others_too) {
  BOOST_REQUIRE(one->Claim(now));
  BOOST_TEST(one->Replace(0, Of(1)));
  BOOST_TEST(other->number() == 1U);
  BOOST_TEST(Read() == 1);
  BOOST_REQUIRE(other->Claim(now));
  BOOST_TEST(other->Replace(1, Of(2)));
  BOOST_TEST(Read() == 2);
}

BOOST_AUTO_TEST_CASE(earlier_keys_are_forgotten) {
  for (int round = 0; round < 9; ++round) {
    BOOST_REQUIRE(one->Claim(now));
    BOOST_REQUIRE(one->Replace(one->number(), Of(7 + round)));
  }
  Bytes bytes;
  BOOST_TEST(!one->Read(one->number() - 1, bytes));
  const auto* const memory = reinterpret_cast<const unsigned char*>(&*one);
  BOOST_TEST(std::count(memory, memory + sizeof(KeyRing), 15) >=
             static_cast<std::ptrdiff_t>(KeyRing::kSize));
  BOOST_TEST(std::count(memory, memory + sizeof(KeyRing), 14) < 4);
}

BOOST_AUTO_TEST_CASE(only_one_makes_the_next) {
  BOOST_TEST(one->Claim(now));
  BOOST_TEST(!other->Claim(now));
  BOOST_TEST(!other->Claim(now + std::chrono::seconds(1)));
  BOOST_TEST(one->Replace(0, Of(1)));
  BOOST_TEST(other->Claim(now));
}

BOOST_AUTO_TEST_CASE(one_that_dies_at_it_holds_up_nobody_for_long) {
  BOOST_TEST(one->Claim(now));
  BOOST_TEST(other->Claim(now + KeyRing::kPatience));
  BOOST_TEST(other->Replace(0, Of(2)));
  BOOST_TEST(Read() == 2);
}

BOOST_AUTO_TEST_CASE(one_that_was_stopped_at_it_comes_too_late) {
  BOOST_TEST(one->Claim(now));
  BOOST_TEST(other->Claim(now + KeyRing::kPatience));
  BOOST_TEST(other->Replace(0, Of(2)));
  BOOST_TEST(!one->Replace(0, Of(1)));
  BOOST_TEST(Read() == 2);
}

BOOST_AUTO_TEST_CASE(who_reads_while_they_are_replaced_gets_whole_ones) {
  BOOST_REQUIRE(one->Claim(now));
  one->Replace(0, Of(1));
  std::atomic<bool> is_over = false;
  std::thread writer([&] {
    for (int round = 0; round < 20'000; ++round) {
      if (one->Claim(Clock::now())) one->Replace(one->number(), Of(round % 100));
    }
    is_over = true;
  });
  int whole = 0;
  while (!is_over) whole += Read() >= 0 ? 1 : 0;
  writer.join();
  BOOST_TEST(whole > 0);
  BOOST_TEST(Read() >= 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::shared
