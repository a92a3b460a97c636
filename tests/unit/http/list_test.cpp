#include "http/list.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

/// The elements of a list, each in brackets.
std::string Elements(std::string_view list) {
  std::string all;
  ForEachListElement(
      list, [&](std::string_view element) { all.append("[").append(element).append("]"); });
  return all;
}

BOOST_AUTO_TEST_SUITE(ListTest)

BOOST_AUTO_TEST_CASE(rfc9110_5_6_1_elements_without_the_white_space_around_them) {
  BOOST_TEST(Elements("a") == "[a]");
  BOOST_TEST(Elements("a,b") == "[a][b]");
  BOOST_TEST(Elements(" a \t,\tb c ") == "[a][b c]");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_1_2_empty_elements_do_not_count) {
  for (const char* none : {"", " ", ",", ", ,", "\t,,,\t"}) BOOST_TEST(Elements(none) == "");
  BOOST_TEST(Elements(",a,,b, ,") == "[a][b]");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_6_4_commas_in_quotes_part_nothing) {
  BOOST_TEST(Elements("\"a,b\",c") == "[\"a,b\"][c]");
  BOOST_TEST(Elements("\"a\\\",b\",c") == "[\"a\\\",b\"][c]");
  BOOST_TEST(Elements("x=\"a,b\";y, c") == "[x=\"a,b\";y][c]");
  BOOST_TEST(Elements("\"a\\\\\",b") == "[\"a\\\\\"][b]");
}

BOOST_AUTO_TEST_CASE(a_quote_without_end_reaches_to_the_end) {
  BOOST_TEST(Elements("a,\"b,c") == "[a][\"b,c]");
  BOOST_TEST(Elements("\"") == "[\"]");
  BOOST_TEST(Elements("\"\\") == "[\"\\]");
}

BOOST_AUTO_TEST_CASE(rfc9110_5_3_repeated_fields_are_one_list) {
  Made made("GET", {{"Accept-Encoding", "a, b"}, {"X", "y"}, {"accept-encoding", "c"}});
  std::string all;
  ForEachListElement(*made, Name::accept_encoding, [&](std::string_view each) { all += each; });
  BOOST_TEST(all == "abc");
}

BOOST_AUTO_TEST_CASE(letters_are_equal_in_either_case) {
  BOOST_TEST(EqualsIgnoreCase("aBc-1", "AbC-1"));
  BOOST_TEST(!EqualsIgnoreCase("a", "ab"));
  BOOST_TEST(!EqualsIgnoreCase("[", "{"));
  BOOST_TEST(!EqualsIgnoreCase("\xc3\xa4", "\xc3\x84"));
  BOOST_TEST(EqualsIgnoreCase("", ""));
}

BOOST_AUTO_TEST_CASE(blanks_are_trimmed_and_nothing_else) {
  BOOST_TEST(Trim(" \ta b\t ") == "a b");
  BOOST_TEST(Trim(" ") == "");
  BOOST_TEST(Trim("\na\r") == "\na\r");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
