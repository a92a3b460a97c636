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
      : ticket_keys(listener.keys()),
        client(wanted),
        handshake(listener.context(), {.now = now, .seed = seed, .ticket_keys = &ticket_keys}) {
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
    staple = handshake.staple();
  }
  [[nodiscard]] Circumstances AllOfIt() const {
    return {.now = now, .seed = seed, .ticket_keys = &ticket_keys, .staple = staple};
  }

  /// A sibling that has heard so much of the client goes on to the very same end.
  std::size_t CheckReplay(Listener& sibling, std::size_t heard) const {
    Handshake again(sibling.context(), AllOfIt());
    again.Feed(std::string_view(input).substr(0, heard));
    std::string said = again.TakeOutput();
    const std::size_t so_far = said.size();
    BOOST_TEST(output.starts_with(said));
    again.Feed(std::string_view(input).substr(heard));
    said += again.TakeOutput();
    BOOST_TEST((said == output));
    BOOST_REQUIRE(again.state() == State::established);
    const tls::Session its = again.Take().session;
    BOOST_TEST(std::memcmp(&its, &session, sizeof(session)) == 0);
    return so_far;
  }
  /// Wherever the one before was when it died, and in whatever pieces it had heard the client, the
  /// sibling has said as much as that one.
  void CheckEveryReplay(Listener& sibling) const {
    Handshake bytewise(sibling.context(), AllOfIt());
    std::size_t said = 0;
    for (std::size_t heard = 0; heard < input.size(); ++heard) {
      BOOST_TEST(CheckReplay(sibling, heard) == said);
      bytewise.Feed(std::string_view(input).substr(heard, 1));
      said += bytewise.TakeOutput().size();
    }
    BOOST_TEST(CheckReplay(sibling, input.size()) == said);
  }
  void CheckReplays(Listener& sibling) const {
    for (std::size_t heard = 0; heard <= input.size(); heard += 1 + input.size() / 5) {
      (void)CheckReplay(sibling, heard);
    }
  }

  Seed seed = MakeSeed();
  WallTime now = WallClock::now() - hours(1);
  TicketKeys ticket_keys;
  Client client;
  Handshake handshake;
  std::string input;
  std::string output;
  tls::Session session;
  std::optional<std::string> staple;
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
    if (i % 7 == 0) (void)recorded.CheckReplay(*siblings.second, 100);
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

BOOST_DATA_TEST_CASE(a_whole_handshake_is_replayed_from_every_byte, kReplayedVersions, version) {
  Siblings siblings;
  Recorded(*siblings.first, {.host = "example.org", .max_version = version})
      .CheckEveryReplay(*siblings.second);
}

BOOST_DATA_TEST_CASE(a_resumed_one_is_replayed_from_every_byte, kReplayedVersions, version) {
  Siblings siblings;
  Meeting before(*siblings.first, {.max_version = version});
  before.client.Open("");
  Recorded(*siblings.first, {.max_version = version, .session = before.client.session()})
      .CheckEveryReplay(*siblings.second);
}

BOOST_AUTO_TEST_CASE(one_with_another_group_asked_for_is_replayed_from_every_byte) {
  Siblings siblings("P-256", [](Settings& s) { s.groups = {"P-384"}; });
  Recorded(*siblings.first, {.groups = "X25519:P-384"}).CheckEveryReplay(*siblings.second);
}

BOOST_DATA_TEST_CASE(one_with_a_clients_certificate_is_replayed_from_every_byte, kReplayedVersions,
                     version) {
  const test::Identity authority = test::MakeAuthority("clients");
  const test::Identity alice = test::Make({.subject = "alice", .issuer = &authority});
  Siblings siblings("P-256", [&](Settings& s) {
    s.client_certificates.emplace().authorities = {"ca.pem", authority.Certificate()};
  });
  Recorded(*siblings.first, {.max_version = version, .identity = &alice})
      .CheckEveryReplay(*siblings.second);
}

BOOST_DATA_TEST_CASE(keys_of_tickets_that_were_rotated_since_are_the_old_ones_for_it,
                     kReplayedVersions, version) {
  Siblings siblings;
  Meeting before(*siblings.first, {.max_version = version});
  before.client.Open("");
  const Recorded whole(*siblings.first, {.max_version = version});
  const Recorded resumed(*siblings.first,
                         {.max_version = version, .session = before.client.session()});
  BOOST_TEST(resumed.client.is_resumed());
  siblings.second->context().SetTicketKeys(MakeTicketKeys(WallClock::now()));
  whole.CheckReplays(*siblings.second);
  resumed.CheckReplays(*siblings.second);
}

BOOST_DATA_TEST_CASE(what_was_stapled_is_stapled_again, kReplayedVersions, version) {
  const test::Identity authority = test::MakeAuthority("authority");
  const test::Identity identity = test::Make({.names = "DNS:example.org", .issuer = &authority});
  const auto staple = [&](Listener& listener) {
    listener.context().SetStaple(0, {"a.der", test::OcspAnswer(authority, identity)});
  };
  Listener first(identity);
  Listener second(identity);
  second.context().SetTicketKeys(first.keys());
  const Client::Wanted wanted{.max_version = version, .asks_for_staple = true};
  const Recorded without(first, wanted);
  staple(first);
  const Recorded with(first, wanted);
  BOOST_REQUIRE(with.staple.has_value());
  BOOST_TEST(!with.staple->empty());
  with.CheckReplays(second);
  staple(second);
  without.CheckReplays(second);
}

BOOST_DATA_TEST_CASE(a_session_is_as_old_as_it_was_then, kReplayedVersions, version) {
  Siblings siblings("P-256",
                    [](Settings& s) { s.tickets = {.rotate = hours(1), .keep = 1, .keys = {}}; });
  Meeting before(*siblings.first, {.max_version = version}, std::string::npos,
                 WallClock::now() - std::chrono::minutes(90));
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
  Handshake again(siblings.second->context(), recorded.AllOfIt());
  BOOST_TEST((again.Feed(recorded.input) == State::failed));
}

BOOST_AUTO_TEST_CASE(without_a_seed_random_numbers_are_openssls) {
  Siblings siblings;
  const Recorded recorded(*siblings.first, {});
  Client client;
  const std::string hello = client.Say();
  const auto answer = [&] {
    Handshake handshake(siblings.first->context(), {.now = WallClock::now()});
    handshake.Feed(hello);
    return handshake.TakeOutput();
  };
  BOOST_TEST((answer() != answer()));
  BOOST_TEST((MakeSeed() != MakeSeed()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshake
