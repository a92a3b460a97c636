// What makes a directory a site: pages that stand for many paths, types, names that are let
// through, listings. Every case runs over all ways to read files, beginning with files that are not
// in the page cache.
#include <openssl/evp.h>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/file_ways.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
using boost::unit_test::data::make;

namespace {

struct Site {
  Site() {
    server.Write("www/index.html", "app");
    server.Write("www/app.js", "code");
    server.Write("www/about.html", "about");
    server.Write("www/docs/index.html", "docs");
    server.Write("www/large.html", std::string(100000, 'l'));
    server.Write("www/list/a.note", "aa");
    server.Write("www/list/b.own", "b");
    server.Write("www/list/c/d.txt", "d");
    server.Write("www/.well-known/security.txt", "contact");
  }
  void Start(const std::string& io) {
    namespace fs = std::filesystem;
    for (const auto& entry : fs::recursive_directory_iterator(server.Path("www"))) {
      if (entry.is_regular_file()) (void)Chill(entry.path());
    }
    const std::string root = "${DIR}/www";
    server.Start(
        Config()
            .Workers(1)
            .Route("/", Files(root, "try: [$path, $path/, $path.html, /index.html], io: " + io))
            .Route("/large", Files(root, "try: [/large.html], io: " + io))
            .Route("/list", Files(root + "/list",
                                  "listing: true, charset: ascii, types: {own: "
                                  "application/x-own, note: text/x-note}, io: " +
                                      io))
            .Route("/strict", Files(root, "try: [$path, =404], visible: [], io: " + io)));
  }
  Answer Get(const std::string& target, const std::string& lines = "") {
    return GetOnce(server.Port(), target, lines);
  }
  Server server;
};

/// As a Content-Security-Policy names it.
std::string HashOf(const std::string& text) {
  unsigned char digest[32];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr);
  unsigned char encoded[45];
  EVP_EncodeBlock(encoded, digest, sizeof(digest));
  return "'sha256-" + std::string(encoded, encoded + 44) + "'";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(static_site)

BOOST_DATA_TEST_CASE_F(Site, one_page_answers_what_is_no_file, make(kFileWays), io) {
  Start(io);
  for (int twice = 0; twice < 2; ++twice) {
    BOOST_TEST(Get("/app.js").body == "code");
    BOOST_TEST(Get("/about").body == "about");
    BOOST_TEST(Get("/docs/").body == "docs");
    BOOST_TEST(Get("/docs")["Location"] == "/docs/");
    for (const std::string path : {"/", "/users/7", "/users/", "/list/../x", "/a?b=/c"}) {
      const Answer answer = Get(path);
      BOOST_TEST(answer.status == 200, path);
      BOOST_TEST(answer.body == "app", path);
      BOOST_TEST(answer["Content-Type"] == "text/html; charset=utf-8", path);
    }
  }
  BOOST_TEST(Get("/x", "Range: bytes=1-\r\n").body == "pp");
  BOOST_TEST(Get("/.env").status == 404);
  BOOST_TEST(Get("/strict/app.js").body == "code");
  BOOST_TEST(Get("/strict/nothing").status == 404);
  BOOST_TEST(Get("/strict/").body == "app");
}

BOOST_DATA_TEST_CASE_F(Site, a_large_page_does_so_too, make(kFileWays), io) {
  Start(io);
  for (const std::string path : {"/large", "/large/a", "/large/b"}) {
    BOOST_TEST((Get(path).body == std::string(100000, 'l')), path);
  }
}

BOOST_DATA_TEST_CASE_F(Site, a_deploy_is_seen_under_all_its_paths, make(kFileWays), io) {
  Start(io);
  BOOST_TEST(Get("/a").body == "app");
  server.Write("www/new.html", "new app");
  std::filesystem::rename(server.Path("www/new.html"), server.Path("www/index.html"));
  BOOST_TEST(Eventually([&] { return Get("/a").body == "new app"; }));
  BOOST_TEST(Get("/b").body == "new app");
}

BOOST_DATA_TEST_CASE_F(Site, types_and_the_charset_are_what_is_configured, make(kFileWays), io) {
  Start(io);
  BOOST_TEST(Get("/list/a.note")["Content-Type"] == "text/x-note; charset=ascii");
  BOOST_TEST(Get("/list/b.own")["Content-Type"] == "application/x-own");
  BOOST_TEST(Get("/list/c/d.txt")["Content-Type"] == "text/plain; charset=ascii");
}

BOOST_DATA_TEST_CASE_F(Site, well_known_names_are_served_unless_that_is_forbidden, make(kFileWays),
                       io) {
  Start(io);
  BOOST_TEST(Get("/.well-known/security.txt").body == "contact");
  BOOST_TEST(Get("/strict/.well-known/security.txt").status == 404);
}

BOOST_DATA_TEST_CASE_F(Site, a_listing_is_sorted_as_the_query_says, make(kFileWays), io) {
  Start(io);
  const auto places = [&](const std::string& query) {
    const std::string page = Get("/list/" + query).body;
    std::string order;
    for (std::size_t at = page.find("<tr><td>"); at != std::string::npos;
         at = page.find("<tr><td>", at + 1)) {
      order += page[page.find("\">", at) + 2];
    }
    return order;
  };
  BOOST_TEST(places("") == "cab");
  BOOST_TEST(places("?sort=-name") == "cba");
  BOOST_TEST(places("?sort=size") == "cba");
  BOOST_TEST(places("?sort=-size") == "cab");
  BOOST_TEST(Get("/list?sort=size")["Location"] == "/list/?sort=size");
}

BOOST_FIXTURE_TEST_CASE(a_listing_may_do_nothing_but_look_as_it_does, Site) {
  Start("sendfile");
  const Answer listing = Get("/list/");
  const std::size_t from = listing.body.find("<style>") + 7;
  const std::string style = listing.body.substr(from, listing.body.find("</style>") - from);
  BOOST_TEST(listing["Content-Security-Policy"] ==
             "default-src 'none'; img-src 'self'; style-src " + HashOf(style) +
                 "; base-uri 'none'; form-action 'none'");
  BOOST_TEST(!Contains(listing.body, "<script"));
  BOOST_TEST(!Contains(listing.body, "://"));
  BOOST_TEST(!Contains(listing.body, "style="));
}

BOOST_AUTO_TEST_SUITE_END()
