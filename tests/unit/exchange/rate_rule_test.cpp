#include "exchange/rate_rule.hpp"

#include <boost/test/unit_test.hpp>

#include "exchange/admission.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr config::Rate kOneASecond{1, seconds(1)};
const TimePoint kThen{std::chrono::hours(1)};

config::RateLimit Limit(const std::string& per, std::uint64_t burst = 2, int ipv6_prefix = 64) {
  return {.requests = kOneASecond, .burst = burst, .per = per, .ipv6_prefix = ipv6_prefix};
}

struct Fixture {
  /// How many requests of that client come off, of `times` at once.
  int Taken(const RateRule& rule, const std::string& client, int times = 5,
            const std::vector<http::Field>& fields = {}) const {
    const ledger::Peer peer = client == "unix" ? ledger::Peer() : http::ParsePeer(client).value();
    http::Request request;
    request.peer = &peer;
    request.fields = fields;
    int taken = 0;
    for (int i = 0; i < times; ++i) taken += rule.Take(request, kThen) ? 0 : 1;
    return taken;
  }

  shared::RateTable table;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(RateRuleTest, Fixture)

BOOST_AUTO_TEST_CASE(each_client_has_a_bucket_of_its_own) {
  const RateRule rule(Limit("client"), "a", table);
  BOOST_TEST(Taken(rule, "192.0.2.1") == 2);
  BOOST_TEST(Taken(rule, "192.0.2.2") == 2);
  BOOST_TEST(Taken(rule, "::ffff:192.0.2.1") == 0);
  BOOST_TEST(Taken(rule, "unix") == 2);
  BOOST_TEST(Taken(rule, "unix") == 0);
}

BOOST_AUTO_TEST_CASE(clients_of_one_network_of_ipv6_are_one) {
  const RateRule rule(Limit("client"), "a", table);
  BOOST_TEST(Taken(rule, "2001:db8::1") == 2);
  BOOST_TEST(Taken(rule, "2001:db8::ffff:0:0:1") == 0);
  BOOST_TEST(Taken(rule, "2001:db8:0:1::1") == 2);
  const RateRule whole(Limit("client", 2, 128), "b", table);
  BOOST_TEST(Taken(whole, "2001:db8::1") == 2);
  BOOST_TEST(Taken(whole, "2001:db8::2") == 2);
}

BOOST_AUTO_TEST_CASE(of_a_route_all_have_one) {
  const RateRule rule(Limit("route"), "a", table);
  BOOST_TEST(Taken(rule, "192.0.2.1") == 2);
  BOOST_TEST(Taken(rule, "192.0.2.2") == 0);
}

BOOST_AUTO_TEST_CASE(of_a_field_each_value_has_one_and_who_does_not_send_it_his) {
  const RateRule rule(Limit("header:X-Key"), "a", table);
  const auto key = [](std::string_view value) {
    return std::vector<http::Field>{{http::Name::unknown, "x-key", value}};
  };
  BOOST_TEST(Taken(rule, "192.0.2.1", 5, key("one")) == 2);
  BOOST_TEST(Taken(rule, "192.0.2.2", 5, key("one")) == 0);
  BOOST_TEST(Taken(rule, "192.0.2.1", 5, key("two")) == 2);
  BOOST_TEST(Taken(rule, "192.0.2.1") == 2);
  BOOST_TEST(Taken(rule, "192.0.2.1") == 0);
  BOOST_TEST(Taken(rule, "192.0.2.2") == 2);
  const RateRule known(Limit("header:Authorization"), "b", table);
  const std::vector<http::Field> named{{http::Name::authorization, "Authorization", "x"}};
  BOOST_TEST(Taken(known, "192.0.2.1", 5, named) == 2);
  BOOST_TEST(Taken(known, "192.0.2.2", 5, named) == 0);
}

BOOST_AUTO_TEST_CASE(of_a_field_that_is_sent_twice_none_counts) {
  const RateRule rule(Limit("header:X-Key"), "a", table);
  const auto keys = [](std::string_view one, std::string_view other) {
    return std::vector<http::Field>{{http::Name::unknown, "X-Key", one},
                                    {http::Name::unknown, "x-key", other}};
  };
  // Whoever repeats the field is one client, whatever stands in it.
  BOOST_TEST(Taken(rule, "192.0.2.1", 1, keys("one", "two")) == 1);
  BOOST_TEST(Taken(rule, "192.0.2.1", 1, keys("three", "four")) == 1);
  BOOST_TEST(Taken(rule, "192.0.2.1", 5, keys("five", "five")) == 0);
  BOOST_TEST(Taken(rule, "192.0.2.1") == 0);
  BOOST_TEST(Taken(rule, "192.0.2.2", 5, {{http::Name::unknown, "X-Key", "one"}}) == 2);
}

BOOST_AUTO_TEST_CASE(keys_that_clients_make_up_have_nothing_forgotten_of_another_rule) {
  const RateRule addresses(Limit("client"), "a", table);
  const RateRule keys(Limit("header:X-Key"), "b", table);
  for (int i = 1; i <= 200; ++i) {
    BOOST_REQUIRE(Taken(addresses, "192.0.2." + std::to_string(i)) == 2);
  }
  for (int i = 0; i < 400'000; ++i) {
    const std::string made_up = std::to_string(i);
    (void)Taken(keys, "192.0.2.1", 1, {{http::Name::unknown, "X-Key", made_up}});
  }
  int anew = 0;
  for (int i = 1; i <= 200; ++i) anew += Taken(addresses, "192.0.2." + std::to_string(i));
  BOOST_TEST(anew == 0);
}

BOOST_AUTO_TEST_CASE(what_is_of_one_scope_is_one_whoever_counts) {
  BOOST_TEST(Taken(RateRule(Limit("client"), "a", table), "192.0.2.1") == 2);
  BOOST_TEST(Taken(RateRule(Limit("client"), "a", table), "192.0.2.1") == 0);
  BOOST_TEST(Taken(RateRule(Limit("client"), "b", table), "192.0.2.1") == 2);
}

BOOST_AUTO_TEST_CASE(without_a_burst_as_many_come_as_the_rate_counts) {
  config::RateLimit limit = Limit("client");
  limit.burst.reset();
  limit.requests = {5, std::chrono::minutes(1)};
  const RateRule rule(limit, "a", table);
  BOOST_TEST(Taken(rule, "192.0.2.1", 10) == 5);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct Admitting {
  /// What the request is answered by it; 0: nothing.
  answer::Answer Ask(const Admission& admission, shared::Tally::One& place,
                     const Admission::Attempt& attempt = {.now = kThen}) const {
    const ledger::Peer peer = http::ParsePeer("192.0.2.1").value();
    http::Request request;
    request.peer = &peer;
    answer::Exchange exchange(request);
    ledger::RateCount count = ledger::RateCount::none;
    const bool is_admitted = admission.Admit(exchange, attempt, count, place);
    BOOST_TEST(is_admitted != exchange.is_decided());
    return std::move(exchange.answer);
  }

  shared::RateTable table;
  shared::Tally tally;
  shared::Tally::Member member{tally};
  const AdmissionTools counts{.rates = &table, .tally = &member};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(AdmissionLimitsTest, Admitting)

BOOST_AUTO_TEST_CASE(beyond_a_rate_there_is_429_and_when_to_come_again) {
  config::AdmissionRules rules;
  rules.limits.emplace().rate = Limit("client", 1);
  const Admission admission({rules, "a"}, {rules, "a"}, counts);
  shared::Tally::One place;
  BOOST_TEST(Ask(admission, place).status == 0);
  const answer::Answer refused = Ask(admission, place);
  BOOST_TEST(refused.status == 429);
  BOOST_TEST(refused.fields.added().find("Retry-After: 1\r\n") != std::string::npos);
  // What another worker has had was counted there.
  BOOST_TEST(Ask(admission, place, {.now = kThen, .is_first = false}).status == 0);
}

BOOST_AUTO_TEST_CASE(what_is_counted_with_its_head_is_not_counted_again) {
  config::AdmissionRules rules;
  rules.limits.emplace().rate = Limit("client", 1);
  const Admission admission({rules, "a"}, {rules, "a"}, counts);
  const ledger::Peer peer = http::ParsePeer("192.0.2.1").value();
  http::Request request;
  request.peer = &peer;
  const Admission::Attempt attempt{.now = kThen};
  ledger::RateCount first = ledger::RateCount::none;
  ledger::RateCount second = ledger::RateCount::none;
  for (int i = 0; i < 3; ++i) BOOST_TEST(admission.CountEarly(request, attempt, first));
  BOOST_TEST(!admission.CountEarly(request, attempt, second));
  shared::Tally::One place;
  answer::Exchange asked(request);
  BOOST_TEST(admission.Admit(asked, attempt, first, place));
  // What was refused stays so, even if there is room by now.
  answer::Exchange refused(request);
  BOOST_TEST(!admission.Admit(refused, {.now = kThen + seconds(5)}, second, place));
  BOOST_TEST(refused.answer.status == 429);
}

BOOST_AUTO_TEST_CASE(beyond_what_may_be_in_flight_there_is_503_until_one_has_ended) {
  config::AdmissionRules rules;
  rules.limits.emplace().in_flight = 2;
  const Admission admission({rules, "a"}, {rules, "a"}, counts);
  shared::Tally::One first;
  shared::Tally::One third;
  BOOST_TEST(Ask(admission, first).status == 0);
  {
    shared::Tally::One second;
    BOOST_TEST(Ask(admission, second).status == 0);
    BOOST_TEST(Ask(admission, third).status == 503);
    third = shared::Tally::One();
    BOOST_TEST(static_cast<bool>(first));
  }
  BOOST_TEST(Ask(admission, third).status == 0);
}

BOOST_AUTO_TEST_CASE(a_route_says_each_limit_by_itself) {
  config::AdmissionRules general;
  general.limits.emplace().rate = Limit("client", 1);
  general.limits->in_flight = 1;
  config::AdmissionRules own;
  own.limits.emplace().in_flight = 10;
  const Admission admission({general, "listener"}, {own, "route"}, counts);
  const Admission other({general, "listener"}, {config::AdmissionRules(), "other"}, counts);
  shared::Tally::One one;
  shared::Tally::One two;
  BOOST_TEST(Ask(admission, one).status == 0);
  // The rate is the listener's: what is taken on one route is gone on another.
  BOOST_TEST(Ask(other, two).status == 429);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::exchange
