#include "handshaker/failures.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::handshaker {
namespace {

using std::chrono::milliseconds;

}  // namespace

BOOST_AUTO_TEST_SUITE(FailuresTest)

BOOST_AUTO_TEST_CASE(of_each_reason_one_a_second_is_told) {
  Failures failures;
  const TimePoint now = Clock::now();
  BOOST_TEST(failures.Note("no shared cipher", now).value() == 0U);
  BOOST_TEST(!failures.Note("no shared cipher", now).has_value());
  BOOST_TEST(!failures.Note("no shared cipher", now + milliseconds(999)).has_value());
  BOOST_TEST(failures.Note("the client has left", now).value() == 0U);
  BOOST_TEST(failures.Note("no shared cipher", now + milliseconds(1000)).value() == 2U);
  BOOST_TEST(failures.Note("no shared cipher", now + milliseconds(2000)).value() == 0U);
}

BOOST_AUTO_TEST_CASE(reasons_beyond_count_take_no_memory) {
  Failures failures;
  const TimePoint now = Clock::now();
  int told = 0;
  for (int i = 0; i < 10'000; ++i) told += failures.Note(std::to_string(i), now) ? 1 : 0;
  BOOST_TEST(told == static_cast<int>(Failures::kMostReasons) + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshaker
