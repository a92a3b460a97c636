#include "http/router.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

config::Route Route(std::string path, std::vector<std::string> hosts = {},
                    std::vector<std::string> methods = {}) {
  config::Route route;
  route.path = std::move(path);
  route.hosts = std::move(hosts);
  route.methods = std::move(methods);
  return route;
}

/// The index of the route that takes the request; else "allow: …" or "none".
std::string Find(const Router& router, std::string_view method, std::string_view path,
                 std::string_view host = "a") {
  Made made(method);
  (*made).path = path;
  (*made).host = host;
  const Router::Match match = router.Find(*made);
  if (match.route) return std::to_string(*match.route);
  return match.allow.empty() ? "none" : "allow: " + match.allow;
}

BOOST_AUTO_TEST_SUITE(RouterTest)

BOOST_AUTO_TEST_CASE(a_prefix_takes_whole_segments) {
  const Router router({Route("/a")});
  for (const char* path : {"/a", "/a/", "/a/b", "/a/b/c"})
    BOOST_TEST(Find(router, "GET", path) == "0");
  for (const char* path : {"/", "/ab", "/b/a", "/A"})
    BOOST_TEST(Find(router, "GET", path) == "none");
}

BOOST_AUTO_TEST_CASE(a_slash_at_the_end_of_a_prefix_makes_no_difference) {
  const Router router({Route("/a/")});
  for (const char* path : {"/a", "/a/", "/a/b"}) BOOST_TEST(Find(router, "GET", path) == "0");
  BOOST_TEST(Find(router, "GET", "/ab") == "none");
}

BOOST_AUTO_TEST_CASE(the_root_takes_every_path) {
  const Router router({Route("/")});
  for (const char* path : {"/", "/a", "/a/b"}) BOOST_TEST(Find(router, "GET", path) == "0");
}

BOOST_AUTO_TEST_CASE(rfc9112_3_2_4_the_asterisk_is_no_path) {
  BOOST_TEST(Find(Router({Route("/")}), "OPTIONS", "*") == "none");
}

BOOST_AUTO_TEST_CASE(the_longest_prefix_wins_wherever_it_stands) {
  const Router router({Route("/"), Route("/a/b"), Route("/a")});
  BOOST_TEST(Find(router, "GET", "/x") == "0");
  BOOST_TEST(Find(router, "GET", "/a/b/c") == "1");
  BOOST_TEST(Find(router, "GET", "/a/c") == "2");
}

BOOST_AUTO_TEST_CASE(of_equal_routes_the_first_wins) {
  BOOST_TEST(Find(Router({Route("/a"), Route("/a/")}), "GET", "/a") == "0");
}

BOOST_AUTO_TEST_CASE(hosts_are_told_apart_without_case_and_port) {
  const Router router({Route("/"), Route("/", {"one.example", "[::1]"})});
  BOOST_TEST(Find(router, "GET", "/", "one.example") == "1");
  BOOST_TEST(Find(router, "GET", "/", "One.Example:8080") == "1");
  BOOST_TEST(Find(router, "GET", "/", "[::1]:80") == "1");
  BOOST_TEST(Find(router, "GET", "/", "two.example") == "0");
  BOOST_TEST(Find(router, "GET", "/", "") == "0");
}

BOOST_AUTO_TEST_CASE(a_route_of_another_host_gives_way_to_a_shorter_prefix) {
  const Router router({Route("/"), Route("/a", {"one"})});
  BOOST_TEST(Find(router, "GET", "/a", "two") == "0");
  BOOST_TEST(Find(Router({Route("/a", {"one"})}), "GET", "/a", "two") == "none");
}

BOOST_AUTO_TEST_CASE(a_route_that_names_its_host_or_method_goes_before_one_that_does_not) {
  const Router router({Route("/"), Route("/", {}, {"POST"}), Route("/", {"one"})});
  BOOST_TEST(Find(router, "GET", "/", "one") == "2");
  BOOST_TEST(Find(router, "POST", "/", "two") == "1");
  BOOST_TEST(Find(router, "GET", "/", "two") == "0");
}

BOOST_AUTO_TEST_CASE(rfc9110_9_1_methods_are_case_sensitive) {
  BOOST_TEST(Find(Router({Route("/", {}, {"GET"})}), "get", "/") == "allow: GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_2_who_takes_get_takes_head) {
  const Router router({Route("/", {}, {"GET"}), Route("/", {}, {"POST"})});
  BOOST_TEST(Find(router, "HEAD", "/") == "0");
  BOOST_TEST(Find(Router({Route("/", {}, {"POST"})}), "HEAD", "/") == "allow: POST, OPTIONS");
}

BOOST_AUTO_TEST_CASE(rfc9110_15_5_6_the_methods_of_all_routes_that_fit_are_allowed) {
  const Router router({Route("/a", {}, {"POST", "PUT"}), Route("/", {}, {"GET", "POST"}),
                       Route("/", {"two"}, {"DELETE"}), Route("/b", {}, {"PATCH"})});
  BOOST_TEST(Find(router, "DELETE", "/a/x") == "allow: POST, PUT, GET, HEAD, OPTIONS");
  BOOST_TEST(Find(router, "DELETE", "/") == "allow: GET, HEAD, POST, OPTIONS");
  BOOST_TEST(Find(router, "DELETE", "/a", "two") == "2");
}

BOOST_AUTO_TEST_CASE(a_method_that_a_longer_prefix_lacks_may_be_a_shorter_ones) {
  const Router router({Route("/"), Route("/a", {}, {"POST"})});
  BOOST_TEST(Find(router, "GET", "/a") == "0");
  BOOST_TEST(Find(router, "POST", "/a") == "1");
}

BOOST_AUTO_TEST_CASE(without_routes_nothing_is_found) {
  BOOST_TEST(Find(Router({}), "GET", "/") == "none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
