// The layout of what processes share, pinned: an upgrade in place relies on its number.
#include "channels/form.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::channels {
namespace {

struct One {
  std::uint32_t first;
  std::uint64_t second;
};
struct Swapped {
  std::uint64_t second;
  std::uint32_t first;
};
constexpr std::array kOne = {TINED_FIELD(One, first), TINED_FIELD(One, second)};
constexpr std::array kSwapped = {TINED_FIELD(Swapped, first), TINED_FIELD(Swapped, second)};

BOOST_AUTO_TEST_SUITE(FormTest)

BOOST_AUTO_TEST_CASE(a_field_elsewhere_is_another_form) {
  static_assert(sizeof(One) == sizeof(Swapped));
  BOOST_TEST(Mix(kNoForm, kOne) != Mix(kNoForm, kSwapped));
}

BOOST_AUTO_TEST_CASE(a_field_that_was_forgotten_is_noticed) {
  static_assert(Cover(kOne, sizeof(One), alignof(One)));
  static_assert(!Cover(std::array{kOne[0]}, sizeof(One), alignof(One)));
  static_assert(!Cover(std::array{kOne[1]}, sizeof(One), alignof(One)));
}

/// Whoever changes a layout changes the number here: from then on programs of before and after do
/// not take over from each other, which is what has to be.
BOOST_AUTO_TEST_CASE(the_form_is_this) {
  BOOST_TEST(LedgerForm() == 14289212314943471606U);
  BOOST_TEST(HandoffForm() == 10648335824751119457U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::channels
