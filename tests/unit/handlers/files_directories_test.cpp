// Directories that are asked for: their index, their listing, and the slash behind their name.
#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

BOOST_FIXTURE_TEST_SUITE(Files, Site)

BOOST_AUTO_TEST_CASE(a_directory_is_answered_by_the_first_index_there_is) {
  settings.index = {"index.html", "index.txt"};
  Write("both/index.html", "html");
  Write("both/index.txt", "text");
  Write("one/index.txt", "text");
  Write("odd/index.html/inner", "x");
  Write("odd/index.txt", "odd");
  BOOST_TEST(Get("/both/").body == "html");
  const Answer one = Get("/one/");
  BOOST_TEST(one.body == "text");
  BOOST_TEST(one["Content-Type"] == "text/plain; charset=utf-8");
  BOOST_TEST(Get("/odd/").body == "odd");
}

BOOST_AUTO_TEST_CASE(a_directory_without_index_is_forbidden_or_listed) {
  Write("d/a.txt", "x");
  BOOST_TEST(Get("/d/").status == 403);
  handler.reset();
  settings.listing = true;
  const Answer listed = Get("/d/");
  BOOST_TEST(listed.status == 200);
  BOOST_TEST(listed["Content-Type"] == "text/html; charset=utf-8");
  BOOST_TEST(listed.body.find("a.txt") != std::string::npos);
  BOOST_TEST(listed.body.find("href=\"../\"") != std::string::npos);
  BOOST_TEST(Get("/").body.find("href=\"../\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_directory_without_slash_leads_to_the_one_with) {
  Write("d e/index.html", "x");
  const Answer answer = Get("/d%20e?q=1&r=%2F");
  BOOST_TEST(answer.status == 301);
  BOOST_TEST(answer["Location"] == "/d%20e/?q=1&r=%2F");
  BOOST_TEST(Get("/d%20e?")["Location"] == "/d%20e/?");
}

BOOST_AUTO_TEST_CASE(that_redirect_never_names_another_host) {
  Write("evil.example/index.html", "x");
  BOOST_TEST(Get("//evil.example")["Location"] == "/evil.example/");
  BOOST_TEST(Get("///evil.example")["Location"] == "/evil.example/");
  Write("\\evil.example/index.html", "x");
  BOOST_TEST(Get("/\\evil.example")["Location"] == "/%5Cevil.example/");
}

BOOST_AUTO_TEST_SUITE_END()
