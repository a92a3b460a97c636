#include "base/utf8.hpp"

#include <boost/test/unit_test.hpp>

using tined::IsUtf8;

BOOST_AUTO_TEST_SUITE(Utf8Suite)

BOOST_AUTO_TEST_CASE(utf8_is_told_from_what_only_looks_like_it) {
  BOOST_TEST(IsUtf8("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"));
  BOOST_TEST(IsUtf8("\xf4\x8f\xbf\xbf"));
  for (const char* text :
       {"\x80", "\xc3", "\xc3z", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"}) {
    BOOST_TEST(!IsUtf8(text));
  }
}

BOOST_AUTO_TEST_SUITE_END()
