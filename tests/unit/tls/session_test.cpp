#include "tls/session.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>

namespace tined::tls {
namespace {

Secret Filled(std::uint8_t byte) {
  Secret secret;
  secret.bytes.fill(byte);
  return secret;
}

Session Example() {
  Session session;
  Establish(session, {.version = Version::tls13,
                      .suite = Suite::aes_256_gcm_sha384,
                      .largest_fragment = 4096,
                      .client = Filled(1),
                      .server = Filled(2),
                      .client_sequence = 0,
                      .server_sequence = 2});
  return session;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SessionTest)

BOOST_AUTO_TEST_CASE(what_a_handshake_has_led_to_counts_from_the_start) {
  const Session session = Example();
  BOOST_TEST(IsIntact(session, {}));
  BOOST_TEST(session.inbound_of({}).sequence == 0U);
  BOOST_TEST(session.outbound_of({}).sequence == 2U);
  BOOST_TEST(!IsMessageOwed(session, {}));
}

BOOST_AUTO_TEST_CASE(a_version_that_was_never_filled_in_is_not_intact) {
  BOOST_TEST(!IsIntact(Example(), Selector().WithOtherInbound()));
  BOOST_TEST(!IsIntact(Example(), Selector().WithOtherOutbound()));
  BOOST_TEST(!IsIntact(Session(), {}));
}

BOOST_AUTO_TEST_CASE(each_bit_that_counts_is_checked) {
  const Session whole = Example();
  const auto begin = [&](const auto& member) {
    return static_cast<std::size_t>(reinterpret_cast<const char*>(&member) -
                                    reinterpret_cast<const char*>(&whole));
  };
  const auto is_spare = [&](std::size_t at) {
    const auto lies_in = [&](const auto& member) {
      return at >= begin(member) && at < begin(member) + sizeof member;
    };
    return lies_in(whole.inbound[1]) || lies_in(whole.outbound[1]) ||
           lies_in(whole.inbound_secrets[1]) || lies_in(whole.outbound_secrets[1]);
  };
  for (std::size_t at = 0; at < sizeof(Session); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Session changed = whole;
      reinterpret_cast<char*>(&changed)[at] ^= static_cast<char>(1 << bit);
      BOOST_TEST_CONTEXT("byte " << at << " bit " << bit) {
        BOOST_TEST(IsIntact(changed, {}) == is_spare(at));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_suite_belongs_to_one_version) {
  BOOST_TEST(IsKnown(Version::tls13, Suite::aes_128_gcm_sha256));
  BOOST_TEST(!IsKnown(Version::tls12, Suite::aes_128_gcm_sha256));
  BOOST_TEST(IsKnown(Version::tls12, Suite::ecdhe_rsa_chacha20_poly1305_sha256));
  BOOST_TEST(!IsKnown(Version::none, Suite::none));
  BOOST_TEST(!IsKnown(static_cast<Version>(0x0302), static_cast<Suite>(0xc013)));
}

BOOST_AUTO_TEST_CASE(people_read_the_names_that_openssl_gives) {
  BOOST_TEST(NameOf(Version::tls13) == "TLSv1.3");
  BOOST_TEST(NameOf(Suite::aes_128_gcm_sha256) == "TLS_AES_128_GCM_SHA256");
  BOOST_TEST(NameOf(Suite::ecdhe_rsa_aes_128_gcm_sha256) == "ECDHE-RSA-AES128-GCM-SHA256");
  BOOST_TEST(NameOf(Suite::none).empty());
}

BOOST_AUTO_TEST_CASE(an_answer_is_owed_until_as_many_are_answered_as_have_asked) {
  Session session = Example();
  session.inbound[0].asked = 3;
  BOOST_TEST(IsMessageOwed(session, {}));
  session.outbound[0].answered = 3;
  BOOST_TEST(!IsMessageOwed(session, {}));
}

BOOST_AUTO_TEST_CASE(nothing_is_owed_behind_the_last_record) {
  Session session = Example();
  session.inbound[0].asked = 1;
  session.outbound[0].is_closed = 1;
  BOOST_TEST(!IsMessageOwed(session, {}));
}

BOOST_AUTO_TEST_CASE(a_wiped_session_is_none_and_keeps_no_secret) {
  Session session = Example();
  Wipe(session);
  constexpr std::array<char, sizeof(Session)> kZeros{};
  BOOST_TEST(std::memcmp(&session, kZeros.data(), sizeof session) == 0);
  BOOST_TEST(!IsIntact(session, {}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls
