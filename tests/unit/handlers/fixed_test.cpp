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

  Answer Send(const Ask& ask) const {
    const config::Redirect settings{.to = to, .status = status};
    handlers::Redirect handler(route, settings);
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

BOOST_AUTO_TEST_SUITE_END()
