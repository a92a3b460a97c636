// `try` of a static route: what is looked for in place of the path that a request has.
#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

BOOST_FIXTURE_TEST_SUITE(FilesTry, Site)

BOOST_AUTO_TEST_CASE(a_single_page_application_has_one_page_for_all_that_is_no_file) {
  settings.candidates = {"$path", "/index.html"};
  Write("index.html", "app");
  Write("app.js", "code");
  BOOST_TEST(Get("/app.js").body == "code");
  for (const std::string path : {"/", "/users/7", "/users/", "/index.html"}) {
    const Answer answer = Get(path);
    BOOST_TEST_CONTEXT(path) {
      BOOST_TEST(answer.status == 200);
      BOOST_TEST(answer.body == "app");
      BOOST_TEST(answer["Content-Type"] == "text/html; charset=utf-8");
      BOOST_TEST(Get(path, {{http::Name::if_none_match, answer["ETag"]}}).status == 304);
    }
  }
}

BOOST_AUTO_TEST_CASE(many_paths_of_one_page_take_one_place_in_the_cache) {
  settings.candidates = {"$path", "/index.html"};
  Write("index.html", "app");
  for (int i = 0; i < 50; ++i) BOOST_TEST(Get("/" + std::to_string(i)).body == "app");
  BOOST_TEST(cache.entries() == 1U);
}

BOOST_AUTO_TEST_CASE(a_page_may_leave_its_suffix_out) {
  settings.candidates = {"$path", "$path.html", "$path/", "=404"};
  Write("about.html", "about");
  Write("about/index.html", "below");
  Write("docs/index.html", "docs");
  BOOST_TEST(Get("/about").body == "about");
  BOOST_TEST(Get("/about.html").body == "about");
  BOOST_TEST(Get("/about/").body == "below");
  BOOST_TEST(Get("/docs/").body == "docs");
  BOOST_TEST(Get("/nothing").status == 404);
  BOOST_TEST(Get("/nothing/").status == 404);
}

BOOST_AUTO_TEST_CASE(a_directory_is_led_to_its_slash_where_it_is_asked_for) {
  settings.candidates = {"$path", "$path/", "/index.html"};
  Write("index.html", "app");
  Write("docs/index.html", "docs");
  Write("empty/file", "x");
  const Answer docs = Get("/docs?a=b");
  BOOST_TEST(docs.status == 301);
  BOOST_TEST(docs["Location"] == "/docs/?a=b");
  BOOST_TEST(Get("/empty").body == "app");
  BOOST_TEST(Get("/empty/").body == "app");
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_listed_is_there) {
  settings.candidates = {"$path", "$path/", "/index.html"};
  settings.listing = true;
  Write("index.html", "app");
  Write("d/file", "x");
  BOOST_TEST(Get("/d/").body.find("file") != std::string::npos);
  BOOST_TEST(Get("/d")["Location"] == "/d/");
}

BOOST_AUTO_TEST_CASE(the_order_decides_and_a_suffix_is_never_kept_as_something_else) {
  settings.candidates = {"$path.html", "$path"};
  Write("a.html", "a");
  Write("a.html.html", "twice");
  BOOST_TEST(Get("/a").body == "a");
  BOOST_TEST(Get("/a.html").body == "twice");
  BOOST_TEST(Get("/a").body == "a");
}

BOOST_AUTO_TEST_CASE(hidden_names_are_no_pages) {
  settings.candidates = {"$path", "/index.html"};
  Write("index.html", "app");
  Write(".env", "secret");
  BOOST_TEST(Get("/.env").status == 404);
  BOOST_TEST(Get("/a/.git/config").status == 404);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_said_and_not_passed_over) {
  settings.candidates = {"$path", "/index.html"};
  BOOST_TEST(Get("/a").status == 404);
  Write("index.html", "app");
  BOOST_TEST(Get("/a%2Fb").status == 400);
}

BOOST_AUTO_TEST_CASE(below_a_prefix_the_path_is_what_follows_it) {
  route = "/app";
  settings.candidates = {"$path", "$path/", "/index.html"};
  Write("index.html", "app");
  Write("a.txt", "x");
  BOOST_TEST(Get("/app/a.txt").body == "x");
  BOOST_TEST(Get("/app/b/c").body == "app");
  BOOST_TEST(Get("/app")["Location"] == "/app/");
}

BOOST_AUTO_TEST_CASE(a_suffix_after_a_slash_is_one_path) {
  settings.candidates = {"$path/index.txt"};
  Write("d/index.txt", "index");
  BOOST_TEST(Get("/d").body == "index");
  BOOST_TEST(Get("/d/").body == "index");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(FilesTypes, Site)

BOOST_AUTO_TEST_CASE(own_types_come_first_and_text_is_said_to_be_of_the_charset) {
  const auto add = [&](const std::string& extension, const std::string& type) {
    config::Setting& own = settings.types.items.emplace_back();
    own.key = extension;
    own.text = type;
  };
  add("OWN", "application/x-own");
  add("note", "text/x-note");
  add("htm", "text/html; charset=ascii");
  settings.charset = "iso-8859-1";
  for (const char* name : {"a.own", "a.note", "a.htm", "a.html", "a.png"}) Write(name, "x");
  BOOST_TEST(Get("/a.own")["Content-Type"] == "application/x-own");
  BOOST_TEST(Get("/a.note")["Content-Type"] == "text/x-note; charset=iso-8859-1");
  BOOST_TEST(Get("/a.htm")["Content-Type"] == "text/html; charset=ascii");
  BOOST_TEST(Get("/a.html")["Content-Type"] == "text/html; charset=iso-8859-1");
  BOOST_TEST(Get("/a.png")["Content-Type"] == "image/png");
}

BOOST_AUTO_TEST_CASE(the_charset_may_stay_unsaid) {
  settings.charset = "";
  Write("a.html", "x");
  BOOST_TEST(Get("/a.html")["Content-Type"] == "text/html");
}

BOOST_AUTO_TEST_CASE(names_with_a_dot_in_front_may_be_let_through) {
  Write(".well-known/security.txt", "here");
  Write(".well-known/.secret", "x");
  Write(".other/a", "x");
  BOOST_TEST(Get("/.well-known/security.txt").body == "here");
  BOOST_TEST(Get("/.well-known/.secret").status == 404);
  BOOST_TEST(Get("/.other/a").status == 404);
  handler.reset();
  settings.visible = {".other"};
  BOOST_TEST(Get("/.other/a").body == "x");
}

BOOST_AUTO_TEST_SUITE_END()
