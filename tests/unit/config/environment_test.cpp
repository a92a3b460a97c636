#include "config/environment.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined::config;

namespace {

std::optional<std::string> LookUpKnown(const std::string& name) {
  if (name == "PORT") return "8080";
  if (name == "EMPTY") return "";
  if (name == "TRICKY") return "a: [b, ${PORT}]";
  if (name == "LATIN1") return "\xe4";
  return std::nullopt;
}

std::string Text(const std::string& text) { return Expand(text, LookUpKnown).text; }
std::string Error(const std::string& text) { return Expand(text, LookUpKnown).error; }

}  // namespace

BOOST_AUTO_TEST_SUITE(EnvironmentSuite)

BOOST_AUTO_TEST_CASE(a_variable_is_replaced_wherever_it_stands) {
  BOOST_TEST(Text("${PORT}") == "8080");
  BOOST_TEST(Text("0.0.0.0:${PORT}!") == "0.0.0.0:8080!");
  BOOST_TEST(Text("${PORT}${PORT}") == "80808080");
}

BOOST_AUTO_TEST_CASE(a_default_stands_in_for_what_is_not_set_or_empty) {
  BOOST_TEST(Text("${NOPE:-x y}") == "x y");
  BOOST_TEST(Text("${EMPTY:-x}") == "x");
  BOOST_TEST(Text("${NOPE:-}") == "");
  BOOST_TEST(Text("${NOPE:-a:-b}") == "a:-b");
  BOOST_TEST(Text("${PORT:-x}") == "8080");
}

BOOST_AUTO_TEST_CASE(a_default_may_have_variables_of_its_own) {
  BOOST_TEST(Text("${NOPE:-${NEITHER:-x}}") == "x");
  BOOST_TEST(Text("${NOPE:-${PORT}}") == "8080");
  BOOST_TEST(Text("[${NOPE:-a${EMPTY:-b${PORT}c}d}]") == "[ab8080cd]");
  BOOST_TEST(Text("${PORT:-${NEITHER}}") == "8080");
  BOOST_TEST(Text("${NOPE:-$${PORT}") == "${PORT");
  BOOST_TEST(Error("${NOPE:-${NEITHER}}").starts_with("the environment variable `NEITHER`"));
  BOOST_TEST(Error("${NOPE:-${PORT}").starts_with("`${` without `}`"));
  std::string deep = "x";
  for (int i = 0; i < 1000; ++i) deep = "${NOPE:-" + deep + "}";
  BOOST_TEST(Error(deep) == "more than 16 defaults inside of each other");
}

BOOST_AUTO_TEST_CASE(an_empty_variable_is_an_empty_text) { BOOST_TEST(Text("[${EMPTY}]") == "[]"); }

BOOST_AUTO_TEST_CASE(two_dollars_are_one) {
  BOOST_TEST(Text("$$") == "$");
  BOOST_TEST(Text("$${PORT}") == "${PORT}");
  BOOST_TEST(Text("$$${PORT}") == "$8080");
}

BOOST_AUTO_TEST_CASE(a_dollar_that_names_nothing_is_a_dollar) {
  BOOST_TEST(Text("5$") == "5$");
  BOOST_TEST(Text("$PORT") == "$PORT");
  BOOST_TEST(Text("a$ b") == "a$ b");
}

BOOST_AUTO_TEST_CASE(a_variables_content_is_not_looked_into) {
  BOOST_TEST(Text("${TRICKY}") == "a: [b, ${PORT}]");
}

BOOST_AUTO_TEST_CASE(what_is_not_set_and_has_no_default_is_an_error) {
  BOOST_TEST(Error("x${NOPE}") ==
             "the environment variable `NOPE` is not set; set it, or write ${NOPE:-default}");
}

BOOST_AUTO_TEST_CASE(an_open_brace_is_an_error) {
  BOOST_TEST(Error("${PORT") == "`${` without `}`; write ${NAME}, or $$ for a dollar sign");
}

BOOST_AUTO_TEST_CASE(what_is_no_name_is_an_error) {
  const std::string rest =
      " is no name of an environment variable; write ${NAME}, ${NAME:-default}, or $$ for a dollar "
      "sign";
  BOOST_TEST(Error("${}") == "``" + rest);
  BOOST_TEST(Error("${1A}") == "`1A`" + rest);
  BOOST_TEST(Error("${PORT:x}") == "`PORT:x`" + rest);
  BOOST_TEST(Error("${a b}") == "`a b`" + rest);
}

BOOST_AUTO_TEST_CASE(a_variable_that_is_no_text_is_an_error) {
  BOOST_TEST(Error("${LATIN1}") == "the environment variable `LATIN1` is not UTF-8 text");
}

BOOST_AUTO_TEST_CASE(every_text_can_be_written_so_that_it_means_itself) {
  for (const char* text : {"", "plain", "$", "$$", "${PORT}", "a$${b}$", "$$$"}) {
    BOOST_TEST(Text(Unexpanded(text)) == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
