#include "http/router.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <random>
#include <tuple>

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
  return match.fits_but_method ? "allow: " + router.AllowedFor(*made) : "none";
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

BOOST_AUTO_TEST_CASE(rfc1034_3_1_a_dot_at_the_end_makes_no_other_name) {
  const Router router({Route("/"), Route("/", {"www.example.org"}), Route("/", {"b.example."})});
  BOOST_TEST(Find(router, "GET", "/", "www.example.org.") == "1");
  BOOST_TEST(Find(router, "GET", "/", "WWW.Example.ORG.:8080") == "1");
  BOOST_TEST(Find(router, "GET", "/", "b.example") == "2");
  BOOST_TEST(Find(router, "GET", "/", "www.example.org..") == "0");
  BOOST_TEST(Find(router, "GET", "/", ".") == "0");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_too_long_is_nobodys) {
  const std::string longest(255, 'a');
  const Router router({Route("/"), Route("/", {longest}), Route("/", {longest + "b"})});
  BOOST_TEST(Find(router, "GET", "/", longest) == "1");
  BOOST_TEST(Find(router, "GET", "/", longest + "b") == "0");
}

config::Route Exact(config::Route route) {
  route.exact = true;
  return route;
}

config::Route Globbing(config::Route route, const std::string& glob) {
  route.match.emplace().glob = glob;
  return route;
}

BOOST_AUTO_TEST_CASE(an_exact_route_takes_its_path_alone) {
  const Router router({Route("/"), Exact(Route("/a")), Exact(Route("/a/"))});
  BOOST_TEST(Find(router, "GET", "/a") == "1");
  BOOST_TEST(Find(router, "GET", "/a/") == "2");
  BOOST_TEST(Find(router, "GET", "/a/b") == "0");
  BOOST_TEST(Find(Router({Exact(Route("/"))}), "GET", "/a") == "none");
  BOOST_TEST(Find(Router({Exact(Route("/", {}, {"PUT"}))}), "GET", "/a") == "none");
  BOOST_TEST(Find(Router({Exact(Route("/", {}, {"PUT"}))}), "GET", "/") == "allow: PUT, OPTIONS");
}

BOOST_AUTO_TEST_CASE(at_one_path_the_exact_route_goes_first_then_patterns_in_order_then_the_rest) {
  const Router router({Route("/a"), Globbing(Route("/a"), "*.txt"), Globbing(Route("/a"), "b*"),
                       Exact(Route("/a"))});
  BOOST_TEST(Find(router, "GET", "/a") == "3");
  BOOST_TEST(Find(router, "GET", "/a/b.txt") == "1");
  BOOST_TEST(Find(router, "GET", "/a/b") == "2");
  BOOST_TEST(Find(router, "GET", "/a/c") == "0");
}

BOOST_AUTO_TEST_CASE(a_longer_path_goes_before_a_pattern_at_a_shorter_one) {
  const Router router({Globbing(Route("/"), "*.txt"), Route("/a")});
  BOOST_TEST(Find(router, "GET", "/a/b.txt") == "1");
  BOOST_TEST(Find(router, "GET", "/b.txt") == "0");
  BOOST_TEST(Find(router, "GET", "/b") == "none");
}

BOOST_AUTO_TEST_CASE(a_wildcard_takes_all_names_below_and_the_longest_goes_first) {
  const Router router({Route("/"), Route("/", {"*.example.org"}), Route("/", {"*.b.example.org"}),
                       Route("/", {"a.b.example.org"})});
  BOOST_TEST(Find(router, "GET", "/", "example.org") == "0");
  BOOST_TEST(Find(router, "GET", "/", "x.example.org") == "1");
  BOOST_TEST(Find(router, "GET", "/", "b.example.org") == "1");
  BOOST_TEST(Find(router, "GET", "/", "x.y.Example.org.:80") == "1");
  BOOST_TEST(Find(router, "GET", "/", "x.b.example.org") == "2");
  BOOST_TEST(Find(router, "GET", "/", "a.b.example.org") == "3");
  BOOST_TEST(Find(router, "GET", "/", "xexample.org") == "0");
  BOOST_TEST(Find(router, "GET", "/", "example.org.evil.example") == "0");
}

