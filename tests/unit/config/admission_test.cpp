// What the loader says of what is asked of requests: access, limits, passwords.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using test::Files;
using test::Refusal;

namespace {

std::string With(const std::string& keys) {
  return "listeners: [{name: a, address: '127.0.0.1:0', " + keys + "}]\n";
}

/// What is wrong with a listener's keys, without the place.
std::string AdmissionFault(const std::string& keys) {
  const std::string text = Refusal(With(keys + ", routes: [{respond: {}}]"));
  const std::size_t place_end = text.find(": ");
  return place_end == std::string::npos ? text : text.substr(place_end + 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AdmissionSuite)

BOOST_AUTO_TEST_CASE(access_arrives_at_listeners_and_routes) {
  const Config config = Files().Load(
      With("access: {allow: [10.0.0.0/8, unix], deny: all}, routes: [{path: /, respond: {}}, "
           "{path: /a, access: {deny: [\"2001:db8::/32\"]}, respond: {}}]"));
  const Listener& listener = config.listeners.at(0);
  BOOST_TEST(listener.admission.access->allow.size() == 2U);
  BOOST_TEST((listener.admission.access->deny.at(0).kind == Network::Kind::any));
  BOOST_TEST(!listener.routes.at(0).admission.access.has_value());
  BOOST_TEST((listener.routes.at(1).admission.access->deny.at(0).kind == Network::Kind::v6));
}

BOOST_AUTO_TEST_CASE(access_that_says_nothing_is_refused) {
  BOOST_TEST(AdmissionFault("access: {}") == "`access` says nothing: give `allow`, `deny` or both");
  BOOST_TEST(AdmissionFault("access: {allow: []}") ==
             "`access` says nothing: give `allow`, `deny` or both");
  BOOST_TEST(AdmissionFault("access: {allow: [10.0.0.0/8], deny: [192.0.2.1, 10.1.0.0/16]}") ==
             "`10.1.0.0/16` denies nobody: `allow` comes first, and has `10.0.0.0/8`");
  BOOST_TEST(AdmissionFault("access: {allow: all, deny: unix}") ==
             "`unix` denies nobody: `allow` comes first, and has `all`");
  BOOST_TEST(AdmissionFault("access: {allow: [10.1.0.0/16], deny: [10.0.0.0/8]}") == "");
  BOOST_TEST(AdmissionFault("access: {allow: [10.0.0.0/8], deny: [11.0.0.0/8, ::/0]}") == "");
  BOOST_TEST(AdmissionFault("access: {deny: [everybody]}") ==
             "`deny` must be a network such as 10.0.0.0/8 or 2001:db8::/32, an address, all or "
             "unix, not `everybody` (names are not looked up)");
}

BOOST_AUTO_TEST_CASE(limits_arrive_at_listeners_and_routes) {
  const Config config = Files().Load(
      With("limits: {rate: {requests: 100/s, burst: 200, per: client, ipv6_prefix: 56}}, routes: "
           "[{limits: {rate: {requests: 5/m, per: \"header:X-Key\"}, in_flight: 7, body: 1KiB}, "
           "respond: {}}]"));
  const RateLimit& outer = config.listeners.at(0).admission.limits->rate.value();
  BOOST_TEST((outer.requests == Rate{100, std::chrono::seconds(1)}));
  BOOST_TEST(outer.burst.value() == 200U);
  BOOST_TEST(outer.ipv6_prefix == 56);
  const RouteLimits& inner = config.listeners.at(0).routes.at(0).admission.limits.value();
  BOOST_TEST((inner.rate->requests == Rate{5, std::chrono::minutes(1)}));
  BOOST_TEST(inner.rate->per == "header:X-Key");
  BOOST_TEST(!inner.rate->burst.has_value());
  BOOST_TEST(inner.in_flight.value() == 7U);
  BOOST_TEST(inner.body->count == 1024U);
}

BOOST_AUTO_TEST_CASE(limits_that_make_no_sense_are_refused) {
  const auto rate = [](const std::string& keys) {
    return AdmissionFault("limits: {rate: {" + keys + "}}");
  };
  const std::string expected = "`requests` must be a rate such as 100/s, 10/m or 1000/h, not ";
  BOOST_TEST(AdmissionFault("limits: {}") ==
             "`limits` says nothing: give `body`, `rate`, `in_flight` or `connections`");
  BOOST_TEST(rate("burst: 3") == "`requests` is missing: a rate such as 100/s, 10/m or 1000/h");
  BOOST_TEST(rate("requests: 100") == expected + "`100` (in which time? 100/s: in a second)");
  BOOST_TEST(rate("requests: 100r/s") ==
             expected + "`100r/s` (behind the slash is s, m or h: a second, a minute or an hour)");
  BOOST_TEST(rate("requests: 0/s") == expected + "`0/s` (the number is from 1 to 1000000)");
  BOOST_TEST(rate("requests: fast") == expected + "`fast`");
  BOOST_TEST(rate("requests: 1/s, per: cleint") ==
             "`per` must be client, route or header:NAME, not `cleint` (did you mean `client`?)");
  BOOST_TEST(rate("requests: 1/s, per: \"header:a b\"") ==
             "`per` must be client, route or header:NAME, not `header:a b` (behind it is the name "
             "of a field)");
  BOOST_TEST(rate("requests: 1/s, per: route, ipv6_prefix: 64") ==
             "`per: route` counts all clients together");
}

BOOST_AUTO_TEST_CASE(connections_are_limited_for_a_listener_or_for_all) {
  const Config config = Files().Load(
      "limits: {connections: {count: 50}}\nlisteners: [{name: a, address: '127.0.0.1:0', "
      "routes: [{respond: {}}]}, {name: b, address: '127.0.0.1:0', limits: {connections: {per: "
      "client, count: 7, ipv6_prefix: 48}, in_flight: 3}, routes: [{respond: {}}]}, {name: c, "
      "address: '127.0.0.1:0', limits: {connections: {count: 2}}, stream: {module: {file: "
      "x.so}}}]\n");
  const auto limit = [&](std::size_t i) {
    return config.listeners.at(i).admission.limits->connections.value();
  };
  BOOST_TEST(limit(0).count == 50U);
  BOOST_TEST(limit(0).ipv6_prefix == 64);
  BOOST_TEST(limit(1).count == 7U);
  BOOST_TEST(limit(1).ipv6_prefix == 48);
  BOOST_TEST(config.listeners.at(1).admission.limits->in_flight.value() == 3U);
  BOOST_TEST(limit(2).count == 2U);
  const Files printed;
  BOOST_TEST(Print(printed.Load(Print(config))) == Print(config));
  BOOST_TEST(AdmissionFault("limits: {connections: {}}") ==
             "`count` is missing: a number from 1 to 1000000");
  BOOST_TEST(Refusal(With("routes: [{limits: {connections: {count: 1}}, respond: {}}]"))
                 .find("`connections` is for a listener: which route a connection is for is known "
                       "when it has been made") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_password_is_asked_for_by_listeners_and_routes) {
  const Files files;
  const Config config = files.Load(
      With("auth: {basic: {users: users, realm: The cellar}}, routes: [{respond: {}}, {path: /a, "
           "auth: {basic: off}, respond: {}}, {path: /b, auth: {basic: {users: /srv/users}}, "
           "respond: {}}]"));
  const Listener& listener = config.listeners.at(0);
  BOOST_TEST(listener.admission.auth->basic->users == files.Path("users"));
  BOOST_TEST(listener.admission.auth->basic->realm == "The cellar");
  BOOST_TEST(!listener.routes.at(0).admission.auth.has_value());
  BOOST_TEST(!listener.routes.at(1).admission.auth->basic.has_value());
  BOOST_TEST(listener.routes.at(2).admission.auth->basic->realm == "restricted");
  BOOST_TEST(BasicAuthsOf(config).size() == 2U);
  BOOST_TEST(Print(Files().Load(Print(config))) == Print(config));
}

BOOST_AUTO_TEST_CASE(what_asks_for_no_password_is_refused) {
  BOOST_TEST(AdmissionFault("auth: {}") == "`auth` says nothing: give `basic`, or `basic: off`");
  BOOST_TEST(AdmissionFault("auth: {basic: {}}").starts_with("`users` is missing"));
  BOOST_TEST(AdmissionFault("auth: {basic: {users: u, realm: 'a\"b'}}")
                 .starts_with("`realm` must be 1 to 128 printable ASCII characters"));
  BOOST_TEST(Refusal(With("auth: {basic: off}, stream: {module: {file: x.so}}"))
                 .find("`auth` is for `routes`, a `stream` has no requests") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stream_has_no_requests_to_ask_anything_of) {
  BOOST_TEST(Refusal(With("access: {deny: all}, stream: {module: {file: x.so}}")) ==
             "1:55: `access` is for `routes`, a `stream` has no requests");
}

BOOST_AUTO_TEST_SUITE_END()
