#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "handshake/randomness.hpp"
#include "tests/unit/handshake/client.hpp"
#include "tests/unit/handshake/records.hpp"

namespace tined::handshake {
namespace {

namespace data = boost::unit_test::data;
using std::chrono::hours;

/// Two handshakers that have the same of all that determines a handshake, keys loaded by each.
struct Siblings {
  explicit Siblings(const std::string& key = "P-256", const Listener::Change& change = {}) {
    const test::Identity identity = test::Make({.names = "DNS:example.org", .key = key});
    first = std::make_unique<Listener>(identity, change);
    second = std::make_unique<Listener>(identity, change);
    second->context().SetTicketKeys(first->keys());
  }
  std::unique_ptr<Listener> first;
  std::unique_ptr<Listener> second;
};

/// A handshake, and what was recorded of it.
struct Recorded {
  Recorded(Listener& listener, const Client::Wanted& wanted)
      : client(wanted), handshake(listener.context(), now, seed) {
    std::string said = client.Say();
    while (!said.empty() && handshake.state() == State::goes_on) {
      input += said;
      handshake.Feed(said);
      const std::string answer = handshake.TakeOutput();
      output += answer;
      said = client.Say(answer);
    }
    BOOST_REQUIRE(handshake.state() == State::established);
    session = handshake.Take().session;
  }

  /// A sibling that has heard so much of the client goes on to the very same end.
  void CheckReplay(Listener& sibling, std::size_t heard) const {
    Handshake again(sibling.context(), now, seed);
    std::string said;
    again.Feed(std::string_view(input).substr(0, heard));
    said += again.TakeOutput();
    BOOST_TEST(output.starts_with(said));
    again.Feed(std::string_view(input).substr(heard));
    said += again.TakeOutput();
    BOOST_TEST((said == output));
    BOOST_REQUIRE(again.state() == State::established);
    const tls::Session its = again.Take().session;
    BOOST_TEST(std::memcmp(&its, &session, sizeof(session)) == 0);
  }
  void CheckReplays(Listener& sibling) const {
    for (std::size_t heard = 0; heard <= input.size(); heard += 1 + input.size() / 5) {
      CheckReplay(sibling, heard);
    }
  }

  Seed seed = MakeSeed();
  WallTime now = WallClock::now() - hours(1);
  Client client;
  Handshake handshake;
  std::string input;
  std::string output;
  tls::Session session;
};

const auto kReplayedVersions = data::make({TLS1_2_VERSION, TLS1_3_VERSION});

}  // namespace

BOOST_AUTO_TEST_SUITE(ReplayTest)

BOOST_DATA_TEST_CASE(a_sibling_says_the_same_bytes_and_comes_to_the_same_session,
                     kReplayedVersions* data::make({"P-256", "P-384", "RSA 2048", "Ed25519"}),
                     version, key) {
  Siblings siblings(key);
  for (const std::string groups : {"X25519:P-256:P-384", "P-256:P-384"}) {
    const Recorded recorded(*siblings.first, {.max_version = version, .groups = groups});
    recorded.CheckReplays(*siblings.second);
  }
}

BOOST_AUTO_TEST_CASE(how_often_a_key_of_rsa_has_signed_before_does_not_matter) {
  Siblings siblings("RSA 2048");
  // Its blinding is made anew every 32 signatures.
  for (int i = 0; i < 40; ++i) {
    const Recorded recorded(*siblings.first, {});
    if (i % 7 == 0) recorded.CheckReplay(*siblings.second, 100);
  }
}

BOOST_AUTO_TEST_CASE(a_group_that_is_asked_for_is_asked_for_again) {
  Siblings siblings("P-256", [](Settings& s) { s.groups = {"P-384"}; });
  const Recorded recorded(*siblings.first, {.groups = "X25519:P-384"});
  recorded.CheckReplays(*siblings.second);
}

BOOST_DATA_TEST_CASE(a_session_is_resumed_in_the_same_way, kReplayedVersions, version) {
  Siblings siblings;
  Meeting before(*siblings.first, {.max_version = version});
  before.client.Open("");
  const Recorded recorded(*siblings.first,
                          {.max_version = version, .session = before.client.session()});
  BOOST_TEST(recorded.client.is_resumed());
  recorded.CheckReplays(*siblings.second);
}

BOOST_AUTO_TEST_CASE(other_seeds_lead_to_other_sessions) {
  Siblings siblings;
  Recorded recorded(*siblings.first, {});
  recorded.seed[0] ^= 1;
  Handshake again(siblings.second->context(), recorded.now, recorded.seed);
  BOOST_TEST((again.Feed(recorded.input) == State::failed));
}

BOOST_AUTO_TEST_CASE(without_a_seed_random_numbers_are_openssls) {
  Siblings siblings;
  const Recorded recorded(*siblings.first, {});
  Client client;
  const std::string hello = client.Say();
  const auto answer = [&] {
    Handshake handshake(siblings.first->context(), WallClock::now());
    handshake.Feed(hello);
    return handshake.TakeOutput();
  };
  BOOST_TEST((answer() != answer()));
  BOOST_TEST((MakeSeed() != MakeSeed()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
