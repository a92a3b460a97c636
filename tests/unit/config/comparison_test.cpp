#include "config/comparison.hpp"

#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using test::Refusal;

namespace {

/// A listener a line, from line 2 on.
std::string ListenersRefusal(const std::vector<std::string>& addresses) {
  std::string yaml = "listeners:\n";
  char name = 'a';
  for (const std::string& address : addresses) {
    yaml += std::string("- {name: ") + name++ + ", address: '" + address +
            "', routes: [{respond: {}}]}\n";
  }
  return Refusal(yaml);
}

/// A route a line, from line 5 on.
std::string RoutesRefusal(const std::vector<std::string>& routes) {
  std::string yaml = "listeners:\n- name: a\n  address: 127.0.0.1:0\n  routes:\n";
  for (const std::string& route : routes) {
    const bool is_answered = route.find("redirect") != std::string::npos;
    yaml += "  - {" + route + (is_answered ? "}\n" : ", respond: {}}\n");
  }
  return Refusal(yaml);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ComparisonSuite)

BOOST_AUTO_TEST_CASE(one_address_serves_one_listener) {
  BOOST_TEST(ListenersRefusal({"127.0.0.1:80", "localhost:80"}) ==
             "3:3: `127.0.0.1:80` is taken by `127.0.0.1:80` of listener `a`, at tined.yaml:2");
  BOOST_TEST(ListenersRefusal({"unix:x", "unix:./x"}).find("is taken by") != std::string::npos);
  BOOST_TEST(ListenersRefusal({"systemd:x", "systemd:x"}) ==
             "3:3: `systemd:x` is taken by `systemd:x` of listener `a`, at tined.yaml:2");
}

BOOST_AUTO_TEST_CASE(every_address_takes_a_port_from_all_others) {
  BOOST_TEST(ListenersRefusal({"127.0.0.1:80", "0.0.0.0:80"}) ==
             "3:3: `0.0.0.0:80` is taken by `127.0.0.1:80` of listener `a`, at tined.yaml:2");
  BOOST_TEST(ListenersRefusal({"[::]:80", "[::1]:80"}) ==
             "3:3: `[::1]:80` is taken by `[::]:80` of listener `a`, at tined.yaml:2");
}

BOOST_AUTO_TEST_CASE(addresses_that_differ_are_good) {
  BOOST_TEST(ListenersRefusal({"127.0.0.1:80", "127.0.0.1:81", "127.0.0.2:80", "[::]:80", "unix:/a",
                               "unix:/b", "systemd:a", "systemd:b"}) == "");
  BOOST_TEST(ListenersRefusal({"0.0.0.0:80", "[::]:80"}) == "");
  BOOST_TEST(ListenersRefusal({"127.0.0.1:0", "127.0.0.1:0"}) == "");
}

BOOST_AUTO_TEST_CASE(there_can_be_64_listeners) {
  const auto with = [](int count) {
    std::string yaml = "listeners:\n";
    for (int i = 0; i < count; ++i) {
      yaml +=
          "- {name: l" + std::to_string(i) + ", address: '127.0.0.1:0', routes: [{respond: {}}]}\n";
    }
    return Refusal(yaml);
  };
  BOOST_TEST(with(64) == "");
  BOOST_TEST(with(66) == "66:3: 66 listeners; at most 64 are possible");
}

BOOST_AUTO_TEST_CASE(a_path_has_one_route) {
  BOOST_TEST(RoutesRefusal({"path: /a", "path: /a/"}) ==
             "6:5: there is a route `/a/` already, at tined.yaml:5");
  BOOST_TEST(RoutesRefusal({"methods: GET", "path: /, methods: [POST, GET]"}) ==
             "6:5: there is a route `/` for GET already, at tined.yaml:5");
  BOOST_TEST(RoutesRefusal({"host: [a, b]", "host: [c, B]"}) ==
             "6:5: there is a route `/` for host `b` already, at tined.yaml:5");
}

BOOST_AUTO_TEST_CASE(routes_that_some_request_tells_apart_are_good) {
  BOOST_TEST(RoutesRefusal({"path: /a", "path: /a/b", "path: /ab", "path: /"}) == "");
  BOOST_TEST(RoutesRefusal({"methods: GET", "methods: POST", "path: /"}) == "");
  BOOST_TEST(RoutesRefusal({"host: a", "host: b", "path: /"}) == "");
  BOOST_TEST(RoutesRefusal({"host: a, methods: GET", "host: a, methods: POST",
                            "host: b, methods: GET"}) == "");
}

BOOST_AUTO_TEST_CASE(so_are_routes_that_a_path_tells_apart) {
  BOOST_TEST(RoutesRefusal({"path: /a, exact: true", "path: /a/, exact: true", "path: /a"}) == "");
  BOOST_TEST(RoutesRefusal(
                 {"match: {glob: a}", "match: {glob: b}", "match: {regex: a}", "path: /"}) == "");
  BOOST_TEST(RoutesRefusal({"match: {glob: a}", "match: {glob: a}"}) ==
             "6:5: there is a route `/` already, at tined.yaml:5");
  BOOST_TEST(RoutesRefusal({"path: /a, exact: true", "path: /a, exact: true"}) ==
             "6:5: there is a route `/a` already, at tined.yaml:5");
  BOOST_TEST(RoutesRefusal({"host: '*.a'", "host: a", "path: /"}) == "");
}

BOOST_AUTO_TEST_CASE(a_redirect_that_never_ends_is_refused) {
  BOOST_TEST(RoutesRefusal({"path: /old, redirect: {to: /old/new}"}) ==
             "5:5: this redirect leads back to itself: `/old/new` is not outside of `/old`, and no "
             "other route takes it");
  BOOST_TEST(RoutesRefusal({"path: /a/, redirect: {to: /a}"}) != "");
  BOOST_TEST(RoutesRefusal({"path: /, redirect: {to: /app}"}) != "");
  BOOST_TEST(RoutesRefusal({"path: /, redirect: {to: /app/x}", "path: /apple"}) != "");
  BOOST_TEST(RoutesRefusal({"path: /, redirect: {to: /app$rest}"}) != "");
  BOOST_TEST(RoutesRefusal({"path: /, redirect: {to: /app}", "path: /app, exact: true"}) != "");
}

BOOST_AUTO_TEST_CASE(a_redirect_to_another_route_is_good) {
  BOOST_TEST(RoutesRefusal({"path: /, redirect: {to: /app/x}", "path: /app"}) == "");
  BOOST_TEST(RoutesRefusal({"path: /old, redirect: {to: /old/new}", "path: /old/new/"}) == "");
  BOOST_TEST(RoutesRefusal({"path: /old, redirect: {to: /older}"}) == "");
  BOOST_TEST(RoutesRefusal({"path: /, redirect: {to: https://example.org/}"}) == "");
  BOOST_TEST(RoutesRefusal({"host: a, redirect: {to: /}", "path: /"}) == "");
  BOOST_TEST(RoutesRefusal({"path: /, exact: true, redirect: {to: /app}", "path: /b"}) == "");
  BOOST_TEST(RoutesRefusal({"path: /, redirect: {to: '/app$rest'}", "path: /app"}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
