#include <boost/test/unit_test.hpp>

#include "config/rules.hpp"
#include "files.hpp"

using namespace tined::config;
using test::Files;
using test::Refusal;

namespace {

const Origin kNetworkOrigin = {"tined.yaml", "/etc/tined"};

/// How the network is written once it has been read.
std::string Again(const std::string& text) {
  const NetworkRule rule;
  const Reading<Network> reading = rule.Read(text, kNetworkOrigin);
  BOOST_REQUIRE_MESSAGE(reading.value.has_value(), (text + " was refused: " + reading.hint));
  return rule.Write(*reading.value);
}

/// The hint for what is no network.
std::string NetworkHint(const std::string& text, const NetworkRule& rule = {}) {
  const Reading<Network> reading = rule.Read(text, kNetworkOrigin);
  BOOST_TEST(!reading.value.has_value(), text);
  return reading.hint;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(NetworkSuite)

BOOST_AUTO_TEST_CASE(networks_have_one_spelling) {
  for (const std::string text : {"10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", "2001:db8::/32", "::1",
                                 "::/0", "unix", "10.128.0.0/9"}) {
    BOOST_TEST(Again(text) == text);
  }
  BOOST_TEST(Again("192.0.2.1/32") == "192.0.2.1");
  BOOST_TEST(Again("2001:0DB8:0::/32") == "2001:db8::/32");
  BOOST_TEST(Again("::1/128") == "::1");
}

BOOST_AUTO_TEST_CASE(an_ipv4_network_in_ipv6_is_one_of_ipv4) {
  BOOST_TEST(Again("::ffff:10.0.0.0/104") == "10.0.0.0/8");
  BOOST_TEST(Again("::ffff:10.0.0.1") == "10.0.0.1");
  BOOST_TEST(Again("::ffff:0:0/96") == "0.0.0.0/0");
}

BOOST_AUTO_TEST_CASE(what_is_no_network_is_refused_with_what_was_meant) {
  BOOST_TEST(NetworkHint("10.0.0.1/8") == "did you mean `10.0.0.0/8`?");
  BOOST_TEST(NetworkHint("2001:db8::1/32") == "did you mean `2001:db8::/32`?");
  BOOST_TEST(NetworkHint("10.0.0.0/33") == "behind the slash is a number of bits, 0 to 32");
  BOOST_TEST(NetworkHint("::/129") == "behind the slash is a number of bits, 0 to 128");
  BOOST_TEST(NetworkHint("10.0.0.0/") == "behind the slash is a number of bits, 0 to 32");
  BOOST_TEST(NetworkHint("10.0.0.0/255.0.0.0") == "behind the slash is a number of bits, 0 to 32");
  BOOST_TEST(NetworkHint("10.0.0.1:80") == "without the port: `10.0.0.1`");
  BOOST_TEST(NetworkHint("[::1]") == "without brackets and port");
  BOOST_TEST(NetworkHint("localhost") == "did you mean `127.0.0.0/8`, or `::1` for IPv6?");
  BOOST_TEST(NetworkHint("proxy.example.org") == "names are not looked up");
  BOOST_TEST(NetworkHint("unix:/run/x") == "a unix socket's clients have no address: write `unix`");
  BOOST_TEST(NetworkHint("") == "names are not looked up");
  BOOST_TEST(NetworkHint(std::string("::1\0/8", 6)) == "names are not looked up");
}

BOOST_AUTO_TEST_CASE(all_is_a_word_where_it_may_be) {
  const NetworkRule rule{"all"};
  const Reading<Network> all = rule.Read("all", kNetworkOrigin);
  BOOST_REQUIRE(all.value.has_value());
  BOOST_TEST((all.value->kind == Network::Kind::any));
  BOOST_TEST(rule.Write(*all.value) == "all");
  BOOST_TEST(NetworkHint("all") == "names are not looked up");
}

BOOST_AUTO_TEST_CASE(a_listener_trusts_proxies) {
  const auto yaml = [](const std::string& keys) {
    return "listeners: [{name: a, address: '127.0.0.1:0', " + keys + "}]\n";
  };
  const std::string routes = ", routes: [{respond: {}}]";
  const Config config =
      Files().Load(yaml("trusted_proxies: [10.0.0.0/8, ::1, unix], forwarded: rfc7239" + routes));
  BOOST_TEST(config.listeners.at(0).trusted_proxies.size() == 3U);
  BOOST_TEST((config.listeners.at(0).forwarded == ForwardedBy::rfc7239));
  BOOST_TEST(Files().Load(yaml("trusted_proxies: unix" + routes)).listeners.size() == 1U);
  BOOST_TEST(Refusal(yaml("trusted_proxies: [10.0.0.1/8]" + routes)) ==
             "1:65: `trusted_proxies` must be a network such as 10.0.0.0/8 or 2001:db8::/32, an "
             "address or unix, not `10.0.0.1/8` (did you mean `10.0.0.0/8`?)");
  BOOST_TEST(Refusal(yaml("forwarded: x" + routes)) ==
             "1:58: `forwarded` without `trusted_proxies` has no effect; name them");
  BOOST_TEST(Refusal(yaml("trusted_proxies: ::1, stream: {module: {file: x.so}}")) ==
             "1:64: `trusted_proxies` is for `routes`, a `stream` has no requests");
  const std::string none = yaml("trusted_proxies: [], stream: {module: {file: x.so}}");
  BOOST_TEST(Files().Load(none).listeners.size() == 1U);
  std::string many = "trusted_proxies: [";
  for (int i = 0; i < 1025; ++i) {
    many += "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ", ";
  }
  BOOST_TEST(Refusal(yaml(many + "]" + routes)) ==
             "1:64: 1025 networks, at most 1024 are possible");
}

BOOST_AUTO_TEST_SUITE_END()
