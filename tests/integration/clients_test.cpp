// Who the client is, where a proxy stands between: the same in headers, logs, modules, programs,
// by every protocol.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr const char* kForwarded =
    "X-Forwarded-For: 6.6.6.6, 192.0.2.9\r\nX-Forwarded-Proto: https\r\n";

/// Programs say who asks; every answer has it in a field.
Config Behind(const std::string& keys) {
  const std::string headers = "headers: {set: {X-Client: \"$client $scheme\"}}";
  const std::string more = keys.empty() ? headers : keys + "\n    " + headers;
  return Config()
      .Set("access_log", "{path: \"${DIR}/access.log\", format: common}")
      .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]\n    " + more)
      .Route("/", Respond("hi"))
      .Route("/module", Module("hello-c"))
      .Route("/apart", Module("hello-c", "run: process"))
      .Route("/program", Program("file: \"${DIR}/who\""))
      .Listener("local", "unix:${DIR}/local.sock", more)
      .Route("/", Respond("hi"));
}

struct Proxied {
  void Start(const std::string& keys) {
    server.Write("who",
                 "#!/bin/sh\necho Content-Type: text/plain\necho\necho $REMOTE_ADDR.$REMOTE_PORT "
                 "$REQUEST_SCHEME $HTTPS "
                 "$SERVER_PORT\n");
    std::filesystem::permissions(server.Path("who"), std::filesystem::perms(0755));
    server.Start(Behind(keys));
  }
  Answer Get(const std::string& target, const std::string& lines = kForwarded) const {
    return GetOnce(server.Port(), target, lines);
  }

  Server server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(clients, Proxied)

BOOST_AUTO_TEST_CASE(a_proxy_that_is_trusted_says_who_asks) {
  Start("trusted_proxies: [127.0.0.0/8, 10.0.0.0/8]");
  for (const std::string target : {"/", "/module", "/apart", "/program", "/nope/x"}) {
    BOOST_TEST(Get(target)["X-Client"] == "192.0.2.9 https", target);
  }
  BOOST_TEST(Get("/module").body.find(", 192.0.2.9\n") != std::string::npos);
  BOOST_TEST(Get("/apart").body.find(", 192.0.2.9\n") != std::string::npos);
  BOOST_TEST(Get("/program").body == "192.0.2.9. https on 443\n");
  BOOST_TEST(Get("/", "X-Forwarded-For: x\r\n")["X-Client"] == "127.0.0.1 http");
  BOOST_TEST(Eventually([&] {
    std::ifstream log(server.Path("access.log"));
    const std::string lines(std::istreambuf_iterator<char>(log), {});
    return lines.find("192.0.2.9 - - [") != std::string::npos &&
           lines.find("\n127.0.0.1 - - [") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(nobody_else_does) {
  Start("trusted_proxies: [10.0.0.0/8]");
  BOOST_TEST(Get("/")["X-Client"] == "127.0.0.1 http");
  BOOST_TEST(Get("/program").body.starts_with("127.0.0.1."));
  server.Configure(Behind(""));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(Get("/")["X-Client"] == "127.0.0.1 http");
}

BOOST_AUTO_TEST_CASE(requests_of_one_connection_are_of_several_clients) {
  Start("trusted_proxies: 127.0.0.1");
  Client proxy(server.Port());
  for (const std::string client : {"192.0.2.1", "2001:db8::1", "192.0.2.2"}) {
    const std::string line = "X-Forwarded-For: " + client + "\r\n";
    BOOST_TEST(proxy.Get("/", line)["X-Client"] == client + " http");
    BOOST_TEST(proxy.Get("/program", line)["X-Client"] == client + " http");
  }
  BOOST_TEST(proxy.Get("/")["X-Client"] == "127.0.0.1 http");
}

BOOST_AUTO_TEST_CASE(so_it_is_by_unix_sockets_and_by_http2) {
  Start("trusted_proxies: [unix, 127.0.0.1]");
  Client local(server.Path("local.sock"));
  BOOST_TEST(local.Get("/", kForwarded)["X-Client"] == "192.0.2.9 https");
  BOOST_TEST(local.Get("/")["X-Client"] == "http");
  Http2Client client(server.Port());
  client.Ask(1, "/", "GET", true, {{"x-forwarded-for", "192.0.2.1"}});
  client.Ask(3, "/program", "GET", true, {{"x-forwarded-for", "192.0.2.2"}});
  client.Ask(5, "/");
  BOOST_TEST(client.Read(1).fields["x-client"] == "192.0.2.1 http");
  BOOST_TEST(client.Read(3).fields["x-client"] == "192.0.2.2 http");
  BOOST_TEST(client.Read(5).fields["x-client"] == "127.0.0.1 http");
}

BOOST_AUTO_TEST_CASE(another_field_is_another_matter) {
  Start("trusted_proxies: 127.0.0.1\n    forwarded: rfc7239");
  BOOST_TEST(Get("/")["X-Client"] == "127.0.0.1 http");
  BOOST_TEST(Get("/", "Forwarded: for=192.0.2.1;proto=https, for=127.0.0.1\r\n")["X-Client"] ==
             "192.0.2.1 https");
}

BOOST_AUTO_TEST_SUITE_END()
