#include "base/journal.hpp"

#include <boost/test/unit_test.hpp>

using tined::journal::AppendField;

BOOST_AUTO_TEST_SUITE(JournalSuite)

BOOST_AUTO_TEST_CASE(a_field_is_a_line) {
  std::string entry;
  AppendField(entry, "WORKER", "0");
  AppendField(entry, "MESSAGE", "a=b");
  BOOST_TEST(entry == "WORKER=0\nMESSAGE=a=b\n");
}

BOOST_AUTO_TEST_CASE(a_value_with_line_feeds_has_its_size_in_front) {
  std::string entry;
  AppendField(entry, "X", "1\nY=2");
  BOOST_TEST(entry == std::string("X\n\5\0\0\0\0\0\0\0"
                                  "1\nY=2\n",
                                  16));
}

BOOST_AUTO_TEST_SUITE_END()