BOOST_AUTO_TEST_CASE(a_wildcard_of_a_longer_path_goes_before_a_name_of_a_shorter_one) {
  const Router router({Route("/", {"a.example"}), Route("/x", {"*.example"})});
  BOOST_TEST(Find(router, "GET", "/x", "a.example") == "1");
  BOOST_TEST(Find(router, "GET", "/", "a.example") == "0");
  BOOST_TEST(Find(router, "GET", "/", "b.example") == "none");
}

/// What the router is to find, the long way: every route is looked at.
class EveryRoute {
 public:
  explicit EveryRoute(const std::vector<config::Route>& routes) : routes_(routes) {}

  [[nodiscard]] std::string Find(const std::string& method, const std::string& path,
                                 const std::string& host) const {
    std::vector<std::string> allowed;
    const auto add = [&](const std::string& each) {
      if (std::find(allowed.begin(), allowed.end(), each) == allowed.end()) allowed.push_back(each);
    };
    for (const Fit& fit : Fitting(path, host)) {
      const std::vector<std::string>& methods = routes_[fit.index].methods;
      const std::string takes = method == "HEAD" ? "GET" : method;
      if (methods.empty() || std::find(methods.begin(), methods.end(), method) != methods.end() ||
          std::find(methods.begin(), methods.end(), takes) != methods.end()) {
        return std::to_string(fit.index);
      }
      for (const std::string& each : methods) {
        add(each);
        if (each == "GET") add("HEAD");
      }
    }
    if (allowed.empty()) return "none";
    add("OPTIONS");
    std::string list;
    for (const std::string& each : allowed) list.append(list.empty() ? "" : ", ").append(each);
    return "allow: " + list;
  }

 private:
  /// A route that takes the path and the host; the smaller goes first.
  struct Fit {
    std::size_t path_left;
    std::size_t host_left;
    int kind;
    bool takes_any_method;
    std::size_t index;
    auto operator<=>(const Fit&) const = default;
  };

  [[nodiscard]] std::vector<Fit> Fitting(const std::string& path, const std::string& host) const {
    std::vector<Fit> fits;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      const config::Route& route = routes_[i];
      std::string prefix = route.path;
      if (prefix.ends_with('/')) prefix.pop_back();
      const bool is_below =
          path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
      if (!is_below || (route.exact && path != route.path)) continue;
      // The only pattern in these tests.
      if (route.match && !path.ends_with('b')) continue;
      const int kind = route.exact ? 0 : route.match ? 1 : 2;
      for (const std::string& each :
           route.hosts.empty() ? std::vector<std::string>{"*"} : route.hosts) {
        const bool is_wildcard = each.starts_with('*');
        if (is_wildcard ? !host.ends_with(each.substr(1)) : host != each) continue;
        const std::size_t host_left = is_wildcard ? 1 + host.size() - each.size() + 1 : 0;
        fits.push_back({path.size() - prefix.size(), host_left, kind, route.methods.empty(), i});
      }
    }
    std::sort(fits.begin(), fits.end());
    return fits;
  }

  std::vector<config::Route> routes_;
};

class Chance {
 public:
  explicit Chance(unsigned seed) : source_(seed) {}
  [[nodiscard]] std::size_t Below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(source_);
  }
  [[nodiscard]] std::string Path() {
    static const char* const kSegments[] = {"a", "b", "ab", "", "a.b", "%2F"};
    std::string path;
    for (std::size_t left = Below(5); left > 0; --left)
      path.append("/").append(kSegments[Below(6)]);
    return path.empty() ? "/" : path;
  }
  [[nodiscard]] std::vector<std::string> Some(const std::vector<std::string>& all) {
    std::vector<std::string> some;
    for (std::size_t left = Below(3) * Below(2); left > 0; --left) {
      some.push_back(all[Below(all.size())]);
    }
    return some;
  }

 private:
  std::mt19937 source_;
};

