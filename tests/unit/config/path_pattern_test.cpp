#include "config/path_pattern.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>

using namespace tined::config;

namespace {

bool Takes(const Match& match, const std::string& path) { return PathPattern(match).Takes(path); }
bool Globs(const std::string& glob, const std::string& path) {
  BOOST_TEST(GlobFault(glob) == "");
  return Takes({.glob = glob, .regex = {}}, path);
}
bool Finds(const std::string& regex, const std::string& path) {
  BOOST_TEST(RegexFault(regex) == "");
  return Takes({.glob = {}, .regex = regex}, path);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(PathPatternSuite)

BOOST_AUTO_TEST_CASE(a_glob_without_a_slash_is_for_the_last_name) {
  for (const char* path : {"/a.php", "/x/a.php", "/.php", "/x/y/b.a.php"}) {
    BOOST_TEST(Globs("*.php", path), path);
  }
  for (const char* path : {"/a.php/x", "/a.phpx", "/aphp", "/a.PHP", "/"}) {
    BOOST_TEST(!Globs("*.php", path), path);
  }
  BOOST_TEST(Globs("?b", "/x/ab"));
  BOOST_TEST(!Globs("?b", "/b"));
}

BOOST_AUTO_TEST_CASE(one_with_a_slash_is_for_the_whole_path) {
  BOOST_TEST(Globs("/img/*.jpg", "/img/a.jpg"));
  BOOST_TEST(!Globs("/img/*.jpg", "/img/x/a.jpg"));
  BOOST_TEST(!Globs("/img/*.jpg", "/x/img/a.jpg"));
  BOOST_TEST(Globs("/img/**.jpg", "/img/x/a.jpg"));
  for (const char* path : {"/img/a.jpg", "/img/x/a.jpg", "/img/x/y/a.jpg"}) {
    BOOST_TEST(Globs("/img/**/*.jpg", path), path);
  }
  BOOST_TEST(!Globs("/img/**/*.jpg", "/imgs/a.jpg"));
}

BOOST_AUTO_TEST_CASE(sets_and_choices_are_as_in_a_shell) {
  BOOST_TEST(Globs("[a-c]*", "/b"));
  BOOST_TEST(!Globs("[!a-c]*", "/b"));
  BOOST_TEST(!Globs("/a[!b]c", "/a/c"));
  BOOST_TEST(Globs("[]]", "/]"));
  // A dash at either end is itself, and no range takes the slash in.
  BOOST_TEST(Globs("[!-a]", "/5"));
  BOOST_TEST(!Globs("[!-a]", "/-"));
  BOOST_TEST(Globs("[a-]", "/-"));
  BOOST_TEST(GlobFault("[.-0]") == "no [ ] has a slash in it");
  BOOST_TEST(Globs("[\\^]", "/^"));
  BOOST_TEST(Globs("*.{jpg,png}", "/a.png"));
  BOOST_TEST(!Globs("*.{jpg,png}", "/a.gif"));
  BOOST_TEST(Globs("{a,b{c,d}}", "/bd"));
  BOOST_TEST(Globs("a,b", "/a,b"));
  BOOST_TEST(Globs("\\*", "/*"));
  BOOST_TEST(!Globs("\\*", "/a"));
  BOOST_TEST(Globs("a.b(c)|d+", "/a.b(c)|d+"));
}

BOOST_AUTO_TEST_CASE(an_expression_is_looked_for_anywhere) {
  BOOST_TEST(Finds("[.]php$", "/x/a.php"));
  BOOST_TEST(!Finds("[.]php$", "/x/a.php/y"));
  BOOST_TEST(Finds("^/u/[0-9]+$", "/u/17"));
  BOOST_TEST(!Finds("^/u/[0-9]+$", "/u/17/"));
  BOOST_TEST(Finds("(?i)^/A", "/a"));
}

BOOST_AUTO_TEST_CASE(every_byte_counts_as_one_and_lines_end_nothing) {
  BOOST_TEST(Finds("^/.*$", "/a\nb\xff\xc3\x28"));
  BOOST_TEST(!Finds("^/a$", "/a\n"));
  BOOST_TEST(Globs("*.php", "/a\nb.php"));
  BOOST_TEST(Finds("\xc3\xa4", "/\xc3\xa4"));
}

BOOST_AUTO_TEST_CASE(groups_are_what_they_have_found) {
  const PathPattern pattern({.glob = {}, .regex = "^/(a)?([^/]*)/(x)|y$"});
  BOOST_TEST(pattern.groups() == 3);
  PathPattern::Groups groups;
  BOOST_TEST(pattern.Takes("/bc/x", groups));
  BOOST_TEST(groups[1] == "");
  BOOST_TEST(groups[2] == "bc");
  BOOST_TEST(groups[3] == "x");
  BOOST_TEST(groups[4] == "");
  BOOST_TEST(!pattern.Takes("/z", groups));
}

BOOST_AUTO_TEST_CASE(what_is_no_pattern) {
  BOOST_TEST(GlobFault("") == "it is empty");
  BOOST_TEST(GlobFault("a/b") ==
             "with slashes in it, it begins with one: /**/ stands for any directories");
  BOOST_TEST(GlobFault("[a") == "a [ is not closed");
  BOOST_TEST(GlobFault("{a") == "a { is not closed");
  BOOST_TEST(GlobFault("a\\") == "nothing follows the \\ at its end");
  BOOST_TEST(GlobFault("/[a/b]") == "no [ ] has a slash in it");
  BOOST_TEST(GlobFault("[z-a]") != "");
  BOOST_TEST(RegexFault("(a") == "missing ): (a");
  BOOST_TEST(RegexFault("(?=a)") == "invalid perl operator: (?=");
  BOOST_TEST(RegexFault("((a{100}){100}){100}") != "");
  BOOST_TEST(RegexFault(std::string(1025, 'a')) == "it is too long");
}

BOOST_AUTO_TEST_CASE(no_path_makes_a_pattern_dear) {
  // With a matcher that goes back, the first of these takes longer than the universe has.
  const std::string path = "/" + std::string(8000, 'a') + "!";
  const auto start = std::chrono::steady_clock::now();
  for (const char* regex : {"^/(a+)+$", "^/(a|aa)+$", "(.*)*(.*)*b$"}) {
    BOOST_TEST(!Finds(regex, path), regex);
  }
  BOOST_TEST(!Globs("*a*a*a*a*a*a*a*a*b", path));
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_SUITE_END()
