#include "base/hex.hpp"

#include <boost/test/unit_test.hpp>

namespace tined {
namespace {

BOOST_AUTO_TEST_SUITE(HexSuite)

BOOST_AUTO_TEST_CASE(digits_have_values_in_either_case) {
  BOOST_TEST(HexValue('0') == 0);
  BOOST_TEST(HexValue('9') == 9);
  BOOST_TEST(HexValue('a') == 10);
  BOOST_TEST(HexValue('F') == 15);
  for (const char c : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\xe1'}) {
    BOOST_TEST(HexValue(c) == -1);
  }
}

BOOST_AUTO_TEST_CASE(a_byte_is_decoded_from_the_front) {
  BOOST_TEST(PercentDecoded("%2Fx") == '/');
  BOOST_TEST(PercentDecoded("%ff") == 255);
  BOOST_TEST(PercentDecoded("%00") == 0);
  for (const char* text : {"", "%", "%2", "2F", "%G0", "%0G", "%%20"}) {
    BOOST_TEST(PercentDecoded(text) == -1, text);
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_kept_are_encoded_with_capitals) {
  BOOST_TEST(PercentEncoded("a/b\xff", IsLetterOrDigit) == "a%2Fb%FF");
  BOOST_TEST(PercentEncoded("", IsLetterOrDigit).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined
