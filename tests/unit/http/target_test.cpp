#include "http/target.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::http {
namespace {

/// A target taken apart, with what its views point to.
struct Taken {
  explicit Taken(std::string sent, Method method = Method::get)
      : text(std::move(sent)), is_good(ParseTarget(method, text, target, scratch)) {}
  std::string text;
  std::string scratch;
  Target target;
  bool is_good;
};

/// The decoded path, or "refused".
std::string PathOf(const std::string& text) {
  const Taken taken(text);
  return taken.is_good ? std::string(taken.target.path) : "refused";
}

BOOST_AUTO_TEST_SUITE(TargetTest)

BOOST_AUTO_TEST_CASE(rfc9112_3_2_1_origin_form_is_path_and_query) {
  const Taken taken("/a/b?c=d?e");
  BOOST_TEST(taken.is_good);
  BOOST_TEST(taken.target.path == "/a/b");
  BOOST_TEST(taken.target.raw_path == "/a/b");
  BOOST_TEST(taken.target.has_query);
  BOOST_TEST(taken.target.query == "c=d?e");
  BOOST_TEST(taken.target.authority.empty());
}

BOOST_AUTO_TEST_CASE(an_empty_query_is_not_none) {
  BOOST_TEST(!Taken("/a").target.has_query);
  BOOST_TEST(Taken("/a?").target.has_query);
  BOOST_TEST(Taken("/a?").target.query.empty());
}

BOOST_AUTO_TEST_CASE(the_query_stays_as_sent) {
  BOOST_TEST(Taken("/?%zz&a=%2F../").target.query == "%zz&a=%2F../");
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_2_absolute_form) {
  const Taken taken("http://One.example:8080/a%20b?c");
  BOOST_TEST(taken.is_good);
  BOOST_TEST(taken.target.authority == "One.example:8080");
  BOOST_TEST(taken.target.path == "/a b");
  BOOST_TEST(taken.target.raw_path == "/a%20b");
  BOOST_TEST(taken.target.query == "c");
  BOOST_TEST(!taken.target.is_https);
  BOOST_TEST(Taken("HTTPS://a/").target.is_https);
  BOOST_TEST(Taken("http://[::1]:80/").target.authority == "[::1]:80");
}

BOOST_AUTO_TEST_CASE(rfc9110_4_2_3_an_absolute_form_without_path_means_the_root) {
  BOOST_TEST(PathOf("http://a") == "/");
  const Taken queried("http://a?b");
  BOOST_TEST(queried.target.path == "/");
  BOOST_TEST(queried.target.query == "b");
}

BOOST_AUTO_TEST_CASE(rfc9110_4_2_1_an_http_uri_without_host_is_refused) {
  for (const char* text : {"http://", "http:///", "http://:80/", "http:a", "http:/a", "://a/"}) {
    BOOST_TEST(PathOf(text) == "refused");
  }
}

BOOST_AUTO_TEST_CASE(rfc9110_4_2_4_userinfo_is_refused) {
  BOOST_TEST(PathOf("http://user@a/") == "refused");
  BOOST_TEST(PathOf("http://user:secret@a/") == "refused");
}

BOOST_AUTO_TEST_CASE(other_schemes_are_refused) {
  for (const char* text : {"ftp://a/", "file:///a", "httpx://a/", "ws://a/", "urn:a"}) {
    BOOST_TEST(PathOf(text) == "refused");
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_3_authority_form_is_for_connect_alone) {
  const Taken taken("a.example:443", Method::connect);
  BOOST_TEST(taken.is_good);
  BOOST_TEST(taken.target.authority == "a.example:443");
  BOOST_TEST(taken.target.path.empty());
  BOOST_TEST(PathOf("a.example:443") == "refused");
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_6_connect_without_a_valid_port_is_refused) {
  for (const char* text :
       {"a", "a:", ":80", "a:x", "a:65536", "/", "*", "http://a/", "[::1", "a:-1"}) {
    BOOST_TEST(!Taken(text, Method::connect).is_good);
  }
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_4_asterisk_form_is_for_options_alone) {
  BOOST_TEST(Taken("*", Method::options).target.path == "*");
  BOOST_TEST(Taken("http://a", Method::options).target.path == "*");
  BOOST_TEST(Taken("http://a/", Method::options).target.path == "/");
  BOOST_TEST(Taken("http://a?b", Method::options).target.path == "/");
  for (const Method method : {Method::get, Method::post, Method::other, Method::trace}) {
    BOOST_TEST(!Taken("*", method).is_good);
  }
  BOOST_TEST(!Taken("**", Method::options).is_good);
}

BOOST_AUTO_TEST_CASE(rfc3986_6_2_2_2_percent_encoding_is_decoded_once) {
  BOOST_TEST(PathOf("/%61%62") == "/ab");
  BOOST_TEST(PathOf("/%c3%a4") == "/\xc3\xa4");
  BOOST_TEST(PathOf("/%C3%A4") == "/\xc3\xa4");
  BOOST_TEST(PathOf("/%2561") == "/%61");
  BOOST_TEST(PathOf("/a%3Fb") == "/a?b");
  BOOST_TEST(PathOf("/a%23b") == "/a#b");
  BOOST_TEST(PathOf("/a%5cb") == "/a\\b");
  BOOST_TEST(PathOf("/a%0ab") == "/a\nb");
}

BOOST_AUTO_TEST_CASE(bad_percent_encoding_is_refused) {
  for (const char* text : {"/%", "/%4", "/%zz", "/%4g", "/%g4", "/a%", "/%%41", "/% 1"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(PathOf(text) == "refused"); }
  }
}

BOOST_AUTO_TEST_CASE(an_encoded_nul_is_refused) {
  for (const char* text : {"/%00", "/a%00.txt", "/%2f%00"}) BOOST_TEST(PathOf(text) == "refused");
}

BOOST_AUTO_TEST_CASE(rfc3986_5_2_4_dot_segments_are_resolved) {
  BOOST_TEST(PathOf("/a/./b") == "/a/b");
  BOOST_TEST(PathOf("/a/../b") == "/b");
  BOOST_TEST(PathOf("/a/b/..") == "/a/");
  BOOST_TEST(PathOf("/a/.") == "/a/");
  BOOST_TEST(PathOf("/./") == "/");
  BOOST_TEST(PathOf("/a/%2e%2E/b") == "/b");
  BOOST_TEST(PathOf("/a/%2e") == "/a/");
  BOOST_TEST(PathOf("/a/b/../../c") == "/c");
}

BOOST_AUTO_TEST_CASE(dots_that_are_no_segment_stay) {
  BOOST_TEST(PathOf("/...") == "/...");
  BOOST_TEST(PathOf("/.a") == "/.a");
  BOOST_TEST(PathOf("/a..") == "/a..");
  BOOST_TEST(PathOf("/..a/b") == "/..a/b");
}

BOOST_AUTO_TEST_CASE(a_path_above_the_root_is_refused) {
  for (const char* text : {"/..", "/../a", "/a/../..", "/a/../../b", "/%2e%2e", "/.%2e/a", "//..",
                           "/./..", "http://a/.."}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(PathOf(text) == "refused"); }
  }
}

BOOST_AUTO_TEST_CASE(repeated_slashes_are_one) {
  BOOST_TEST(PathOf("//a") == "/a");
  BOOST_TEST(PathOf("/a//b///") == "/a/b/");
  BOOST_TEST(PathOf("/a//../b") == "/b");
}

BOOST_AUTO_TEST_CASE(what_belongs_into_no_target_is_refused) {
  for (const char* text : {"", "a", "/a b", "/a\tb", "/a#b", "/a\\b", "/a\x7f", "/a\x01", "/?a b",
                           "/?#", "?a", "http://a b/"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(PathOf(text) == "refused"); }
  }
}

BOOST_AUTO_TEST_CASE(what_clients_send_unencoded_is_taken) {
  for (const char* text : {"/a|b", "/a\"b", "/<a>", "/a^b`c{d}", "/[a]", "/\xc3\xa4"}) {
    BOOST_TEST(PathOf(text) == text);
  }
}

BOOST_AUTO_TEST_CASE(a_plain_path_is_not_copied) {
  const Taken taken("/a/b.txt");
  BOOST_TEST(static_cast<const void*>(taken.target.path.data()) ==
             static_cast<const void*>(taken.text.data()));
}

BOOST_AUTO_TEST_CASE(an_encoded_slash_separates_nothing) {
  const Taken taken("/a%2Fb/..%2f/c/../d");
  BOOST_TEST(taken.is_good);
  BOOST_TEST(taken.target.path == "/a%2Fb/..%2f/d");
  BOOST_TEST(taken.target.has_encoded_slash);
  BOOST_TEST(!Taken("/a%20b").target.has_encoded_slash);
  BOOST_TEST(!Taken("/a?%2F").target.has_encoded_slash);
  BOOST_TEST(PathOf("/%252F") == "/%2F");
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_path_keeps_its_slashes) {
  const auto rest = [](const std::string& sent, std::size_t from) {
    const Taken taken(sent);
    return RestWithSlashes(taken.target.raw_path, taken.target.path, from);
  };
  BOOST_TEST(rest("/a/b", 2) == "/b");
  BOOST_TEST(rest("/a//b//", 2) == "//b//");
  BOOST_TEST(rest("//a//b", 2) == "//b");
  BOOST_TEST(rest("//a", 0) == "//a");
  BOOST_TEST(rest("/a", 2) == "");
  BOOST_TEST(rest("/x/../a//b/./c", 2) == "//b/c");
  BOOST_TEST(rest("/%61//b%20c", 2) == "//b c");
  // RFC 3986, 5.2.4 would have "/a/b", which is not the path that was routed.
  BOOST_TEST(rest("/a/c//../b", 2) == "/b");
}

BOOST_AUTO_TEST_CASE(dots_beside_encoded_slashes_are_seen) {
  for (const std::string_view path :
       {"/a/..%2Fb", "/a%2f..", "/..%2f", "/.%2Fa", "/a%2F.%2Fb", "/a%2F../b"}) {
    BOOST_TEST(HasDotsBesideEncodedSlash(path), path);
  }
  for (const std::string_view path : {"/a%2Fb", "/a%2F..b", "/a..%2Fb", "/%2f", "/a", "/%2", ""}) {
    BOOST_TEST(!HasDotsBesideEncodedSlash(path), path);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
