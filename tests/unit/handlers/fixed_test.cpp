#include "handlers/fixed.hpp"

#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;

namespace {

Answer Respond(const config::Respond& settings, const std::string& method = "GET") {
  handlers::Respond handler(settings);
  return Serve(handler, {.method = method}, WallClock::now());
}

struct Redirection {
  std::string route;
  std::string to;
  int status = 308;
  std::string regex = {};

  Answer Send(const Ask& ask) const {
    const config::Redirect settings{.to = to, .status = status};
    config::Route configured;
    configured.path = route;
    if (!regex.empty()) configured.match.emplace().regex = regex;
    handlers::Redirect handler(configured, settings);
    return Serve(handler, ask, WallClock::now());
  }
  std::string Of(const std::string& target, const std::string& path = {}) const {
    return Send({.target = target, .path = path})["Location"];
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(RespondTest)

BOOST_AUTO_TEST_CASE(the_configured_bytes_are_sent) {
  const Answer answer = Respond({.status = 418, .body = "pong\n", .type = "text/x"});
  BOOST_TEST(answer.status == 418);
  BOOST_TEST(answer.body == "pong\n");
  BOOST_TEST(answer["Content-Type"] == "text/x");
  BOOST_TEST(answer["Content-Length"] == "5");
}

BOOST_AUTO_TEST_CASE(every_usual_method_is_answered_alike) {
  BOOST_TEST(Respond({.body = "pong"}, "POST").body == "pong");
  const Answer head = Respond({.body = "pong"}, "HEAD");
  BOOST_TEST(head.body == "");
  BOOST_TEST(head["Content-Length"] == "4");
}

BOOST_AUTO_TEST_CASE(no_content_has_no_length) {
  const Answer answer = Respond({.status = 204, .body = "ignored"});
  BOOST_TEST(answer.status == 204);
  BOOST_TEST(!answer.Has("Content-Length"));
  BOOST_TEST(answer.body == "");
}

BOOST_AUTO_TEST_CASE(a_405_says_that_nothing_is_allowed) {
  const Answer answer = Respond({.status = 405, .body = "closed"});
  BOOST_TEST(answer.header.find("\r\nAllow:\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_empty_body_has_no_type) {
  const Answer answer = Respond({.body = ""});
  BOOST_TEST(!answer.Has("Content-Type"));
  BOOST_TEST(answer["Content-Length"] == "0");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(RedirectTest)

BOOST_AUTO_TEST_CASE(the_rest_and_the_query_are_kept_as_sent) {
  const Redirection redirection{"/old", "/new"};
  BOOST_TEST(redirection.Of("/old") == "/new");
  BOOST_TEST(redirection.Of("/old/a%20b/%2F?q=%20&r") == "/new/a%20b/%2F?q=%20&r");
  BOOST_TEST(redirection.Of("/old/a%2fb") == "/new/a%2fb");
  BOOST_TEST(redirection.Of("/old?") == "/new?");
}

BOOST_AUTO_TEST_CASE(the_status_is_the_configured_one_and_there_is_a_text) {
  const Redirection redirection{"/old", "/new", 302};
  const Answer answer = redirection.Send({.method = "POST", .target = "/old"});
  BOOST_TEST(answer.status == 302);
  BOOST_TEST(answer.body.starts_with("302 "));
}

BOOST_AUTO_TEST_CASE(another_host_keeps_the_whole_path) {
  const Redirection redirection{"/", "https://example.org"};
  BOOST_TEST(redirection.Of("/a/b?c") == "https://example.org/a/b?c");
}

BOOST_AUTO_TEST_CASE(a_prefix_sent_in_another_spelling_is_replaced_all_the_same) {
  const Redirection redirection{"/old", "/new"};
  BOOST_TEST(redirection.Of("/%6Fld/%61") == "/new/%61");
}

BOOST_AUTO_TEST_CASE(dot_segments_do_not_confuse_it) {
  const Redirection redirection{"/old", "/new"};
  BOOST_TEST(redirection.Of("/x/../old/a%20b", "/old/a b") == "/new/a%20b");
  BOOST_TEST(redirection.Of("/old/../old/a", "/old/a") == "/new/a");
  BOOST_TEST(redirection.Of("/old/a/.", "/old/a/") == "/new/a/");
}

BOOST_AUTO_TEST_CASE(it_never_leads_to_a_host_of_the_clients_choice) {
  BOOST_TEST((Redirection{"/old", "/"}.Of("/old//evil.example")) == "/evil.example");
  BOOST_TEST((Redirection{"/", "/"}.Of("///evil.example")) == "/evil.example");
  BOOST_TEST((Redirection{"/", "/"}.Of("/\\evil.example")) == "/%5Cevil.example");
  BOOST_TEST((Redirection{"/old/", "https://example.org"}.Of("/old/.evil.example")) ==
             "https://example.org/.evil.example");
}

BOOST_AUTO_TEST_CASE(to_may_say_what_is_kept) {
  BOOST_TEST((Redirection{"/old", "/new$rest"}.Of("/old/a%20b?c=d") == "/new/a%20b"));
  BOOST_TEST(
      (Redirection{"/old", "/new?from=$path"}.Of("/old/a&b?c") == "/new?from=%2Fold%2Fa%26b"));
  BOOST_TEST((Redirection{"/", "https://example.org$path?$query"}.Of("/a%2fb?c=%20") ==
              "https://example.org/a%2fb?c=%20"));
  BOOST_TEST(
      (Redirection{"/", "https://example.org$path?$query"}.Of("/a") == "https://example.org/a"));
  BOOST_TEST((Redirection{"/", "/x?a=b&$query"}.Of("/a") == "/x?a=b"));
  BOOST_TEST((Redirection{"/", "$scheme://a.example$path"}.Of("/a") == "http://a.example/a"));
  BOOST_TEST((Redirection{"/old", "$rest"}.Of("/old") == "/"));
}

BOOST_AUTO_TEST_CASE(groups_of_an_expression_are_spelt_for_where_they_go) {
  const Redirection user{"/", "/u/$2/$1?id=$2", 308, "^/user/([^/]*)/(.*)$"};
  BOOST_TEST(user.Of("/user/a%20b/c") == "/u/c/a%20b?id=c");
  BOOST_TEST(user.Of("/user/a/b%26c%2Fd") == "/u/b%26c%2Fd/a?id=b%26c%252Fd");
  BOOST_TEST(user.Of("/user/a/b%0d%0aSet-Cookie:x") ==
             "/u/b%0D%0ASet-Cookie%3Ax/a?id=b%0D%0ASet-Cookie%3Ax");
}

BOOST_AUTO_TEST_CASE(no_part_of_a_request_becomes_a_host) {
  BOOST_TEST((Redirection{"/", "$path"}.Of("//evil.example/a") == "/evil.example/a"));
  BOOST_TEST(
      (Redirection{"/go", "$rest"}.Of("/go//evil.example", "/go/evil.example") == "/evil.example"));
  BOOST_TEST(
      (Redirection{"/go", "/$1", 308, "^/go/(.*)$"}.Of("/go/%5Cevil", "/go/\\evil") == "/%5Cevil"));
  BOOST_TEST((Redirection{"/", "/$1", 308, "^(.*)$"}.Of("//evil.example", "/evil.example") ==
              "/evil.example"));
}

BOOST_AUTO_TEST_SUITE_END()
