#include "supervisor/rescue/budget.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::supervisor {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

nanoseconds now;

struct Spending {
  Spending() { now = seconds(7); }
  Budget MakeBudget() {
    return Budget([]() noexcept { return now; });
  }
};

BOOST_FIXTURE_TEST_SUITE(BudgetTest, Spending)

BOOST_AUTO_TEST_CASE(many_connections_have_together_what_one_may_have) {
  Budget budget = MakeBudget();
  constexpr std::uint64_t kTwelfth = Budget::kBytes / 12;
  for (int i = 0; i < 12; ++i) BOOST_TEST(budget.Spend(kTwelfth));
  BOOST_TEST(!budget.Spend(kTwelfth));
}

BOOST_AUTO_TEST_CASE(what_would_be_too_much_is_not_partly_had_and_ends_it) {
  Budget budget = MakeBudget();
  BOOST_TEST(budget.Spend(Budget::kBytes - 1));
  BOOST_TEST(budget.Spend(1));
  BOOST_TEST(budget.Spend(0));
  BOOST_TEST(!budget.Spend(1));
  // Whoever lies about one connection does not have the rest looked at any more.
  BOOST_TEST(!budget.Spend(0));
  Budget at_once = MakeBudget();
  BOOST_TEST(!at_once.Spend(~std::uint64_t{0}));
  BOOST_TEST(!at_once.Spend(0));
}

BOOST_AUTO_TEST_CASE(time_counts_as_well_from_its_beginning) {
  Budget budget = MakeBudget();
  now += Budget::kTime;
  BOOST_TEST(budget.Spend(1));
  now += nanoseconds(1);
  BOOST_TEST(!budget.Spend(0));
  now -= seconds(1);
  BOOST_TEST(!budget.Spend(0));
}

BOOST_AUTO_TEST_CASE(it_is_this_threads_work_that_is_measured) {
  const nanoseconds before = Budget::Used();
  volatile std::uint64_t work = 0;
  while (Budget::Used() == before) work = work + 1;
  BOOST_TEST((Budget::Used() > before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor
