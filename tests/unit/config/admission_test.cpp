// What the loader says of what is asked of requests: access.
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
             "`limits` says nothing: give `body`, `rate` or `in_flight`");
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

BOOST_AUTO_TEST_CASE(a_stream_has_no_requests_to_ask_anything_of) {
  BOOST_TEST(Refusal(With("access: {deny: all}, stream: {module: {file: x.so}}")) ==
             "1:55: `access` is for `routes`, a `stream` has no requests");
}

BOOST_AUTO_TEST_SUITE_END()
