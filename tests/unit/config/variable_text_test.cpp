#include "config/variable_text.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::config {
namespace {

/// Facts in brackets, by number.
std::string Shown(std::string_view text) {
  const VariableText parsed = ParseVariableText(text);
  if (!parsed.unknown.empty()) return "unknown " + parsed.unknown;
  std::string shown;
  for (const TextPiece& piece : parsed.pieces) {
    shown.append(piece.text);
    if (piece.fact)
      shown.append("<").append(std::to_string(static_cast<int>(*piece.fact))).append(">");
  }
  return shown;
}

BOOST_AUTO_TEST_SUITE(VariableTextSuite)

BOOST_AUTO_TEST_CASE(variables_are_told_from_the_text_around_them) {
  BOOST_TEST(Shown("") == "");
  BOOST_TEST(Shown("plain") == "plain");
  BOOST_TEST(Shown("$host") == "<1>");
  BOOST_TEST(Shown("a $host/$path?$query.") == "a <1>/<3>?<4>.");
  BOOST_TEST(Shown("$client$status") == "<0><7>");
}

BOOST_AUTO_TEST_CASE(a_dollar_sign_can_be_said) {
  BOOST_TEST(Shown("$$host") == "$host");
  BOOST_TEST(Shown("$$$host") == "$<1>");
  BOOST_TEST(Shown("5 $") == "5 $");
  BOOST_TEST(Shown("$ 5") == "$ 5");
  BOOST_TEST(Shown("$-") == "$-");
}

BOOST_AUTO_TEST_CASE(a_name_is_as_long_as_it_can_be) {
  BOOST_TEST(Shown("$hosts") == "unknown hosts");
  BOOST_TEST(Shown("$host_name") == "unknown host_name");
  BOOST_TEST(Shown("$1") == "unknown 1");
}

BOOST_AUTO_TEST_CASE(a_page_keeps_what_is_no_variable) {
  std::string shown;
  for (const TextPiece& piece : ParsePage("$x $$host$ $status$5")) {
    shown.append(piece.text);
    if (piece.fact)
      shown.append("<").append(std::to_string(static_cast<int>(*piece.fact))).append(">");
  }
  BOOST_TEST(shown == "$x $<1>$ <7>$5");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::config
