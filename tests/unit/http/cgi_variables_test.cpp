#include "http/cgi_variables.hpp"

#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/http/requests.hpp"

namespace tined::http {
namespace {

const CgiPlace kPlace{"/cgi-bin/x.sh", "/a b", "/srv/cgi/x.sh", 8080};

/// "NAME=value" lines.
std::string Text(const CgiVariables& variables) {
  std::string text;
  for (const auto& [name, value] : variables) text += name + "=" + value + "\n";
  return text;
}

/// Only those made of fields.
std::string FieldsOf(Made::Fields fields, bool with_authorization = false) {
  Made made("GET", fields);
  CgiPlace place = kPlace;
  place.with_authorization = with_authorization;
  std::string text;
  for (const auto& [name, value] : MakeCgiVariables(*made, place)) {
    if (name.starts_with("HTTP_")) text += name + "=" + value + "\n";
  }
  return text;
}

BOOST_AUTO_TEST_SUITE(CgiVariablesTest)

BOOST_AUTO_TEST_CASE(all_that_the_interface_has) {
  Made made("POST", {{"Content-Type", "text/plain"}});
  ledger::Peer peer{.family = AF_INET, .port = 4711, .address = {192, 0, 2, 1}};
  (*made).target = "/cgi-bin/x.sh/a%20b?c=d%20e";
  (*made).query = "c=d%20e";
  (*made).host = "a.example:80";
  (*made).body = "hello";
  (*made).peer = &peer;
  BOOST_TEST(Text(MakeCgiVariables(*made, kPlace)) ==
             "CONTENT_LENGTH=5\nCONTENT_TYPE=text/plain\nGATEWAY_INTERFACE=CGI/1.1\n"
             "PATH_INFO=/a b\nQUERY_STRING=c=d%20e\nREMOTE_ADDR=192.0.2.1\nREMOTE_PORT=4711\n"
             "REQUEST_METHOD=POST\nREQUEST_SCHEME=http\nREQUEST_URI=/cgi-bin/x.sh/a%20b?c=d%20e\n"
             "SCRIPT_FILENAME=/srv/cgi/x.sh\nSCRIPT_NAME=/cgi-bin/x.sh\nSERVER_NAME=a.example\n"
             "SERVER_PORT=8080\nSERVER_PROTOCOL=HTTP/1.1\nSERVER_SOFTWARE=tined/" TINED_VERSION
             "\n");
}

BOOST_AUTO_TEST_CASE(with_tls_there_is_what_is_known_of_it) {
  Made made("GET");
  const std::string facts = *tls::Encode({.server_name = "a.example",
                                          .protocol = {},
                                          .is_resumed = true,
                                          .client = tls::ClientCertificate{.subject = "CN=alice",
                                                                           .issuer = "CN=ca",
                                                                           .names = "DNS:alice",
                                                                           .serial = "0A",
                                                                           .fingerprint = "ab",
                                                                           .begins = "then",
                                                                           .expires = "later",
                                                                           .pem = {}}});
  const tls::Told told{tls::Version::tls13, tls::Suite::aes_128_gcm_sha256, facts};
  (*made).tls = &told;
  const CgiVariables with = MakeCgiVariables(*made, kPlace);
  const auto value = [&](const std::string& name) {
    const auto found = with.find(name);
    return found == with.end() ? "(none)" : found->second;
  };
  BOOST_TEST(value("HTTPS") == "on");
  BOOST_TEST(value("REQUEST_SCHEME") == "https");
  BOOST_TEST(value("SSL_PROTOCOL") == "TLSv1.3");
  BOOST_TEST(value("SSL_CIPHER") == "TLS_AES_128_GCM_SHA256");
  BOOST_TEST(value("SSL_SERVER_NAME") == "a.example");
  BOOST_TEST(value("SSL_SESSION_RESUMED") == "Resumed");
  BOOST_TEST(value("SSL_CLIENT_VERIFY") == "SUCCESS");
  BOOST_TEST(value("SSL_CLIENT_S_DN") == "CN=alice");
  BOOST_TEST(value("SSL_CLIENT_CERT") == "(none)");
}

BOOST_AUTO_TEST_CASE(without_a_body_and_more_path_their_variables_are_not_there) {
  Made made("GET");
  CgiPlace place = kPlace;
  place.path_info = {};
  const CgiVariables variables = MakeCgiVariables(*made, place);
  BOOST_TEST(!variables.contains("CONTENT_LENGTH"));
  BOOST_TEST(!variables.contains("CONTENT_TYPE"));
  BOOST_TEST(!variables.contains("PATH_INFO"));
  BOOST_TEST(variables.find("QUERY_STRING")->second == "");
}

BOOST_AUTO_TEST_CASE(addresses_where_there_are_none) {
  Made made("GET");
  ledger::Peer peer;
  (*made).peer = &peer;
  (*made).minor_version = 0;
  CgiPlace place = kPlace;
  place.port = 0;
  CgiVariables variables = MakeCgiVariables(*made, place);
  BOOST_TEST(variables["REMOTE_ADDR"] == "127.0.0.1");
  BOOST_TEST(!variables.contains("REMOTE_PORT"));
  BOOST_TEST(variables["SERVER_NAME"] == "localhost");
  BOOST_TEST(variables["SERVER_PORT"] == "80");
  BOOST_TEST(variables["SERVER_PROTOCOL"] == "HTTP/1.0");
  for (const auto& [host, port] : {std::pair{"[::1]:81", "81"}, {"[::1]", "80"}, {"a:", "80"}}) {
    (*made).host = host;
    BOOST_TEST(MakeCgiVariables(*made, place)["SERVER_PORT"] == port, host);
  }
}

BOOST_AUTO_TEST_CASE(fields_become_variables) {
  BOOST_TEST(FieldsOf({{"Accept-Language", "de"}, {"X-y-2", ""}}) ==
             "HTTP_ACCEPT_LANGUAGE=de\nHTTP_X_Y_2=\n");
}

BOOST_AUTO_TEST_CASE(several_of_one_name_are_joined) {
  BOOST_TEST(
      FieldsOf({{"Accept", "a/b"}, {"Cookie", "a=1"}, {"accept", "c/d"}, {"cookie", "b=2"}}) ==
      "HTTP_ACCEPT=a/b, c/d\nHTTP_COOKIE=a=1; b=2\n");
}

BOOST_AUTO_TEST_CASE(names_that_could_be_taken_for_others_are_left_out) {
  BOOST_TEST(FieldsOf({{"X_Forwarded_For", "1"}, {"A.B", "1"}, {"A'B", "1"}}) == "");
}

BOOST_AUTO_TEST_CASE(no_client_sets_the_proxy_of_a_program) {
  BOOST_TEST(FieldsOf({{"Proxy", "http://evil.example"}, {"PROXY", "x"}}) == "");
}

BOOST_AUTO_TEST_CASE(fields_about_connection_and_framing_are_left_out) {
  BOOST_TEST(FieldsOf({{"Connection", "close"},
                       {"Keep-Alive", "1"},
                       {"TE", "trailers"},
                       {"Trailer", "x"},
                       {"Transfer-Encoding", "chunked"},
                       {"Upgrade", "h2c"},
                       {"Expect", "100-continue"},
                       {"Content-Length", "1"},
                       {"Content-Type", "a/b"},
                       {"Proxy-Connection", "x"},
                       {"Proxy-Authorization", "Basic x"}}) == "");
}

BOOST_AUTO_TEST_CASE(authorization_is_for_programs_that_are_to_see_it) {
  BOOST_TEST(FieldsOf({{"Authorization", "Basic x"}}) == "");
  BOOST_TEST(FieldsOf({{"Authorization", "Basic x"}}, true) == "HTTP_AUTHORIZATION=Basic x\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http
