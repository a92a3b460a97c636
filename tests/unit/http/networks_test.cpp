#include "http/networks.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "config/rules.hpp"
#include "http/peer_address.hpp"

namespace tined::http {
namespace {

config::Network NetworkOf(const std::string& text) {
  const auto reading = config::NetworkRule{"all"}.Read(text, {});
  BOOST_REQUIRE_MESSAGE(reading.value.has_value(), (text + ": " + reading.hint));
  return *reading.value;
}

Networks Of(const std::vector<std::string>& texts) {
  std::vector<config::Network> networks;
  for (const std::string& text : texts) networks.push_back(NetworkOf(text));
  return Networks(networks);
}

/// A client; "unix" has no address.
ledger::Peer From(const std::string& address) {
  return address == "unix" ? ledger::Peer() : ParsePeer(address).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(NetworksTest)

BOOST_AUTO_TEST_CASE(clients_are_in_networks_of_theirs) {
  const Networks networks = Of({"10.0.0.0/8", "192.0.2.7", "172.16.0.0/12", "2001:db8::/33"});
  for (const std::string in : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "172.31.255.255",
                               "2001:db8::", "2001:db8:7fff:ffff::1", "::ffff:10.1.2.3"}) {
    BOOST_TEST(networks.Contains(From(in)), in);
  }
  for (const std::string out :
       {"9.255.255.255", "11.0.0.0", "192.0.2.6", "192.0.2.8", "172.32.0.0",
        "2001:db8:8000::", "2001:db7:ffff::", "::10.1.2.3", "unix", "::ffff:11.0.0.0"}) {
    BOOST_TEST(!networks.Contains(From(out)), out);
  }
}

BOOST_AUTO_TEST_CASE(all_of_a_family_is_not_all_of_another) {
  BOOST_TEST(Of({"0.0.0.0/0"}).Contains(From("255.255.255.255")));
  BOOST_TEST(Of({"0.0.0.0/0"}).Contains(From("::ffff:1.2.3.4")));
  BOOST_TEST(!Of({"0.0.0.0/0"}).Contains(From("::1")));
  BOOST_TEST(Of({"::/0"}).Contains(From("ffff::1")));
  BOOST_TEST(!Of({"::/0"}).Contains(From("::ffff:1.2.3.4")));
  BOOST_TEST(!Of({"::/0", "0.0.0.0/0"}).Contains(From("unix")));
  BOOST_TEST(Of({"unix"}).Contains(From("unix")));
  BOOST_TEST(!Of({"unix"}).Contains(From("127.0.0.1")));
  for (const std::string each : {"1.2.3.4", "::1", "unix"}) {
    BOOST_TEST(Of({"all"}).Contains(From(each)));
    BOOST_TEST(!Of({}).Contains(From(each)));
  }
}

BOOST_AUTO_TEST_CASE(a_network_in_another_one_hides_nothing_of_it) {
  const Networks networks = Of({"10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", "10.255.255.255"});
  BOOST_TEST(networks.Contains(From("10.1.2.3")));
  BOOST_TEST(networks.Contains(From("10.1.3.0")));
  BOOST_TEST(networks.Contains(From("10.200.0.1")));
  BOOST_TEST(!networks.Contains(From("11.0.0.0")));
}

BOOST_AUTO_TEST_CASE(it_says_what_looking_at_each_network_says) {
  std::mt19937 random(1);  // NOLINT: the same each time
  const auto number = [&](std::uint32_t least, std::uint32_t most) {
    return std::uniform_int_distribution<std::uint32_t>(least, most)(random);
  };
  std::vector<std::string> texts;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> plain;
  for (int i = 0; i < 300; ++i) {
    const std::uint32_t prefix = number(9, 32);
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - prefix);
    const std::uint32_t base = (number(10, 13) << 24 | number(0, 0xffffff)) & mask;
    plain.emplace_back(base, prefix);
    texts.push_back(std::to_string(base >> 24) + "." + std::to_string(base >> 16 & 255) + "." +
                    std::to_string(base >> 8 & 255) + "." + std::to_string(base & 255) + "/" +
                    std::to_string(prefix));
  }
  const Networks networks = Of(texts);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint32_t client = number(9, 14) << 24 | number(0, 0xffffff);
    const bool is_in = std::any_of(plain.begin(), plain.end(), [&](const auto& each) {
      return (client & ~std::uint32_t{0} << (32 - each.second)) == each.first;
    });
    ledger::Peer peer{.family = 2 /* AF_INET */};
    for (std::size_t byte = 0; byte < 4; ++byte) {
      peer.address[byte] = static_cast<std::uint8_t>(client >> (24 - 8 * byte));
    }
    BOOST_REQUIRE(networks.Contains(peer) == is_in);
  }
}

BOOST_AUTO_TEST_CASE(addresses_are_read_as_proxies_write_them) {
  const auto read = [](const std::string& text) {
    const auto peer = ParsePeer(text);
    return peer ? AddressOf(&*peer) + " " + std::to_string(peer->port) : "none";
  };
  BOOST_TEST(read("192.0.2.1") == "192.0.2.1 0");
  BOOST_TEST(read("192.0.2.1:4711") == "192.0.2.1 4711");
  BOOST_TEST(read("2001:DB8::1") == "2001:db8::1 0");
  BOOST_TEST(read("[2001:db8::1]") == "2001:db8::1 0");
  BOOST_TEST(read("[2001:db8::1]:80") == "2001:db8::1 80");
  BOOST_TEST(read("::") == ":: 0");
  for (const std::string bad :
       {"", ":80", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1", "192.0.2", "192.0.2.01x",
        "[192.0.2.1]", "[::1", "[::1]80", "[::1]:", "[]", "::1%eth0", "unknown", "_hidden", "1",
        "256.0.0.1", "[::1]:80:80", " 192.0.2.1"}) {
    BOOST_TEST(read(bad) == "none", bad);
  }
  BOOST_TEST(read(std::string("::1\0", 4)) == "none");
  BOOST_TEST(read(std::string(100, '1')) == "none");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http
