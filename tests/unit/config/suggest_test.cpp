#include "config/suggest.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined::config;

namespace {

const std::vector<std::string_view> kWords = {"listeners", "limits", "log", "user",
                                              "max_connections"};

std::string Suggested(const std::string& word) {
  return std::string(Nearest(word, kWords).value_or("(none)"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SuggestSuite)

BOOST_AUTO_TEST_CASE(slips_of_the_keyboard_find_their_word) {
  BOOST_TEST(Suggested("liseners") == "listeners");
  BOOST_TEST(Suggested("listener") == "listeners");
  BOOST_TEST(Suggested("lisetners") == "listeners");
  BOOST_TEST(Suggested("limts") == "limits");
  BOOST_TEST(Suggested("uesr") == "user");
}

BOOST_AUTO_TEST_CASE(case_and_dashes_are_no_difference) {
  BOOST_TEST(Suggested("LOG") == "log");
  BOOST_TEST(Suggested("max-connections") == "max_connections");
}

BOOST_AUTO_TEST_CASE(words_that_are_far_from_all_get_no_suggestion) {
  BOOST_TEST(Suggested("port") == "(none)");
  BOOST_TEST(Suggested("x") == "(none)");
  BOOST_TEST(Suggested("") == "(none)");
  BOOST_TEST(Suggested("abc") == "(none)");
  BOOST_TEST(Suggested(std::string(100'000, 'l')) == "(none)");
}

BOOST_AUTO_TEST_CASE(the_nearest_of_several_is_suggested) {
  const std::vector<std::string_view> words = {"header_size", "headers", "header"};
  BOOST_TEST(Nearest("heders", words).value() == "headers");
}

BOOST_AUTO_TEST_CASE(the_question_is_empty_without_a_suggestion) {
  BOOST_TEST(DidYouMean("lgo", kWords) == "did you mean `log`?");
  BOOST_TEST(DidYouMean("zebra", kWords) == "");
}

BOOST_AUTO_TEST_SUITE_END()
