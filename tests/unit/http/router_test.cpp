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

/// What the router is to find, the long way: every route is looked at.
class EveryRoute {
 public:
  explicit EveryRoute(const std::vector<config::Route>& routes) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
      std::string prefix = routes[i].path;
      if (prefix.ends_with('/')) prefix.pop_back();
      entries_.push_back({prefix, routes[i], i});
    }
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      if (a.prefix.size() != b.prefix.size()) return a.prefix.size() > b.prefix.size();
      if (a.route.hosts.empty() != b.route.hosts.empty()) return b.route.hosts.empty();
      return !a.route.methods.empty() && b.route.methods.empty();
    });
  }

  [[nodiscard]] std::string Find(const std::string& method, const std::string& path,
                                 const std::string& host) const {
    std::vector<std::string> allowed;
    const auto add = [&](const std::string& each) {
      if (std::find(allowed.begin(), allowed.end(), each) == allowed.end()) allowed.push_back(each);
    };
    for (const Entry& entry : entries_) {
      if (!path.starts_with(entry.prefix)) continue;
      if (path.size() > entry.prefix.size() && path[entry.prefix.size()] != '/') continue;
      const auto& [unused_path, hosts, methods] =
          std::tie(entry.route.path, entry.route.hosts, entry.route.methods);
      if (!hosts.empty() && std::find(hosts.begin(), hosts.end(), host) == hosts.end()) continue;
      const std::string takes = method == "HEAD" ? "GET" : method;
      if (methods.empty() || std::find(methods.begin(), methods.end(), method) != methods.end() ||
          std::find(methods.begin(), methods.end(), takes) != methods.end()) {
        return std::to_string(entry.index);
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
  struct Entry {
    std::string prefix;
    config::Route route;
    std::size_t index;
  };
  std::vector<Entry> entries_;
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
  const std::vector<std::string> hosts = {"one", "two", "one.two", "[::1]"};
  const std::vector<std::string> methods = {"GET", "HEAD", "POST", "PUT"};
  for (unsigned seed = 0; seed < 300; ++seed) {
    Chance chance(seed);
    std::vector<config::Route> routes;
    for (std::size_t left = chance.Below(30); left > 0; --left) {
      routes.push_back(Route(chance.Path(), chance.Some(hosts), chance.Some(methods)));
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

/// The best of many times that a search among so many routes has taken, for each search.
double CostAmong(int count, bool by_host) {
  std::vector<config::Route> routes;
  for (int i = 0; i < count; ++i) {
    const std::string name = "name" + std::to_string(1000000 + i);
    routes.push_back(by_host ? Route("/", {name + ".example"}) : Route("/api/" + name));
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
      (*made).host = by_host ? std::string_view(wanted.hosts[0]) : "a";
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
  for (const bool by_host : {false, true}) {
    double least = 1e9;
    for (int i = 0; i < kTimes && least >= 2; ++i) {
      const double few = CostAmong(10, by_host);
      const double many = CostAmong(10000, by_host);
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
