#include "base/characters.hpp"

#include <boost/test/unit_test.hpp>

namespace tined {
namespace {

BOOST_AUTO_TEST_SUITE(CharactersSuite)

BOOST_AUTO_TEST_CASE(letters_of_other_alphabets_are_neither_letters_nor_folded) {
  BOOST_TEST(!IsLetterOrDigit('\xe4'));
  BOOST_TEST(ToLower('A') == 'a');
  BOOST_TEST(ToLower('[') == '[');
  BOOST_TEST(ToUpper('z') == 'Z');
  BOOST_TEST(ToUpper('\xe4') == '\xe4');
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined
