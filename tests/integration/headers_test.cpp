// What an operator makes of answers on their way out: fields, caches, other sites' pages, whatever
// answers.
#include <boost/test/unit_test.hpp>

#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"

using namespace tined::test;

namespace {

constexpr const char* kOrigin = "Origin: https://app.example.org\r\n";

/// A listener that says something of all its answers, and routes of every kind.
Config Site() {
  return Config()
      .Listener("web", "127.0.0.1:0",
                "headers: {set: {X-Frame-Options: DENY, X-For: \"$host $path $status\"}}\n"
                "    cache: {max_age: 1h, types: {text/html: 0}}")
      .Route("/", Respond("hi"))
      .Route("/files", Files(Source("tests/integration")))
      .Route("/module", Module("hello-c"))
      .Route("/program", Program("file: /bin/false"))
      .Route("/own", Respond("own"),
             "headers: {remove: [X-Frame-Options], add: {Link: [one, two]}}, cache: {store: false}")
      .Route("/get", Respond("got"), "methods: [GET], cors: {origins: [https://app.example.org]}");
}

struct Running {
  Running() { server.Start(Site()); }

  Answer Ask(const std::string& bytes) const { return Client(server.Port()).Ask(bytes); }
  Answer Get(const std::string& target, const std::string& lines = {}) const {
    return GetOnce(server.Port(), target, lines);
  }

  Server server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(headers, Running)

BOOST_AUTO_TEST_CASE(answers_of_every_kind_of_handler_are_changed) {
  for (const std::string target : {"/", "/files/hello.hpp", "/module", "/program", "/files/nope"}) {
    const Answer answer = Get(target);
    BOOST_TEST_CONTEXT(target << ": " << answer.header) {
      BOOST_TEST(answer["X-Frame-Options"] == "DENY");
      BOOST_TEST(answer["X-For"] == "test " + target + " " + std::to_string(answer.status));
    }
  }
}

BOOST_AUTO_TEST_CASE(so_are_refusals_that_no_handler_makes) {
  BOOST_TEST(Ask("DELETE /files/hello.hpp HTTP/1.1\r\nHost: a\r\n\r\n")["X-For"] ==
             "a /files/hello.hpp 405");
  BOOST_TEST(Ask("POST /module HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")["X-For"] ==
             "a /module 413");
  BOOST_TEST(Ask("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n")["X-Frame-Options"] == "DENY");
}

BOOST_AUTO_TEST_CASE(a_route_has_the_last_word) {
  const Answer answer = Get("/own");
  BOOST_TEST(!answer.Has("X-Frame-Options"));
  BOOST_TEST(answer["X-For"] == "test /own 200");
  BOOST_TEST(answer.header.find("Link: one\r\nLink: two\r\n") != std::string::npos);
  BOOST_TEST(answer["Cache-Control"] == "no-store");
}

BOOST_AUTO_TEST_CASE(caches_are_told_how_long_and_a_file_is_still_one) {
  const Answer whole = Get("/files/hello.hpp");
  BOOST_TEST(whole["Cache-Control"] == "max-age=3600");
  BOOST_TEST(whole["Expires"].ends_with(" GMT"));
  const Answer part = Get("/files/hello.hpp", "Range: bytes=0-1\r\n");
  BOOST_TEST(part.status == 206);
  BOOST_TEST(part["Cache-Control"] == "max-age=3600");
  const Answer same = Get("/files/hello.hpp", "If-None-Match: " + whole["ETag"] + "\r\n");
  BOOST_TEST(same.status == 304);
  BOOST_TEST(!same.Has("Cache-Control"));
  BOOST_TEST(!Get("/files/nope").Has("Cache-Control"));
  Client client(server.Port());
  client.Send("HEAD /files/hello.hpp HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.Read(true)["Cache-Control"] == "max-age=3600");
}

BOOST_AUTO_TEST_CASE(pages_of_other_sites_are_let_in_by_name) {
  const Answer let_in = Get("/get", kOrigin);
  BOOST_TEST(let_in["Access-Control-Allow-Origin"] == "https://app.example.org");
  BOOST_TEST(let_in["Vary"] == "Origin");
  const Answer other = Get("/get", "Origin: https://x.example\r\n");
  BOOST_TEST(other.body == "got");
  BOOST_TEST(!other.Has("Access-Control-Allow-Origin"));
  BOOST_TEST(!Get("/", kOrigin).Has("Access-Control-Allow-Origin"));
}

BOOST_AUTO_TEST_CASE(a_preflight_is_answered_by_the_route_of_what_is_to_come) {
  const auto ask = [&](const std::string& target, const std::string& method) {
    return Ask("OPTIONS " + target + " HTTP/1.1\r\nHost: a\r\n" + kOrigin +
               "Access-Control-Request-Method: " + method + "\r\n\r\n");
  };
  const Answer allowed = ask("/get", "GET");
  BOOST_TEST(allowed.status == 204);
  BOOST_TEST(allowed["Access-Control-Allow-Origin"] == "https://app.example.org");
  BOOST_TEST(allowed["Access-Control-Max-Age"] == "600");
  // "/get" takes GET alone: PUT would be for "/", which lets nobody in.
  BOOST_TEST(!ask("/get", "PUT").Has("Access-Control-Allow-Origin"));
  BOOST_TEST(!ask("/", "GET").Has("Access-Control-Allow-Origin"));
  BOOST_TEST(Get("/").body == "hi");
}

BOOST_AUTO_TEST_CASE(pages_take_the_place_of_the_line_that_says_what_went_wrong) {
  server.Write("sorry.html", "<p>$status</p>");
  server.Configure(Config()
                       .Listener("web", "127.0.0.1:0", "errors: {pages: {4xx: sorry.html}}")
                       .Route("/files", Files(Source("tests/integration")))
                       .Route("/own", Respond("own"))
                       .Route("/program", Program("file: /bin/false")));
  BOOST_TEST(server.Reload().status == 0);
  const std::uint16_t port = server.Port();
  const auto ask = [&](const std::string& bytes) { return Client(port).Ask(bytes); };
  for (const std::string target : {"/files/nope", "/nope"}) {
    const Answer answer = GetOnce(port, target);
    BOOST_TEST(answer.status == 404);
    BOOST_TEST(answer.body == "<p>404</p>");
    BOOST_TEST(answer["Content-Type"] == "text/html; charset=utf-8");
  }
  BOOST_TEST(ask("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n").body == "<p>400</p>");
  BOOST_TEST(ask("DELETE /files/hello.hpp HTTP/1.1\r\nHost: a\r\n\r\n").body == "<p>405</p>");
  BOOST_TEST(GetOnce(port, "/own").body == "own");
  BOOST_TEST(GetOnce(port, "/program").body.starts_with("502"));
  server.Configure(Config().Route("/", Respond("x"), "errors: {pages: {404: none.html}}"));
  const Finished refused = server.Reload();
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(refused.errors.find("none.html") != std::string::npos, refused.errors);
}

BOOST_AUTO_TEST_CASE(a_reload_changes_them_on_living_connections) {
  Client client(server.Port());
  BOOST_TEST(client.Get("/own")["Cache-Control"] == "no-store");
  server.Configure(Config().Route("/own", Respond("own"), "headers: {set: {X-New: 1}}"));
  BOOST_TEST(server.Reload().status == 0);
  const Answer answer = client.Get("/own");
  BOOST_TEST(answer["X-New"] == "1");
  BOOST_TEST(!answer.Has("Cache-Control"));
}

BOOST_AUTO_TEST_SUITE_END()
