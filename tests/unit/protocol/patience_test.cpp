#include "protocol/patience.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::protocol {
namespace {

using std::chrono::seconds;

constexpr TimePoint kBegin{std::chrono::hours(1)};
constexpr Patience::Terms kTerms{seconds(10), 100};

BOOST_AUTO_TEST_SUITE(PatienceTest)

BOOST_AUTO_TEST_CASE(one_that_does_not_get_on_has_the_silence) {
  Patience patience;
  patience.Begin(kBegin, 5);
  BOOST_TEST((patience.Deadline(kTerms) == kBegin + seconds(10)));
  patience.Note(kBegin + seconds(3), 5);
  BOOST_TEST(!patience.IsOver(kBegin + seconds(9), kTerms));
  BOOST_TEST(patience.IsOver(kBegin + seconds(10), kTerms));
}

BOOST_AUTO_TEST_CASE(silence_counts_from_the_last_byte) {
  Patience patience;
  patience.Begin(kBegin, 0);
  patience.Note(kBegin + seconds(4), 5000);
  BOOST_TEST(!patience.IsOver(kBegin + seconds(10), kTerms));
  BOOST_TEST((patience.Deadline(kTerms) == kBegin + seconds(14)));
  BOOST_TEST(patience.IsOver(kBegin + seconds(14), kTerms));
}

BOOST_AUTO_TEST_CASE(each_silence_must_bring_what_the_rate_asks_for) {
  Patience patience;
  patience.Begin(kBegin, 0);
  patience.Note(kBegin + seconds(9), 1000);
  BOOST_TEST(!patience.IsOver(kBegin + seconds(10), kTerms));
  // What one time has had too much, the next has not.
  patience.Note(kBegin + seconds(11), 500'000);
  patience.Note(kBegin + seconds(19), 500'001);
  BOOST_TEST(!patience.IsOver(kBegin + seconds(20), kTerms));
  patience.Note(kBegin + seconds(29), 500'998);
  BOOST_TEST(patience.IsOver(kBegin + seconds(30), kTerms));
}

BOOST_AUTO_TEST_CASE(without_a_rate_a_byte_is_enough) {
  Patience patience;
  patience.Begin(kBegin, 0);
  for (int i = 1; i < 20; ++i) {
    patience.Note(kBegin + seconds(i * 9), static_cast<std::uint64_t>(i));
    BOOST_TEST(!patience.IsOver(kBegin + seconds(i * 9 + 1), {seconds(10)}));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::protocol
