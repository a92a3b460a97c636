// Which route answers by host, path and pattern, where redirects lead, and what handlers see of a
// path that is rewritten: each kind of handler, answers that come later among them.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/file_ways.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

Handler Redirect(const std::string& to) { return {"redirect: {to: \"" + to + "\", status: 302}"}; }

struct Site {
  Site() {
    server.Write("www/new/a.txt", "new a");
    server.Write("www/a.example/index.html", "site a");
    server.Write("www/b.example/index.html", "site b");
  }
  Answer Get(const std::string& target, const std::string& host = "test") const {
    Client client(server.Port());
    return client.Ask("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
  }
  std::string Location(const std::string& target, const std::string& host = "test") const {
    return Get(target, host)["Location"];
  }
  Server server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(routing, Site)

BOOST_AUTO_TEST_CASE(hosts_paths_and_patterns_tell_routes_apart) {
  server.Start(
      Config()
          .Route("/", Respond("root"))
          .Route("/", Respond("below"), "host: \"*.example.org\"")
          .Route("/", Respond("www"), "host: www.example.org")
          .Route("/", Respond("home"), "exact: true")
          .Route("/", Respond("php"), "match: {glob: \"*.php\"}")
          .Route("/u", Respond("user"), "match: {regex: \"^/u/[0-9]+$\"}, methods: [GET]"));
  BOOST_TEST(Get("/").body == "home");
  BOOST_TEST(Get("/x").body == "root");
  BOOST_TEST(Get("/x/a.php").body == "php");
  BOOST_TEST(Get("/x", "a.example.org").body == "below");
  BOOST_TEST(Get("/x", "A.B.Example.Org.:80").body == "below");
  BOOST_TEST(Get("/x", "www.example.org").body == "www");
  BOOST_TEST(Get("/x", "example.org").body == "root");
  BOOST_TEST(Get("/u/17").body == "user");
  BOOST_TEST(Get("/u/x").body == "root");
}

BOOST_AUTO_TEST_CASE(redirects_keep_what_they_say) {
  server.Start(Config()
                   .Route("/", Redirect("https://$host$path?$query"))
                   .Route("/old", Redirect("/new$rest"))
                   .Route("/plain", Redirect("/new"))
                   .Route("/u", Redirect("/user?id=$1"), "match: {regex: \"^/u/([^/]*)$\"}"));
  BOOST_TEST(Location("/a%20b/%2F?c=d", "Www.Example.org:8080") ==
             "https://www.example.org/a%20b/%2F?c=d");
  BOOST_TEST(Location("/a") == "https://test/a");
  BOOST_TEST(Location("/old/a?b") == "/new/a");
  BOOST_TEST(Location("/plain/a?b") == "/new/a?b");
  BOOST_TEST(Location("/u/a%26b%0d%0aX:y") == "/user?id=a%26b%0D%0AX%3Ay");
  BOOST_TEST(Location("/old//evil.example/") == "/new/evil.example/");
  BOOST_TEST(Get("/a", "a b").status == 400);
  BOOST_TEST(Get("/evil.example/x", "").status == 400);
}

BOOST_AUTO_TEST_CASE(files_are_found_at_the_rewritten_path) {
  server.Start(Config()
                   .Workers(1)
                   .Route("/old", Files("${DIR}/www"), "rewrite: /new$rest")
                   .Route("/sites", Files("${DIR}/www"), "rewrite: \"/$host$rest\"")
                   .Route("/slow", Files("${DIR}/www", "io: nonblocking"), "rewrite: /new$rest"));
  BOOST_TEST(Get("/old/a.txt").body == "new a");
  BOOST_TEST(Get("/old/none").status == 404);
  BOOST_TEST(Get("/sites/", "a.example").body == "site a");
  BOOST_TEST(Get("/sites/", "B.example:80").body == "site b");
  BOOST_TEST(Get("/sites/", "c.example").status == 404);
  BOOST_TEST(Get("/sites/", "..").status == 400);
  BOOST_TEST(Get("/sites/%2e%2e/new/a.txt", "a.example").status == 404);
  // Cold, a thread finds it, and its answer comes later.
  (void)Chill(server.Path("www/new/a.txt"));
  for (int i = 0; i < 3; ++i) BOOST_TEST(Get("/slow/a.txt").body == "new a");
}

BOOST_AUTO_TEST_CASE(modules_and_programs_see_the_rewritten_path) {
  server.Write("cgi/show",
               "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n%s %s %s' "
               "\"$SCRIPT_NAME\" \"$PATH_INFO\" \"$QUERY_STRING\"\n");
  std::filesystem::permissions(server.Path("cgi/show"), std::filesystem::perms(0755));
  Config config = Config().Workers(1);
  config.Route("/cgi", Program("root: \"${DIR}/cgi\""),
               "rewrite: \"/show/$1?id=$1&$query\", match: {regex: \"^/cgi/([^/]*)$\"}");
  for (const std::string run : {"event", "thread", "process"}) {
    config.Route("/" + run, Module("fibonacci", "run: " + run),
                 "rewrite: \"/$1\", match: {regex: "
                 "\"-([0-9]+)$\"}");
  }
  server.Start(config);
  BOOST_TEST(Get("/cgi/a%20b?x=y").body == "/show /a b id=a%20b&x=y");
  for (const std::string run : {"event", "thread", "process"}) {
    const Answer answer = Get("/" + run + "/number-10");
    BOOST_TEST_CONTEXT(run << ": " << answer.header << answer.body) {
      BOOST_TEST(answer.status == 200);
      BOOST_TEST(Contains(answer.body, "89"));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_refused_with_its_place) {
  server.Start(Config().Route("/", Respond("x")));
  const auto refusal = [&](const std::string& keys, const Handler& handler) {
    server.Configure(Config().Route("/", handler, keys));
    const Finished reload = server.Reload();
    BOOST_TEST(reload.status == 1);
    return reload.errors + reload.output;
  };
  BOOST_TEST(Contains(refusal("match: {regex: \"(a\"}", Respond("x")), "missing ): (a"));
  BOOST_TEST(Contains(refusal("match: {regex: a}, rewrite: /$1", Files("/srv")), "no group `$1`"));
  BOOST_TEST(Contains(refusal("host: \"www.*\"", Respond("x")), "is the only wildcard"));
  BOOST_TEST(Get("/").body == "x");
}

BOOST_AUTO_TEST_SUITE_END()
