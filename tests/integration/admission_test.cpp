// Whose requests are answered: by the client's address, before any handler, by every protocol.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr const char* kInside = "X-Forwarded-For: 10.1.2.3\r\n";
constexpr const char* kOutside = "X-Forwarded-For: 192.0.2.1\r\n";

/// A listener that is for 10.0.0.0/8 alone, with a route that is for everybody.
Config Fenced() {
  return Config()
      .Listener("web", "127.0.0.1:0",
                "protocols: [http2, http1]\n    trusted_proxies: 127.0.0.1\n"
                "    access: {allow: [10.0.0.0/8], deny: all}\n"
                "    errors: {pages: {403: sorry.txt}}\n    headers: {set: {X-For: $client}}")
      .Route("/", Respond("hi"))
      .Route("/files", Files("${DIR}/files"))
      .Route("/module", Module("hello-c"))
      .Route("/apart", Module("hello-c", "run: process"))
      .Route("/program", Program("file: \"${DIR}/touch\""))
      .Route("/old", Handler{"redirect: {to: /}"})
      .Route("/open", Respond("open"), "access: {deny: [10.9.0.0/16]}")
      .Route("/get", Respond("got"), "methods: [GET], cors: {origins: \"*\"}");
}

struct Behind {
  Behind() {
    server.Write("sorry.txt", "not you");
    server.Write("files/a", "a");
    server.Write("touch", "#!/bin/sh\necho Content-Type: text/plain\necho\necho ran\n");
    std::filesystem::permissions(server.Path("touch"), std::filesystem::perms(0755));
    server.Start(Fenced());
  }
  Answer Get(const std::string& target, const std::string& lines) const {
    return GetOnce(server.Port(), target, lines);
  }

  Server server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admission, Behind)

BOOST_AUTO_TEST_CASE(who_is_not_allowed_gets_403_whatever_would_answer) {
  for (const std::string target :
       {"/", "/files/a", "/files/none", "/module", "/apart", "/program", "/old"}) {
    const Answer answer = Get(target, kOutside);
    BOOST_TEST_CONTEXT(target << ": " << answer.header) {
      BOOST_TEST(answer.status == 403);
      BOOST_TEST(answer.body == "not you");
      BOOST_TEST(answer["X-For"] == "192.0.2.1");
    }
    BOOST_TEST(Get(target, kInside).status != 403, target);
  }
  BOOST_TEST(Get("/", "").status == 403);
  BOOST_TEST(Get("/", kInside).body == "hi");
}

BOOST_AUTO_TEST_CASE(nothing_that_is_there_is_told_to_strangers) {
  const auto status = [&](const std::string& request) {
    return Client(server.Port())
        .Ask(request + " HTTP/1.1\r\nHost: a\r\n" + kOutside + "\r\n")
        .status;
  };
  BOOST_TEST(status("DELETE /files/a") == 403);
  BOOST_TEST(status("OPTIONS /get") == 403);
  BOOST_TEST(status("POST /get") == 403);
  BOOST_TEST(status("BREW /module") == 403);
}

BOOST_AUTO_TEST_CASE(a_body_of_theirs_is_not_waited_for) {
  Client client(server.Port());
  client.Send(
      "POST /module HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n"
      "Expect: 100-continue\r\n" +
      std::string(kOutside) + "\r\n");
  const Answer answer = client.Read();
  BOOST_TEST(answer.status == 403);
  BOOST_TEST(answer["Connection"] == "close");
}

BOOST_AUTO_TEST_CASE(a_route_may_be_for_others_than_its_listener) {
  BOOST_TEST(Get("/open", kOutside).body == "open");
  BOOST_TEST(Get("/open", "X-Forwarded-For: 10.9.1.1\r\n").status == 403);
}

BOOST_AUTO_TEST_CASE(so_it_is_by_http2) {
  Http2Client client(server.Port());
  client.Ask(1, "/", "GET", true, {{"x-forwarded-for", "192.0.2.1"}});
  client.Ask(3, "/", "GET", true, {{"x-forwarded-for", "10.1.1.1"}});
  client.Ask(5, "/module", "POST", /*ends_stream=*/false, {{"x-forwarded-for", "192.0.2.1"}});
  BOOST_TEST(client.Read(1).status == 403);
  BOOST_TEST(client.Read(3).content == "hi");
  BOOST_TEST(client.Read(5).status == 403);
}

BOOST_AUTO_TEST_CASE(a_reload_changes_it_on_living_connections) {
  Client client(server.Port());
  BOOST_TEST(client.Get("/", kOutside).status == 403);
  server.Configure(Config().Route("/", Respond("hi"), "access: {allow: 127.0.0.1}"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(client.Get("/", kOutside).body == "hi");
  server.Configure(Config().Route("/", Respond("hi"), "access: {allow: 10.0.0.1}"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(client.Get("/", kOutside).status == 403);
}

BOOST_AUTO_TEST_SUITE_END()