BOOST_AUTO_TEST_CASE(it_finds_what_looking_at_every_route_finds) {
  const std::vector<std::string> hosts = {"one", "two", "one.two", "[::1]", "a.one.two"};
  const std::vector<std::string> configured = {"one",   "two",       "one.two",
                                               "[::1]", "*.one.two", "*.two"};
  const std::vector<std::string> methods = {"GET", "HEAD", "POST", "PUT"};
  for (unsigned seed = 0; seed < 300; ++seed) {
    Chance chance(seed);
    std::vector<config::Route> routes;
    for (std::size_t left = chance.Below(30); left > 0; --left) {
      routes.push_back(Route(chance.Path(), chance.Some(configured), chance.Some(methods)));
      routes.back().exact = chance.Below(4) == 0;
      if (!routes.back().exact && chance.Below(4) == 0) routes.back().match.emplace().glob = "*b";
    }
    const Router router(routes);
    const EveryRoute every(routes);
    for (int i = 0; i < 100; ++i) {
      const std::string path = chance.Path();
      const std::string host = hosts[chance.Below(hosts.size())];
      const std::string method = methods[chance.Below(methods.size())];
      BOOST_TEST_INFO(seed << " " << method << " " << path << " " << host);
      BOOST_REQUIRE(Find(router, method, path, host) == every.Find(method, path, host));
    }
  }
}

/// What distinguishes the many routes of a router whose costs are looked at.
enum class Told { by_path, by_exact_path, by_host, by_wildcard };

config::Route RouteOf(Told told, const std::string& name) {
  switch (told) {
    case Told::by_path:
      return Route("/api/" + name);
    case Told::by_exact_path:
      return Exact(Route("/api/" + name));
    case Told::by_host:
      return Route("/", {name + ".example"});
    case Told::by_wildcard:
      return Route("/", {"*." + name + ".example"});
  }
  return {};
}

/// The best of many times that a search among so many routes has taken, for each search.
double CostAmong(int count, Told told) {
  std::vector<config::Route> routes;
  for (int i = 0; i < count; ++i) {
    routes.push_back(RouteOf(told, "name" + std::to_string(1000000 + i)));
  }
  const Router router(routes);
  constexpr int kSearches = 1000;
  double best = 1e9;
  for (int round = 0; round < 30; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSearches; ++i) {
      Made made("GET");
      const config::Route& wanted = routes[static_cast<std::size_t>(i * 7919 % count)];
      (*made).path = wanted.path;
      (*made).host = wanted.hosts.empty() ? std::string_view("a") : wanted.hosts[0];
      BOOST_REQUIRE(router.Find(*made).route.has_value());
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count() / kSearches);
  }
  return best;
}

BOOST_AUTO_TEST_CASE(ten_thousand_routes_cost_what_ten_cost) {
  // A busy machine disturbs some measurements, hardly all of them. Looking at every route costs
  // hundreds of times as much, each time.
  constexpr int kTimes = 20;
  for (const Told told : {Told::by_path, Told::by_exact_path, Told::by_host, Told::by_wildcard}) {
    double least = 1e9;
    for (int i = 0; i < kTimes && least >= 2; ++i) {
      const double few = CostAmong(10, told);
      const double many = CostAmong(10000, told);
      BOOST_TEST_MESSAGE("a search among 10: " << few << " ns, among 10,000: " << many << " ns");
      least = std::min(least, many / few);
    }
    BOOST_TEST(least < 2);
  }
}

BOOST_AUTO_TEST_CASE(without_routes_nothing_is_found) {
  BOOST_TEST(Find(Router({}), "GET", "/") == "none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
