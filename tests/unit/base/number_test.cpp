#include "base/number.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>

namespace tined {
namespace {

BOOST_AUTO_TEST_SUITE(NumberSuite)

BOOST_AUTO_TEST_CASE(a_number_is_digits_from_end_to_end) {
  BOOST_TEST((ParseNumber<std::uint64_t>("0") == 0U));
  BOOST_TEST((ParseNumber<std::uint64_t>("007") == 7U));
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "1x", "0x1", "1.0"}) {
    BOOST_TEST(!ParseNumber<std::uint64_t>(text), text);
  }
}

BOOST_AUTO_TEST_CASE(a_number_that_does_not_fit_is_none) {
  BOOST_TEST((ParseNumber<std::uint64_t>("18446744073709551615") == ~std::uint64_t{0}));
  BOOST_TEST(!ParseNumber<std::uint64_t>("18446744073709551616"));
  BOOST_TEST(!ParseNumber<std::uint16_t>("65536"));
}

BOOST_AUTO_TEST_CASE(a_type_with_a_sign_takes_a_minus_sign) {
  BOOST_TEST((ParseNumber<int>("-12") == -12));
}

BOOST_AUTO_TEST_CASE(digits_may_be_hexadecimal) {
  BOOST_TEST((ParseNumber<std::uint64_t>("00fF", 16) == 255U));
  BOOST_TEST(!ParseNumber<std::uint64_t>("fg", 16));
}

BOOST_AUTO_TEST_CASE(a_number_is_taken_off_the_front) {
  std::string_view text = "12 rest";
  BOOST_TEST((TakeNumber<int>(text) == 12));
  BOOST_TEST(text == " rest");
  BOOST_TEST(!TakeNumber<int>(text));
  BOOST_TEST(text == " rest");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined
