#include "exchange/trusted_proxies.hpp"

#include <boost/test/unit_test.hpp>

#include "config/rules.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

/// A listener that trusts 10.0.0.0/8, ::1 and who comes by a unix socket.
struct Fixture {
  explicit Fixture(config::ForwardedBy by = config::ForwardedBy::x) {
    for (const std::string text : {"10.0.0.0/8", "::1", "unix"}) {
      listener.trusted_proxies.push_back(config::NetworkRule{}.Read(text, {}).value.value());
    }
    listener.forwarded = by;
  }

  /// Who asks, "https" behind it where that is told, when `peer` sends these fields.
  std::string Asks(const std::string& peer, const Lines& lines) const {
    std::vector<http::Field> fields;
    for (const auto& [name, value] : lines) {
      fields.push_back({boost::beast::http::string_to_field(name), name, value});
    }
    const ledger::Peer from = peer == "unix" ? ledger::Peer() : http::ParsePeer(peer).value();
    http::Request request;
    request.peer = &from;
    request.fields = fields;
    ledger::Peer client;
    TrustedProxies(listener).Believe(request, client);
    using Scheme = http::Request::Scheme;
    const std::string address = http::AddressOf(request.peer);
    return (address.empty() ? "unix" : address) + (request.scheme == Scheme::https  ? " https"
                                                   : request.scheme == Scheme::http ? " http"
                                                                                    : "");
  }
  std::string Asks(const std::string& value) const {
    const bool is_x = listener.forwarded == config::ForwardedBy::x;
    return Asks("10.0.0.1", {{is_x ? "X-Forwarded-For" : "Forwarded", value}});
  }

  config::Listener listener;
};

struct WithForwarded : Fixture {
  WithForwarded() : Fixture(config::ForwardedBy::rfc7239) {}
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(TrustedProxiesTest, Fixture)

BOOST_AUTO_TEST_CASE(a_listener_that_trusts_nobody_has_none) {
  BOOST_TEST((TrustedProxies::Make(config::Listener()) == nullptr));
  BOOST_TEST((TrustedProxies::Make(listener) != nullptr));
}

BOOST_AUTO_TEST_CASE(only_those_that_are_trusted_are_believed) {
  const Lines lines = {{"X-Forwarded-For", "192.0.2.1"}, {"x-forwarded-proto", "https"}};
  BOOST_TEST(Asks("10.0.0.1", lines) == "192.0.2.1 https");
  BOOST_TEST(Asks("::ffff:10.0.0.1", lines) == "192.0.2.1 https");
  BOOST_TEST(Asks("::1", lines) == "192.0.2.1 https");
  BOOST_TEST(Asks("unix", lines) == "192.0.2.1 https");
  BOOST_TEST(Asks("11.0.0.1", lines) == "11.0.0.1");
  BOOST_TEST(Asks("10.0.0.1", {{"Forwarded", "for=192.0.2.1"}}) == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(the_last_that_is_not_trusted_is_the_client) {
  BOOST_TEST(Asks("6.6.6.6, 192.0.2.1") == "192.0.2.1");
  BOOST_TEST(Asks("6.6.6.6, 192.0.2.1, 10.0.0.7,10.0.0.8") == "192.0.2.1");
  BOOST_TEST(Asks("nonsense, 192.0.2.1") == "192.0.2.1");
  BOOST_TEST(Asks("10.0.0.5, 10.0.0.6") == "10.0.0.5");
  BOOST_TEST(Asks("10.0.0.1", {{"X-Forwarded-For", "6.6.6.6"},
                               {"Host", "a"},
                               {"x-forwarded-for", "192.0.2.1, 10.0.0.7"}}) == "192.0.2.1");
  BOOST_TEST(Asks(" , 192.0.2.1 , ") == "192.0.2.1");
  BOOST_TEST(Asks("[2001:db8::1]:80") == "2001:db8::1");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_leaves_the_peer) {
  for (const std::string value : {"", "unknown", "192.0.2.1.", "6.6.6.6, x", "6.6.6.6, x, 10.0.0.7",
                                  "\"192.0.2.1\"", "192.0.2.1;", "::1::1"}) {
    BOOST_TEST(Asks(value) == "10.0.0.1", value);
  }
  std::string many = "192.0.2.1";
  for (int i = 0; i < 63; ++i) many += ", 10.0.0.2";
  BOOST_TEST(Asks(many) == "192.0.2.1");
  BOOST_TEST(Asks(many + ", 10.0.0.2") == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_scheme_is_believed_if_it_is_one) {
  const auto with = [&](const Lines& lines) { return Asks("10.0.0.1", lines); };
  BOOST_TEST(with({{"X-Forwarded-Proto", "HTTPS"}}) == "10.0.0.1 https");
  BOOST_TEST(with({{"X-Forwarded-Proto", "http"}}) == "10.0.0.1 http");
  BOOST_TEST(with({{"X-Forwarded-Proto", "wss"}}) == "10.0.0.1");
  BOOST_TEST(with({{"X-Forwarded-Proto", "https, http"}}) == "10.0.0.1");
  BOOST_TEST(with({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Proto", "https"}}) == "10.0.0.1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(TrustedProxiesForwardedTest, WithForwarded)

BOOST_AUTO_TEST_CASE(forwarded_names_client_and_scheme) {
  BOOST_TEST(Asks("for=192.0.2.1") == "192.0.2.1");
  BOOST_TEST(Asks("For=\"[2001:db8::1]:4711\";Proto=https;by=10.0.0.1") == "2001:db8::1 https");
  BOOST_TEST(Asks("for=6.6.6.6;proto=https, proto=http;for=192.0.2.1") == "192.0.2.1 http");
  BOOST_TEST(Asks("for=192.0.2.1;proto=https, for=10.0.0.7;proto=http") == "192.0.2.1 https");
  BOOST_TEST(Asks("for=192.0.2.1 ; proto=\"https\" ;") == "192.0.2.1 https");
  BOOST_TEST(Asks("10.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", "https"}}) ==
             "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(what_a_client_leaves_open_hides_nothing) {
  BOOST_TEST(Asks("for=\"6.6.6.6, for=192.0.2.1") == "192.0.2.1");
  // What the client said of the host is in the proxy's own element.
  BOOST_TEST(Asks(R"(for=192.0.2.1;host="x,for=6.6.6.6;proto=https;a=")") == "192.0.2.1");
  BOOST_TEST(Asks(R"(for=192.0.2.1;host="x;for=6.6.6.6")") == "192.0.2.1");
  BOOST_TEST(Asks(R"(for=192.0.2.1;host="x\",for=6.6.6.6;a=\"")") == "192.0.2.1");
  BOOST_TEST(Asks("for=\"6.6.6.6\\, for=192.0.2.1") == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(what_is_malformed_leaves_the_peer) {
  for (const std::string value :
       {"for=unknown", "for=_hidden", "for=", "for", "by=192.0.2.1", "for=192.0.2.1;for=6.6.6.6",
        "for=\"192.0.2.1", "=", ";", "for=6.6.6.6, proto=https"}) {
    BOOST_TEST(Asks(value) == "10.0.0.1", value);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::exchange
