#include "exchange/connection_rule.hpp"

#include <boost/test/unit_test.hpp>

#include "config/rules.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

ledger::Peer PeerOf(const std::string& address) {
  return address == "unix" ? ledger::Peer() : http::ParsePeer(address).value();
}

/// Two workers that count for one listener.
struct Workers {
  Workers() {
    listener.name = "web";
    listener.trusted_proxies.push_back(config::NetworkRule{}.Read("10.0.0.0/8", {}).value.value());
    listener.admission.limits.emplace().connections.emplace().count = 2;
  }
  /// How many of so many are let in at once.
  int LetIn(const ConnectionRule& rule, const std::string& client, int times = 5) {
    int count = 0;
    for (int i = 0; i < times; ++i) {
      shared::Tally::One place;
      count += rule.Enter(PeerOf(client), place) ? 1 : 0;
      places.push_back(std::move(place));
    }
    return count;
  }

  config::Listener listener;
  shared::Tally tally{shared::Tally::kManyThings};
  shared::Tally::Member member{tally};
  shared::Tally::Member another{tally};
  std::vector<shared::Tally::One> places;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ConnectionRuleTest, Workers)

BOOST_AUTO_TEST_CASE(each_client_has_so_many_in_all_workers) {
  const ConnectionRule rule(listener, member);
  const ConnectionRule elsewhere(listener, another);
  BOOST_TEST(LetIn(rule, "192.0.2.1", 1) == 1);
  BOOST_TEST(LetIn(elsewhere, "::ffff:192.0.2.1") == 1);
  BOOST_TEST(LetIn(rule, "192.0.2.1") == 0);
  BOOST_TEST(LetIn(rule, "192.0.2.2") == 2);
  places.clear();
  BOOST_TEST(LetIn(rule, "192.0.2.1") == 2);
}

BOOST_AUTO_TEST_CASE(what_goes_on_counts_whatever_there_is) {
  const ConnectionRule rule(listener, member);
  for (int i = 0; i < 3; ++i) places.push_back(rule.Count(PeerOf("192.0.2.1")));
  BOOST_TEST(LetIn(rule, "192.0.2.1") == 0);
  places.resize(1);
  BOOST_TEST(LetIn(rule, "192.0.2.1") == 1);
}

BOOST_AUTO_TEST_CASE(a_network_of_ipv6_is_one_client_and_each_listener_counts_by_itself) {
  const ConnectionRule rule(listener, member);
  BOOST_TEST(LetIn(rule, "2001:db8::1", 2) == 2);
  BOOST_TEST(LetIn(rule, "2001:db8::2") == 0);
  BOOST_TEST(LetIn(rule, "2001:db8:0:1::1") == 2);
  listener.name = "other";
  BOOST_TEST(LetIn(ConnectionRule(listener, member), "2001:db8::1") == 2);
}

BOOST_AUTO_TEST_CASE(who_speaks_for_many_or_has_no_address_is_not_counted) {
  const ConnectionRule rule(listener, member);
  BOOST_TEST(LetIn(rule, "10.1.2.3", 100) == 100);
  BOOST_TEST(LetIn(rule, "unix", 100) == 100);
  for (const auto& place : places) BOOST_TEST(!place);
}

BOOST_AUTO_TEST_CASE(without_a_limit_there_is_no_rule) {
  BOOST_TEST((ConnectionRule::Make(listener, &member) != nullptr));
  BOOST_TEST((ConnectionRule::Make(listener, nullptr) == nullptr));
  listener.admission.limits.reset();
  BOOST_TEST((ConnectionRule::Make(listener, &member) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::exchange
