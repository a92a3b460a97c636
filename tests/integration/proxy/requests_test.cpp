// What servers are sent.
#include <boost/test/unit_test.hpp>

#include "tests/integration/contains.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/proxy/site.hpp"

using namespace tined::test;

namespace {

/// What the server sees of these bytes.
ScriptedServer::Request Seen(ProxySite& site, const std::string& bytes) {
  Client client(site.Port());
  client.Send(bytes);
  ScriptedServer::Connection asked = site.behind.Accept();
  ScriptedServer::Request request = asked.ReadRequest();
  asked.Answer("ok", "Connection: close\r\n");
  BOOST_TEST(client.Read().body == "ok");
  return request;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy)

BOOST_AUTO_TEST_CASE(a_request_is_passed_on_and_its_client_told_of) {
  ProxySite site;
  const auto request = Seen(site,
                            "GET /a%20b?c=d HTTP/1.1\r\nHost: shop.example\r\nCookie: x=1\r\n"
                            "Accept: text/html\r\n\r\n");
  BOOST_TEST(request.header ==
             "GET /a%20b?c=d HTTP/1.1\r\nHost: shop.example\r\nCookie: x=1\r\nAccept: text/html\r\n"
             "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
             "X-Forwarded-Host: shop.example\r\n");
}

BOOST_AUTO_TEST_CASE(fields_of_the_connection_stay_behind) {
  ProxySite site;
  const auto request =
      Seen(site,
           "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Secret\r\nX-Secret: 1\r\n"
           "Keep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nProxy: http://evil/\r\n"
           "Proxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\nX-Kept: 1\r\n\r\n");
  BOOST_TEST(request.header ==
             "GET / HTTP/1.1\r\nHost: a\r\nX-Kept: 1\r\nX-Forwarded-For: 127.0.0.1\r\n"
             "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n");
}

BOOST_AUTO_TEST_CASE(methods_are_passed_on_whether_they_are_known_here_or_not) {
  ProxySite site;
  for (const std::string method : {"PROPFIND", "MKCOL", "DELETE", "OPTIONS", "PATCH"}) {
    const auto request = Seen(site, method + " /dav HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST(request.header.starts_with(method + " /dav HTTP/1.1\r\n"));
  }
  for (const std::string method : {"TRACE /", "CONNECT a:80"}) {
    Client client(site.Port());
    BOOST_TEST(client.Ask(method + " HTTP/1.1\r\nHost: a:80\r\n\r\n").status == 501);
  }
}

BOOST_AUTO_TEST_CASE(bodies_arrive_whole_however_they_were_framed) {
  ProxySite site;
  const auto sized = Seen(site, PostText("/p", "hello"));
  BOOST_TEST(sized["Content-Length"] == "5");
  BOOST_TEST(sized.body == "hello");
  const auto chunked = Seen(site,
                            "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  BOOST_TEST(!chunked.Has("Transfer-Encoding"));
  BOOST_TEST(chunked["Content-Length"] == "5");
  BOOST_TEST(chunked.body == "abcde");
  const auto empty = Seen(site, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(empty["Content-Length"] == "0");
  const auto continued = Seen(site,
                              "PUT /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                              "Content-Length: 2\r\n\r\nhi");
  BOOST_TEST(!continued.Has("Expect"));
  BOOST_TEST(continued.body == "hi");
}

BOOST_AUTO_TEST_CASE(what_clients_say_of_themselves_never_gets_through) {
  ProxySite site;
  const auto request =
      Seen(site,
           "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nx-forwarded-proto: https\r\n"
           "X_Forwarded_For: 1.2.3.4\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Anything: 1\r\n"
           "Forwarded: for=1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nX_Real-IP: 1.2.3.4\r\n\r\n");
  BOOST_TEST(request.header ==
             "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.1\r\n"
             "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n");
}

BOOST_AUTO_TEST_CASE(what_a_trusted_proxy_says_is_added_to) {
  ProxySite site("", "trusted_proxies: 127.0.0.1");
  const auto request = Seen(site,
                            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n"
                            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n\r\n");
  BOOST_TEST(request["X-Forwarded-For"] == "1.2.3.4, 127.0.0.1");
  BOOST_TEST(request["X-Forwarded-Proto"] == "https");
  BOOST_TEST(request["X-Forwarded-Host"] == "shop.example");
}

BOOST_AUTO_TEST_CASE(clients_are_told_of_as_is_configured) {
  constexpr const char* kRequest = "GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=1.2.3.4\r\n\r\n";
  ProxySite standard("forwarded: rfc7239");
  const auto by_standard = Seen(standard, kRequest);
  BOOST_TEST(by_standard["Forwarded"] == "for=127.0.0.1;proto=http;host=\"a\"");
  BOOST_TEST(!by_standard.Has("X-Forwarded-For"));
  ProxySite both("forwarded: both");
  const auto by_both = Seen(both, kRequest);
  BOOST_TEST(by_both.Has("Forwarded"));
  BOOST_TEST(by_both.Has("X-Forwarded-For"));
  ProxySite none("forwarded: none, host: inner.example");
  const auto by_none = Seen(none, kRequest);
  BOOST_TEST(by_none.header == "GET / HTTP/1.1\r\nHost: inner.example\r\n");
}

BOOST_AUTO_TEST_CASE(a_request_has_one_target_and_one_host_whatever_form_they_came_in) {
  ProxySite site;
  BOOST_TEST(Seen(site, "GET http://shop.example/x?y HTTP/1.1\r\nHost: other\r\n\r\n")
                 .header.starts_with("GET /x?y HTTP/1.1\r\nHost: shop.example\r\n"));
  BOOST_TEST(Seen(site, "GET http://shop.example HTTP/1.1\r\nHost: shop.example\r\n\r\n")
                 .header.starts_with("GET / HTTP/1.1\r\n"));
  BOOST_TEST(Seen(site, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                 .header.starts_with("GET / HTTP/1.1\r\nHost: localhost\r\n"));
}

/// What would lead a server out of the route by which the request was found.
BOOST_AUTO_TEST_CASE(dots_beside_encoded_slashes_are_refused) {
  ProxySite site;
  for (const std::string path :
       {"/public/..%2Fadmin", "/public/a%2f..%2F..%2fadmin", "/a/.%2fb", "/a%2F.."}) {
    BOOST_TEST(GetOnce(site.Port(), path).status == 400, path);
  }
  BOOST_TEST(Seen(site, "GET /a%2Fb..%2f..c HTTP/1.1\r\nHost: a\r\n\r\n")
                 .header.starts_with("GET /a%2Fb..%2f..c HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_CASE(requests_of_http2_are_asked_as_others) {
  ProxySite site("", "protocols: [http2, http1]");
  Http2Client client(site.Port());
  client.Ask(1, "/a", "POST", false, {{"cookie", "a=1"}, {"cookie", "b=2"}});
  client.SendData(1, "body");
  ScriptedServer::Connection asked = site.behind.Accept();
  const auto request = asked.ReadRequest();
  BOOST_TEST(request.header.starts_with("POST /a HTTP/1.1\r\nHost: "));
  BOOST_TEST(request["cookie"] == "a=1; b=2");
  BOOST_TEST(request.body == "body");
  asked.Send(
      "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nConnection: x\r\nX: 1\r\n\r\n"
      "2\r\nok\r\n");
  asked.Send("0\r\n\r\n");
  const Http2Client::Answer answer = client.Read(1);
  BOOST_TEST(answer.status == 201);
  BOOST_TEST(answer.content == "ok");
  BOOST_TEST(answer.fields.count("connection") == 0U);
  BOOST_TEST(answer.fields.count("transfer-encoding") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
