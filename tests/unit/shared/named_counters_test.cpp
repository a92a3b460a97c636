#include "shared/named_counters.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>

using tined::shared::NamedCounter;
using tined::shared::NamedCounters;

BOOST_AUTO_TEST_SUITE(NamedCountersTest)

BOOST_AUTO_TEST_CASE(a_name_is_one_counter) {
  NamedCounters counters;
  NamedCounter* const first = counters.Find("a.one");
  BOOST_REQUIRE(first != nullptr);
  first->Add(2);
  BOOST_TEST(counters.Find("a.two") != first);
  BOOST_TEST(counters.Find("a.one") == first);
  BOOST_TEST(counters.all()[0].name() == "a.one");
  BOOST_TEST(counters.all()[0].get() == 2U);
  BOOST_TEST(counters.all()[2].name() == "");
}

BOOST_AUTO_TEST_CASE(names_that_no_report_could_show_are_refused) {
  NamedCounters counters;
  for (const std::string name : {"", "a b", "a\n", "\xff"}) {
    BOOST_TEST(counters.Find(name) == nullptr);
  }
  BOOST_TEST(counters.Find(std::string(55, 'x')) == nullptr);
  BOOST_TEST(counters.Find(std::string(54, 'x')) != nullptr);
}

BOOST_AUTO_TEST_CASE(there_is_room_for_so_many) {
  NamedCounters counters;
  for (std::size_t i = 0; i < NamedCounters::kMost; ++i) {
    BOOST_TEST(counters.Find("c" + std::to_string(i)) != nullptr);
  }
  BOOST_TEST(counters.Find("one-more") == nullptr);
  BOOST_TEST(counters.Find("c63") != nullptr);
}

BOOST_AUTO_TEST_CASE(a_reader_survives_a_wild_write) {
  NamedCounters counters;
  (void)counters.Find("good");
  // Whoever hit this memory did not care for types.
  std::memset(static_cast<void*>(&counters), 0x7f, sizeof counters);
  for (const NamedCounter& counter : counters.all()) BOOST_TEST(counter.name() == "");
}

BOOST_AUTO_TEST_SUITE_END()
