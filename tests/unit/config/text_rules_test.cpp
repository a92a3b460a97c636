#include "config/text_rules.hpp"

#include <boost/test/unit_test.hpp>
#include <climits>

#include "config/route_rules.hpp"

using namespace tined::config;

namespace {

const Origin kTextOrigin = {"tined.yaml", "/etc/tined"};

/// What the rule makes of `text`; "refused", with the hint if there is one.
std::string Read(const auto& rule, const std::string& text) {
  const Reading<std::string> reading = rule.Read(text, kTextOrigin);
  if (reading.value) return *reading.value;
  return reading.hint.empty() ? "refused" : "refused: " + reading.hint;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(TextRulesSuite)

BOOST_AUTO_TEST_CASE(a_listeners_name_fits_into_the_ledger) {
  BOOST_TEST(Read(kListenerName, "web-1.a_b") == "web-1.a_b");
  BOOST_TEST(Read(kListenerName, std::string(31, 'a')) == std::string(31, 'a'));
  BOOST_TEST(Read(kListenerName, std::string(32, 'a')) == "refused");
  BOOST_TEST(Read(kListenerName, "") == "refused");
  BOOST_TEST(Read(kListenerName, "Web") == "refused: did you mean `web`?");
  BOOST_TEST(Read(kListenerName, "a b") == "refused");
  BOOST_TEST(Read(kListenerName, "w\xc3\xa4") == "refused");
}

BOOST_AUTO_TEST_CASE(accounts_have_names) {
  BOOST_TEST(Read(kAccountName, "") == "");
  BOOST_TEST(Read(kAccountName, "www-data") == "www-data");
  BOOST_TEST(Read(kAccountName, "1000") == "refused: a name, not its number");
  BOOST_TEST(Read(kAccountName, "a:b") == "refused");
  BOOST_TEST(Read(kAccountName, "-x") == "refused");
}

BOOST_AUTO_TEST_CASE(relative_paths_start_from_the_file) {
  BOOST_TEST(Read(kPath, "/srv/www") == "/srv/www");
  BOOST_TEST(Read(kPath, "www") == "/etc/tined/www");
  BOOST_TEST(Read(kPath, "./www") == "/etc/tined/www");
  BOOST_TEST(Read(kPath, "../www") == "/etc/tined/../www");
  BOOST_TEST(Read(kPath, ".") == "/etc/tined");
  BOOST_TEST(Resolved("x", {"x.yaml", "/"}) == "/x");
}

BOOST_AUTO_TEST_CASE(what_can_be_no_path_is_refused) {
  BOOST_TEST(Read(kPath, "") == "refused: it is empty");
  BOOST_TEST(Read(kPath, "a\nb") == "refused: it has control characters");
  BOOST_TEST(Read(kPath, std::string("a\0b", 3)) == "refused: it has control characters");
  BOOST_TEST(Read(kPath, "~/www") == "refused: `~` is not expanded, `${HOME}` is");
  BOOST_TEST(Read(kPath, std::string(PATH_MAX, 'x')) == "refused: it is too long");
}

BOOST_AUTO_TEST_CASE(no_control_socket_is_a_choice) {
  BOOST_TEST(Read(kControlPath, "none") == "");
  BOOST_TEST(Read(kControlPath, "") == "");
  BOOST_TEST(Read(kControlPath, "run/x.sock") == "/etc/tined/run/x.sock");
  BOOST_TEST(Read(kControlPath, "/" + std::string(107, 'x')) ==
             "refused: the path has 108 bytes, a socket's has at most 107");
}

BOOST_AUTO_TEST_CASE(a_routes_path_is_a_decoded_prefix) {
  for (const char* path : {"/", "/a", "/a/", "/a.b/..c/d..", "/a b", "/\xc3\xa4", "/.well-known"}) {
    BOOST_TEST(Read(kRoutePath, path) == path);
  }
}

BOOST_AUTO_TEST_CASE(a_path_that_no_request_has_is_refused) {
  const std::string dots = "refused: requests have no dot segments left when they are matched";
  BOOST_TEST(Read(kRoutePath, "") == "refused");
  BOOST_TEST(Read(kRoutePath, "a") == "refused: did you mean `/a`?");
  BOOST_TEST(Read(kRoutePath, "/a/../b") == dots);
  BOOST_TEST(Read(kRoutePath, "/..") == dots);
  BOOST_TEST(Read(kRoutePath, "/a/.") == dots);
  BOOST_TEST(Read(kRoutePath, "/./a") == dots);
  BOOST_TEST(Read(kRoutePath, "/a//b") == "refused: it has an empty segment");
  BOOST_TEST(Read(kRoutePath, "/a?b") ==
             "refused: routes match the path, without query and fragment");
  BOOST_TEST(Read(kRoutePath, "/a#b") ==
             "refused: routes match the path, without query and fragment");
  BOOST_TEST(Read(kRoutePath, "/a%20b") ==
             "refused: routes match the decoded path: write the character itself, not its %XX");
  BOOST_TEST(Read(kRoutePath, "/a/*") ==
             "refused: a path takes everything below it; patterns stand in `match`");
  BOOST_TEST(Read(kRoutePath, "/a\tb") == "refused: it has control characters");
  BOOST_TEST(Read(kRoutePath, "/" + std::string(1024, 'a')) == "refused: it is too long");
}

BOOST_AUTO_TEST_CASE(hosts_are_compared_in_lower_case_without_port) {
  BOOST_TEST(Read(kHostName, "WWW.Example.org") == "www.example.org");
  BOOST_TEST(Read(kHostName, "127.0.0.1") == "127.0.0.1");
  BOOST_TEST(Read(kHostName, "[::1]") == "[::1]");
  BOOST_TEST(Read(kHostName, "a.example:80") ==
             "refused: the port is not compared: did you mean `a.example`?");
  BOOST_TEST(Read(kHostName, "http://a.example") == "refused: the name alone, without `http://`");
  BOOST_TEST(Read(kHostName, "*.Example.org") == "*.example.org");
  BOOST_TEST(Read(kHostName, "*") == "refused: without `host` a route is for any");
  for (const char* text : {"a*.example.org", "*.*.org", "www.*", "*."}) {
    BOOST_TEST(Read(kHostName, text).starts_with("refused"), text);
  }
  BOOST_TEST(Read(kHostName, "*.[::1]") == "refused: addresses have no names below");
  BOOST_TEST(Read(kHostName,
                  "b\xc3\xbc"
                  "cher.example") == "refused: write its xn-- form");
  for (const char* host : {"", ".a", "a..b", "a b", "a/b", "[a]", "a_b\n", "[a"}) {
    BOOST_TEST(Read(kHostName, host).starts_with("refused"), host);
  }
}

BOOST_AUTO_TEST_CASE(a_method_is_one_that_can_be_answered) {
  BOOST_TEST(Read(kMethod, "DELETE") == "DELETE");
  BOOST_TEST(Read(kMethod, "get") == "refused: did you mean `GET`?");
  BOOST_TEST(Read(kMethod, "GTE") == "refused: did you mean `GET`?");
  BOOST_TEST(Read(kMethod, "TRACE") == "refused");
  BOOST_TEST(Read(kMethod, "PROPFIND") == "refused");
}

BOOST_AUTO_TEST_CASE(an_index_is_a_name) {
  BOOST_TEST(Read(kIndexName, "index.html") == "index.html");
  BOOST_TEST(Read(kIndexName, "a/b") == "refused: a name, not a path");
  BOOST_TEST(Read(kIndexName, "..") == "refused: this is a directory");
  BOOST_TEST(Read(kIndexName, "") == "refused: it is empty");
}

BOOST_AUTO_TEST_CASE(what_is_tried_lies_in_the_site) {
  for (const char* text : {"$path", "$path/", "$path.html", "$path/index.html", "$path-en",
                           "/index.html", "/a/b c.html", "=404"}) {
    BOOST_TEST(Read(kCandidate, text) == text);
  }
  BOOST_TEST(Read(kCandidate, "index.html") == "refused: did you mean `/index.html`?");
  BOOST_TEST(Read(kCandidate, "") == "refused");
  BOOST_TEST(Read(kCandidate, "=500") == "refused: `=404` alone");
  BOOST_TEST(Read(kCandidate, "/docs/") ==
             "refused: a file, not a directory; `$path/` is the directory asked for");
  BOOST_TEST(Read(kCandidate, "$paths") == "refused: there is only the variable $path");
  BOOST_TEST(Read(kCandidate, "$uri/") ==
             "refused: $path in front is the only variable: the request's path below the route's");
  BOOST_TEST(Read(kCandidate, "/a/$path") ==
             "refused: $path in front is the only variable: the request's path below the route's");
  for (const char* text : {"/../secret", "$path/../x", "/a/./b"}) {
    BOOST_TEST(Read(kCandidate, text) == "refused: it has a dot segment", text);
  }
  BOOST_TEST(Read(kCandidate, "/a//b") == "refused: it has an empty segment");
  BOOST_TEST(Read(kCandidate, "/a\nb") == "refused: it has control characters");
}

BOOST_AUTO_TEST_CASE(names_that_are_let_through_begin_with_a_dot) {
  BOOST_TEST(Read(kHiddenName, ".well-known") == ".well-known");
  for (const char* text : {"well-known", "", ".", "..", ".a/b"}) {
    BOOST_TEST(Read(kHiddenName, text).starts_with("refused"), text);
  }
}

BOOST_AUTO_TEST_CASE(a_charset_is_a_word) {
  BOOST_TEST(Read(kCharset, "iso-8859-1") == "iso-8859-1");
  BOOST_TEST(Read(kCharset, "none") == "");
  BOOST_TEST(Read(kCharset, "utf-8; x") == "refused");
  BOOST_TEST(Read(kCharset, "a\r\nb") == "refused");
}

BOOST_AUTO_TEST_CASE(a_media_type_makes_a_header) {
  BOOST_TEST(Read(kMediaType, "text/html; charset=utf-8") == "text/html; charset=utf-8");
  for (const char* type :
       {"", "text", "/html", "text/", "text/;x", "text/html\r\nX: y", "te xt/x", "text/\xc3\xa4"}) {
    BOOST_TEST(Read(kMediaType, type) == "refused", type);
  }
}

BOOST_AUTO_TEST_CASE(a_redirect_leads_to_a_path_or_a_url) {
  BOOST_TEST(Read(kRedirectTarget, "/new") == "/new");
  BOOST_TEST(Read(kRedirectTarget, "https://example.org/x") == "https://example.org/x");
  BOOST_TEST(Read(kRedirectTarget, "example.org/x") ==
             "refused: did you mean `https://example.org/x`?");
  for (const char* to : {"", "new", "javascript:alert(1).x", "https://", "http://"}) {
    BOOST_TEST(Read(kRedirectTarget, to) == "refused", to);
  }
}

BOOST_AUTO_TEST_CASE(a_redirect_cannot_split_the_header) {
  const std::string encode = "refused: percent-encode everything but printable ASCII";
  BOOST_TEST(Read(kRedirectTarget, "/a\r\nX: y") == encode);
  BOOST_TEST(Read(kRedirectTarget, "/a b") == encode);
  BOOST_TEST(Read(kRedirectTarget, "/\xc3\xa4") == encode);
  BOOST_TEST(Read(kRedirectTarget, "/a\x7f") == encode);
  const std::string appended =
      "refused: the rest of the path and the query are appended to it, unless $path, $rest or "
      "$query "
      "stands in it";
  BOOST_TEST(Read(kRedirectTarget, "/a?b") == appended);
  BOOST_TEST(Read(kRedirectTarget, "/a#b") == appended);
}

BOOST_AUTO_TEST_SUITE_END()
