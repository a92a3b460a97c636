#include "exchange/access_rule.hpp"

#include <boost/test/unit_test.hpp>

#include "config/rules.hpp"
#include "exchange/admission.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

using Texts = std::vector<std::string>;

config::Access AccessOf(const Texts& allow, const Texts& deny) {
  config::Access access;
  const config::NetworkRule rule{"all"};
  for (const auto& text : allow) access.allow.push_back(rule.Read(text, {}).value.value());
  for (const auto& text : deny) access.deny.push_back(rule.Read(text, {}).value.value());
  return access;
}

bool Allows(const Texts& allow, const Texts& deny, const std::string& client) {
  const ledger::Peer peer = client == "unix" ? ledger::Peer() : http::ParsePeer(client).value();
  return AccessRule(AccessOf(allow, deny)).Allows(peer);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(AccessRuleTest)

BOOST_AUTO_TEST_CASE(who_is_allowed_is_allowed_and_nobody_else) {
  BOOST_TEST(Allows({"10.0.0.0/8"}, {}, "10.0.0.1"));
  BOOST_TEST(!Allows({"10.0.0.0/8"}, {}, "11.0.0.1"));
  BOOST_TEST(!Allows({"10.0.0.0/8"}, {}, "unix"));
  BOOST_TEST(Allows({"10.0.0.0/8", "unix"}, {}, "unix"));
}

BOOST_AUTO_TEST_CASE(who_is_denied_is_denied_and_nobody_else) {
  BOOST_TEST(!Allows({}, {"10.0.0.0/8"}, "10.0.0.1"));
  BOOST_TEST(Allows({}, {"10.0.0.0/8"}, "11.0.0.1"));
  BOOST_TEST(!Allows({}, {"all"}, "::1"));
}

BOOST_AUTO_TEST_CASE(of_both_who_is_allowed_comes_first) {
  BOOST_TEST(Allows({"10.1.0.0/16"}, {"10.0.0.0/8"}, "10.1.0.1"));
  BOOST_TEST(!Allows({"10.1.0.0/16"}, {"10.0.0.0/8"}, "10.2.0.1"));
  BOOST_TEST(Allows({"10.1.0.0/16"}, {"10.0.0.0/8"}, "11.0.0.1"));
  BOOST_TEST(!Allows({"10.1.0.0/16"}, {"all"}, "11.0.0.1"));
}

BOOST_AUTO_TEST_CASE(a_routes_word_takes_the_place_of_its_listeners) {
  const config::AdmissionRules none;
  const config::AdmissionRules outer{
      .access = AccessOf({}, {"10.0.0.0/8"}), .auth = {}, .limits = {}};
  const config::AdmissionRules inner{
      .access = AccessOf({}, {"11.0.0.0/8"}), .auth = {}, .limits = {}};
  const auto made = [](const config::AdmissionRules& general, const config::AdmissionRules& own) {
    return Admission::Make({general, "listener"}, {own, "route"}, {});
  };
  BOOST_TEST((made(none, none) == nullptr));
  const auto status = [](const auto& admission, const std::string& client) {
    const ledger::Peer peer = http::ParsePeer(client).value();
    http::Request request;
    request.peer = &peer;
    answer::Exchange exchange(request);
    shared::Tally::One place;
    ledger::RateCount count = ledger::RateCount::none;
    const bool is_admitted = admission->Admit(exchange, {.now = TimePoint()}, count, place);
    BOOST_TEST(is_admitted == admission->MayAdmit(request));
    BOOST_TEST(is_admitted == !exchange.is_decided());
    return exchange.answer.status;
  };
  BOOST_TEST(status(made(outer, none), "10.0.0.1") == 403);
  BOOST_TEST(status(made(outer, inner), "10.0.0.1") == 0);
  BOOST_TEST(status(made(outer, inner), "11.0.0.1") == 403);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::exchange
