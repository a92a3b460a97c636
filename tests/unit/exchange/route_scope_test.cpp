#include "exchange/route_scope.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <set>
#include <vector>

namespace tined::exchange {
namespace {

BOOST_AUTO_TEST_SUITE(RouteScopeTest)

BOOST_AUTO_TEST_CASE(routes_that_take_other_requests_are_others) {
  using Change = std::function<void(config::Route&)>;
  const std::vector<Change> changes = {
      [](config::Route&) {},
      [](config::Route& route) { route.path = "/b"; },
      [](config::Route& route) { route.path = "/a exact"; },
      [](config::Route& route) { route.exact = true; },
      [](config::Route& route) { route.match.emplace().glob = "x"; },
      [](config::Route& route) { route.match.emplace().regex = "x"; },
      [](config::Route& route) { route.hosts = {"a.example"}; },
      [](config::Route& route) {
        route.hosts = {"a.example", "b.example"};
      },
      [](config::Route& route) { route.hosts = {"a.example b.example"}; },
      [](config::Route& route) { route.methods = {"GET"}; },
      [](config::Route& route) { route.hosts = {"GET"}; },
      [](config::Route& route) {
        route.methods = {"GET", "PUT"};
      },
      [](config::Route& route) { route.methods = {"GET PUT"}; },
  };
  config::Listener listener;
  listener.name = "web";
  std::set<std::string> scopes;
  for (const Change& change : changes) {
    config::Route route;
    route.path = "/a";
    change(route);
    BOOST_TEST(scopes.insert(ScopeOf(listener, route)).second);
    listener.name = "other";
    BOOST_TEST(scopes.insert(ScopeOf(listener, route)).second);
    listener.name = "web";
  }
}

BOOST_AUTO_TEST_CASE(what_answers_there_does_not_matter) {
  config::Listener listener;
  listener.name = "web";
  config::Route before;
  before.path = "/a";
  config::Route after = before;
  after.handler = config::Respond();
  after.admission.limits.emplace().in_flight = 3;
  BOOST_TEST(ScopeOf(listener, before) == ScopeOf(listener, after));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::exchange
