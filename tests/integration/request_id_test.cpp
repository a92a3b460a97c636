// What a request is called: the same in the answer, on error pages, in logs, for modules and
// programs, by every protocol.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr const char* kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Programs say what they are told of a request's name.
Config Named(const std::string& keys) {
  return Config()
      .Set("access_log", "{path: \"${DIR}/access.log\", format: json}")
      .Listener("web", "127.0.0.1:0",
                "protocols: [http2, http1]\n    errors: {pages: {4xx: sorry.html}}\n    " + keys)
      .Route("/", Respond("hi"))
      .Route("/program", Program("file: \"${DIR}/named\""))
      .Route("/fails", Program("file: /bin/false"))
      .Route("/plain", Respond("plain"), "request_id: {send: false}");
}

bool IsMade(const std::string& id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

struct Running {
  void Start(const std::string& keys) {
    server.Write("sorry.html", "$request_id");
    server.Write("named",
                 "#!/bin/sh\necho Content-Type: text/plain\necho\necho "
                 "\"$REQUEST_ID $HTTP_TRACEPARENT\"\n");
    std::filesystem::permissions(server.Path("named"), std::filesystem::perms(0755));
    server.Start(Named(keys));
  }
  Answer Get(const std::string& target, const std::string& lines = {}) const {
    return GetOnce(server.Port(), target, lines);
  }
  bool IsLogged(const std::string& id) const {
    return Eventually([&] {
      std::ifstream log(server.Path("access.log"));
      const std::string lines(std::istreambuf_iterator<char>(log), {});
      return lines.find("\"request_id\":\"" + id + "\"") != std::string::npos;
    });
  }

  Server server;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(request_id, Running)

BOOST_AUTO_TEST_CASE(a_request_is_called_the_same_wherever_it_leaves_a_trace) {
  Start("request_id: {send: true}");
  const Answer answer = Get("/program", "X-Request-Id: theirs\r\n");
  const std::string id = answer["X-Request-Id"];
  BOOST_TEST(IsMade(id), answer.header);
  BOOST_TEST(answer.body == id + " \n");
  BOOST_TEST(IsLogged(id));
  const std::string failed = Get("/fails")["X-Request-Id"];
  BOOST_TEST(failed != id);
  server.WaitForLog({"program gave no answer", "id=" + failed});
  const Answer missing = Get("/program/none/such?x", "X: y\r\n");
  BOOST_TEST(IsMade(missing["X-Request-Id"]));
}

BOOST_AUTO_TEST_CASE(pages_of_errors_have_it_too) {
  Start("request_id: {send: true}");
  Client client(server.Port());
  const Answer refused = client.Ask("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n");
  BOOST_TEST(refused.status == 417);
  BOOST_TEST(refused.body == refused["X-Request-Id"]);
  BOOST_TEST(IsMade(refused.body));
  const Answer malformed = Client(server.Port()).Ask("GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n");
  BOOST_TEST(malformed.status == 400);
  BOOST_TEST(IsMade(malformed.body));
}

BOOST_AUTO_TEST_CASE(it_is_sent_by_choice_and_made_only_where_it_is_of_use) {
  Start("request_id: {send: true}");
  BOOST_TEST(!Get("/plain").Has("X-Request-Id"));
  server.Configure(Config()
                       .Listener("web", "127.0.0.1:0")
                       .Route("/", Respond("hi"), "headers: {set: {X-Mine: \"$request_id\"}}")
                       .Route("/program", Program("file: \"${DIR}/named\"")));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(IsMade(Get("/")["X-Mine"]));
  BOOST_TEST(Get("/program").body == " \n");
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_gives_it) {
  Start("trusted_proxies: 127.0.0.1\n    request_id: {send: true, trace: true}");
  const Answer answer = Get("/program", "X-Request-Id: abc-1\r\n");
  BOOST_TEST(answer["X-Request-Id"] == "abc-1");
  BOOST_TEST(answer.body.starts_with("abc-1 00-"));
  BOOST_TEST(IsLogged("abc-1"));
  const std::string trace = kTrace;
  const Answer traced = Get("/program", "traceparent: " + trace + "\r\n");
  BOOST_TEST(traced.body == trace.substr(3, 32) + " " + trace + "\n");
  const Answer own = Get("/program", "traceparent: nonsense\r\n");
  BOOST_TEST(own.body.starts_with(own["X-Request-Id"] + " 00-" + own["X-Request-Id"] + "-"));
}

BOOST_AUTO_TEST_CASE(so_it_is_by_http2) {
  Start("trusted_proxies: 127.0.0.1\n    request_id: {send: true}");
  Http2Client client(server.Port());
  client.Ask(1, "/", "GET", true, {{"x-request-id", "one"}});
  client.Ask(3, "/program", "GET", true, {{"x-request-id", "three"}});
  client.Ask(5, "/");
  BOOST_TEST(client.Read(1).fields["x-request-id"] == "one");
  auto third = client.Read(3);
  BOOST_TEST(third.fields["x-request-id"] == "three");
  BOOST_TEST(third.content == "three \n");
  BOOST_TEST(IsMade(client.Read(5).fields["x-request-id"]));
}

BOOST_AUTO_TEST_SUITE_END()
