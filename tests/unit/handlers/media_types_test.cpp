#include "handlers/media_types.hpp"

#include <boost/test/unit_test.hpp>

using tined::handlers::MediaType;

BOOST_AUTO_TEST_SUITE(MediaTypes)

BOOST_AUTO_TEST_CASE(the_extension_decides) {
  BOOST_TEST(MediaType("/a/index.html") == "text/html; charset=utf-8");
  BOOST_TEST(MediaType("a.js") == "text/javascript; charset=utf-8");
  BOOST_TEST(MediaType("a.json") == "application/json");
  BOOST_TEST(MediaType("a.svg") == "image/svg+xml");
  BOOST_TEST(MediaType("a.7z") == "application/x-7z-compressed");  // the first of the table
  BOOST_TEST(MediaType("a.zst") == "application/zstd");            // and the last
}

BOOST_AUTO_TEST_CASE(case_does_not_matter) { BOOST_TEST(MediaType("A.JPeG") == "image/jpeg"); }

BOOST_AUTO_TEST_CASE(the_last_extension_counts) {
  BOOST_TEST(MediaType("a.tar.gz") == "application/gzip");
  BOOST_TEST(MediaType("a.html/b.css") == "text/css; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(the_usual_text_files_without_extension_are_text) {
  BOOST_TEST(MediaType("/doc/copyright") == "text/plain; charset=utf-8");
  BOOST_TEST(MediaType("README") == "text/plain; charset=utf-8");
  BOOST_TEST(MediaType("Makefile") == "text/plain; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(what_is_unknown_is_bytes) {
  for (const char* name : {"a.unknown", "html", "a.", "", "/a.html/b", "a.averyveryverylongone"}) {
    BOOST_TEST(MediaType(name) == "application/octet-stream", name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
