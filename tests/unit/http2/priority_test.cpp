// RFC 9218, 4.
#include "http2/priority.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::http2 {

BOOST_AUTO_TEST_SUITE(PriorityTest)

BOOST_AUTO_TEST_CASE(urgency_and_whether_a_part_of_it_is_of_use) {
  BOOST_TEST((ReadPriority("") == Priority{3, false}));
  BOOST_TEST((ReadPriority("u=0") == Priority{0, false}));
  BOOST_TEST((ReadPriority("u=7, i") == Priority{7, true}));
  BOOST_TEST((ReadPriority("i=?1 , u=1;x=y") == Priority{1, true}));
  BOOST_TEST((ReadPriority("i, i=?0") == Priority{3, false}));
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_says_nothing) {
  for (const std::string_view text :
       {"u=8", "u=-1", "u=10", "u", "u=a", "x=1", ",,,", "I", "U=1"}) {
    BOOST_TEST((ReadPriority(text) == Priority{}), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2
