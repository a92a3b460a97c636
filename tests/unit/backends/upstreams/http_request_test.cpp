#include "backends/upstreams/http_request.hpp"

#include <boost/beast/http/field.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "http/peer_address.hpp"

using namespace tined;
using Forwarded = config::Proxy::Forwarded;

namespace {

/// A request of HTTP/1.1 from 192.0.2.1.
struct Asked {
  explicit Asked(std::vector<std::pair<std::string, std::string>> lines = {})
      : lines_(std::move(lines)) {
    for (const auto& [name, value] : lines_) {
      fields_.push_back({boost::beast::http::string_to_field(name), name, value});
    }
    request.method = http::Method::get;
    request.method_text = "GET";
    request.target = "/a?b";
    request.raw_path = "/a";
    request.path = "/a";
    request.query = "b";
    request.has_query = true;
    request.host = "a.example";
    request.peer = &peer_;
    request.fields = fields_;
    settings.forwarded = Forwarded::none;
  }
  [[nodiscard]] std::string Text() const { return backends::HttpRequest(request, settings); }
  /// What stands between the Host and the end.
  [[nodiscard]] std::string Lines() const {
    const std::string text = Text();
    const std::size_t begin = text.find("\r\n", text.find("\r\nHost: ") + 2) + 2;
    return text.substr(begin, text.find("\r\n\r\n") + 2 - begin);
  }
  /// A proxy that is trusted has said who asks.
  void Trust(const std::string& proxy, const std::string& field) {
    proxy_ = http::ParsePeer(proxy).value();
    request.proxy = &proxy_;
    told_by_ = field;
    request.told_by = told_by_;
  }

  http::Request request;
  config::Proxy settings;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
  std::vector<http::Field> fields_;
  ledger::Peer peer_ = http::ParsePeer("192.0.2.1").value();
  ledger::Peer proxy_;
  std::string told_by_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(HttpRequestSuite)

BOOST_AUTO_TEST_CASE(a_request_is_composed_anew) {
  Asked asked({{"Accept", "x"}, {"Host", "other"}});
  BOOST_TEST(asked.Text() == "GET /a?b HTTP/1.1\r\nHost: a.example\r\nAccept: x\r\n\r\n");
  asked.settings.host = "b.example";
  asked.settings.keep = 0;
  asked.request.request_id = "0123";
  BOOST_TEST(asked.Text() ==
             "GET /a?b HTTP/1.1\r\nHost: b.example\r\nAccept: x\r\nX-Request-Id: 0123\r\n"
             "Connection: close\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_body_has_the_length_that_came) {
  Asked asked({{"Content-Length", "99"}, {"Transfer-Encoding", "chunked"}});
  asked.request.body = "body";
  BOOST_TEST(asked.Text().ends_with("Host: a.example\r\nContent-Length: 4\r\n\r\nbody"));
  asked.request.body = {};
  BOOST_TEST(asked.Lines() == "");
  for (const auto& [method, text] : {std::pair{http::Method::post, "POST"},
                                     {http::Method::put, "PUT"},
                                     {http::Method::patch, "PATCH"}}) {
    asked.request.method = method;
    asked.request.method_text = text;
    BOOST_TEST(asked.Lines() == "Content-Length: 0\r\n");
  }
}

BOOST_AUTO_TEST_CASE(targets_have_origin_form) {
  Asked asked;
  asked.request.target = "http://a.example?b";
  asked.request.raw_path = "";
  BOOST_TEST(asked.Text().starts_with("GET /?b HTTP/1.1\r\n"));
  asked.request.target = "*";
  asked.request.method = http::Method::options;
  asked.request.method_text = "OPTIONS";
  asked.request.has_query = false;
  BOOST_TEST(asked.Text().starts_with("OPTIONS / HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_CASE(fields_of_the_connection_are_left_out) {
  const Asked asked({{"Connection", "x-own, close"},
                     {"X-Own", "1"},
                     {"Keep-Alive", "1"},
                     {"TE", "trailers"},
                     {"Trailer", "x"},
                     {"Upgrade", "h2c"},
                     {"HTTP2-Settings", "x"},
                     {"Expect", "100-continue"},
                     {"Content_Length", "5"},
                     {"transfer_encoding", "chunked"},
                     {"a_b", "1"},
                     {"Proxy", "http://evil/"},
                     {"proxy-authorization", "x"},
                     {"Proxy-Connection", "x"},
                     {"Authorization", "Basic eA=="}});
  BOOST_TEST(asked.Lines() == "a_b: 1\r\nAuthorization: Basic eA==\r\n");
}

BOOST_AUTO_TEST_CASE(clients_are_told_of_by_their_peers_alone) {
  Asked asked({{"X-Forwarded-For", "1.2.3.4"}, {"X_Real_IP", "1.2.3.4"}, {"Forwarded", "for=x"}});
  asked.settings.forwarded = Forwarded::both;
  BOOST_TEST(asked.Lines() ==
             "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n"
             "X-Forwarded-Host: a.example\r\n"
             "Forwarded: for=192.0.2.1;proto=http;host=\"a.example\"\r\n");
}

BOOST_AUTO_TEST_CASE(what_a_trusted_proxy_says_is_added_to) {
  Asked asked({{"X-Forwarded-For", "1.2.3.4, 5.6.7.8"},
               {"X-Forwarded-Port", "443"},
               {"X_Forwarded_Port", "1"},
               {"Forwarded", "for=x"}});
  asked.settings.forwarded = Forwarded::x;
  asked.Trust("10.0.0.1", "X-Forwarded-For");
  BOOST_TEST(asked.Lines() ==
             "X-Forwarded-Port: 443\r\nX-Forwarded-For: 1.2.3.4, 5.6.7.8, 10.0.0.1\r\n"
             "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example\r\n");
  asked.settings.forwarded = Forwarded::none;
  BOOST_TEST(asked.Lines() == "");
}

BOOST_AUTO_TEST_CASE(a_client_is_told_of_in_another_way_than_the_trusted_proxy_did) {
  Asked asked({{"A", "1"}, {"X-Forwarded-For", "192.0.2.1"}});
  asked.settings.forwarded = Forwarded::rfc7239;
  asked.Trust("10.0.0.1", "X-Forwarded-For");
  BOOST_TEST(asked.Lines() ==
             "A: 1\r\nForwarded: for=192.0.2.1, for=10.0.0.1;proto=http;host=\"a.example\"\r\n");
}

BOOST_AUTO_TEST_CASE(addresses_stand_as_their_standard_wants_them) {
  Asked asked({{"Forwarded", "for=1.2.3.4"}, {"X-Forwarded-For", "6.6.6.6"}});
  asked.settings.forwarded = Forwarded::rfc7239;
  asked.Trust("2001:db8::1", "Forwarded");
  BOOST_TEST(asked.Lines() ==
             "Forwarded: for=1.2.3.4, for=\"[2001:db8::1]\";proto=http;host=\"a.example\"\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
