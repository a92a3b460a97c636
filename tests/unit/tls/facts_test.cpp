#include "tls/facts.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

namespace tined::tls {
namespace {

const Facts kFacts{.server_name = "example.org",
                   .protocol = "http/1.1",
                   .is_resumed = true,
                   .client = ClientCertificate{.subject = "CN=alice,O=Example",
                                               .issuer = "CN=Clients",
                                               .names = "DNS:a.org email:a@a.org",
                                               .serial = "0A1B",
                                               .fingerprint = "00ff",
                                               .begins = "2026-01-31 12:00:00 UTC",
                                               .expires = "2027-01-31 12:00:00 UTC",
                                               .pem = "-----BEGIN CERTIFICATE-----\nAA==\n"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(FactsTest)

BOOST_AUTO_TEST_CASE(all_of_it_arrives) {
  const std::string text = Encode(kFacts).value();
  const Facts facts = Decode(text);
  BOOST_TEST(facts.server_name == kFacts.server_name);
  BOOST_TEST(facts.protocol == kFacts.protocol);
  BOOST_TEST(facts.is_resumed);
  BOOST_REQUIRE(facts.client.has_value());
  BOOST_TEST(facts.client->subject == kFacts.client->subject);
  BOOST_TEST(facts.client->issuer == kFacts.client->issuer);
  BOOST_TEST(facts.client->names == kFacts.client->names);
  BOOST_TEST(facts.client->serial == kFacts.client->serial);
  BOOST_TEST(facts.client->fingerprint == kFacts.client->fingerprint);
  BOOST_TEST(facts.client->begins == kFacts.client->begins);
  BOOST_TEST(facts.client->expires == kFacts.client->expires);
  BOOST_TEST(facts.client->pem == kFacts.client->pem);
}

BOOST_AUTO_TEST_CASE(nothing_to_tell_is_no_text) {
  BOOST_TEST(Encode({}).value() == "");
  const Facts facts = Decode("");
  BOOST_TEST(facts.server_name == "");
  BOOST_TEST(facts.protocol == "");
  BOOST_TEST(!facts.is_resumed);
  BOOST_TEST(!facts.client.has_value());
}

BOOST_AUTO_TEST_CASE(a_host_alone_tells_nothing_of_a_certificate) {
  const std::string text = Encode({.server_name = "a.org", .protocol = {}, .client = {}}).value();
  BOOST_TEST(Decode(text).server_name == "a.org");
  BOOST_TEST(!Decode(text).client.has_value());
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_too_long_goes_without_its_pem) {
  Facts facts = kFacts;
  const std::string long_name(4096, 'n');
  const std::string long_pem(8192, 'p');
  facts.client->subject = facts.client->issuer = long_name;
  facts.client->pem = long_pem;
  const std::string with = Encode(facts).value();
  BOOST_TEST(!Decode(with).client->pem.empty() == (with.size() > 2 * 4096 + 8192));
  facts.client->names = long_name;
  const std::string text = Encode(facts).value();
  BOOST_TEST(text.size() <= kLargestFacts);
  BOOST_TEST(Decode(text).client->names == long_name);
  BOOST_TEST(Decode(text).client->pem == "");
}

BOOST_AUTO_TEST_CASE(what_is_too_long_without_it_is_refused) {
  Facts facts = kFacts;
  const std::string serial(kLargestFacts, 'F');
  facts.client->serial = serial;
  BOOST_TEST(!Encode(facts).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_cut_or_unknown_is_left_out) {
  const std::string text = Encode(kFacts).value();
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string cut = text.substr(0, size);
    const Facts facts = Decode(cut);
    BOOST_TEST((facts.server_name.empty() || facts.server_name == kFacts.server_name));
    if (facts.client) BOOST_TEST(facts.client->pem == "");
  }
  BOOST_TEST(Decode(std::string("?\x02\0xy", 5) + text).server_name == "example.org");
}

BOOST_AUTO_TEST_CASE(what_does_not_print_is_left_out) {
  const std::string_view lines = "a\r\nX-Injected: 1";
  Facts facts = kFacts;
  facts.server_name = lines;
  facts.client->subject = lines;
  const std::string text = Encode(facts).value();
  BOOST_TEST(Decode(text).server_name == "");
  BOOST_TEST(Decode(text).client->subject == "");
  BOOST_TEST(Decode(text).protocol == "http/1.1");
}

BOOST_AUTO_TEST_CASE(any_bytes_are_facts) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = Encode(kFacts).value();
    for (int flip = 0; flip < 4; ++flip) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    text.resize(random() % text.size());
    const Facts facts = Decode(text);
    const char* const end = text.data() + text.size();
    BOOST_REQUIRE(facts.protocol.empty() ||
                  (facts.protocol.data() >= text.data() && facts.protocol.data() <= end));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls
