// Whose requests are answered, by name and password: whatever would answer them, by every protocol,
// with nobody waiting for the computation but who asked.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/http2_client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

// Their passwords are `open sesame`, but for eve's, `other`. Slow's takes a second.
const std::string kAdam = "adam:$2y$04$KBCwKxOzLha2MUDgW0PjXe6FXpShTD1Nu18BhP4eHwohTd5QokYOm\n";
const std::string kEve = "eve:$2y$04$KBCwKxOzLha2MUDgW0PjXe7ggzqGloo/plZo35HPOc2f0PmIxekNa\n";
const std::string kSlow = "slow:$2y$14$KBCwKxOzLha2MUDgW0PjXe7C.20vCxtgOLugPCMFdHcRxiXQpVSGK\n";

constexpr const char* kAsAdam = "Authorization: Basic YWRhbTpvcGVuIHNlc2FtZQ==\r\n";
constexpr const char* kAsAdamWrongly = "Authorization: Basic YWRhbTp3cm9uZw==\r\n";
constexpr const char* kAsEve = "Authorization: Basic ZXZlOm90aGVy\r\n";
constexpr const char* kAsNobody = "Authorization: Basic bm9ib2R5Om9wZW4gc2VzYW1l\r\n";
constexpr const char* kAsSlow = "Authorization: Basic c2xvdzpvcGVuIHNlc2FtZQ==\r\n";

Config Asking(int workers = 2) {
  return Config()
      .Workers(workers)
      .Set("access_log", "{path: \"${DIR}/access\"}")
      .Listener("web", "127.0.0.1:0",
                "protocols: [http2, http1]\n    "
                "auth: {basic: {users: \"${DIR}/users\", realm: The cellar}}")
      .Route("/", Respond("hi"))
      .Route("/files", Files("${DIR}/files"))
      .Route("/module", Module("echo"))
      .Route("/apart", Module("chaos", "run: process"))
      .Route("/threads", Module("chaos", "run: thread"))
      .Route("/program", Program("file: \"${DIR}/who\""))
      .Route("/content", Program("file: \"${DIR}/content\""))
      .Route("/old", Handler{"redirect: {to: /}"})
      .Route("/open", Program("file: \"${DIR}/who\""), "auth: {basic: off}")
      .Route("/eve", Respond("eve"), "auth: {basic: {users: \"${DIR}/others\"}}");
}

struct Cellar {
  Cellar() {
    server.Write("users", "# of the cellar\n" + kAdam + kSlow);
    server.Write("others", kEve);
    server.Write("files/a", "a");
    Script("who",
           "echo Content-Type: text/plain\necho\necho \"$AUTH_TYPE $REMOTE_USER "
           "$HTTP_AUTHORIZATION\"\n");
    Script("content", "echo Content-Type: text/plain\necho\ncat\n");
  }
  void Script(const std::string& name, const std::string& text) const {
    server.Write(name, "#!/bin/sh\n" + text);
    std::filesystem::permissions(server.Path(name), std::filesystem::perms(0755));
  }
  Answer Get(const std::string& target, const std::string& lines = {}) const {
    return GetOnce(server.Port(), target, lines);
  }
  [[nodiscard]] std::string AccessLog() const {
    std::ifstream file(server.Path("access"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Server server;
};

std::string Post(const std::string& target, const std::string& lines, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\n" + lines +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(basic_auth, Cellar)

BOOST_AUTO_TEST_CASE(who_does_not_know_the_password_gets_401_whatever_would_answer) {
  server.Start(Asking());
  for (const std::string target :
       {"/", "/files/a", "/files/none", "/module", "/apart", "/threads", "/program", "/old"}) {
    for (const std::string who : {"", kAsAdamWrongly, kAsNobody, kAsEve, "Authorization: Basic\r\n",
                                  "Authorization: Bearer YWRhbTpvcGVuIHNlc2FtZQ==\r\n"}) {
      const Answer answer = Get(target, who);
      BOOST_TEST_CONTEXT(target << " " << who << answer.header) {
        BOOST_TEST(answer.status == 401);
        BOOST_TEST(answer["WWW-Authenticate"] == "Basic realm=\"The cellar\", charset=\"UTF-8\"");
      }
    }
    const int status = Get(target, kAsAdam).status;
    BOOST_TEST((status != 401 && status < 500), target << " " << status);
  }
  BOOST_TEST(Get("/", std::string(kAsAdam) + kAsAdam).status == 401);
  BOOST_TEST(Get("/", kAsAdam).body == "hi");
}

BOOST_AUTO_TEST_CASE(a_route_says_otherwise) {
  server.Start(Asking());
  BOOST_TEST(Get("/open").body == "  \n");
  BOOST_TEST(Get("/eve", kAsAdam).status == 401);
  BOOST_TEST(Get("/eve", kAsAdam)["WWW-Authenticate"] ==
             "Basic realm=\"restricted\", charset=\"UTF-8\"");
  BOOST_TEST(Get("/eve", kAsEve).body == "eve");
}

BOOST_AUTO_TEST_CASE(whose_request_it_is_is_passed_on) {
  server.Start(Asking());
  BOOST_TEST(Get("/program", kAsAdam).body == "Basic adam \n");
  for (const std::string target : {"/apart/user", "/threads/user"}) {
    BOOST_TEST(Get(target, kAsAdam).body == "adam");
  }
  // Where nobody has asked for it, what a client says is nobody's name.
  BOOST_TEST(Get("/open", kAsAdam).body == "  \n");
  BOOST_TEST(Get("/", kAsAdamWrongly).status == 401);
  BOOST_TEST(Eventually([&] {
    const std::string log = AccessLog();
    return log.find("127.0.0.1 - adam [") != std::string::npos &&
           log.find("127.0.0.1 - - [") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(a_body_of_theirs_is_not_waited_for) {
  server.Start(Asking());
  Client client(server.Port());
  const Answer answer = client.Ask(
      "POST /module HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(answer.status == 401);
  BOOST_TEST((client.WaitForEnd() == Client::End::closed));
  Http2Client other(server.Port());
  other.Ask(1, "/module", "POST", /*ends_stream=*/false);
  BOOST_TEST(other.Read(1).status == 401);
}

BOOST_AUTO_TEST_CASE(content_arrives_whole_whether_the_password_is_known_or_not) {
  server.Start(Asking(1));
  const std::string body(100'000, 'b');
  Client client(server.Port());
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST((client.Ask(Post("/content", kAsAdam, body)).body == body));
  }
  server.Write("users", kAdam + kEve);
  BOOST_TEST(Eventually([&] { return Get("/", kAsEve).status == 200; }));
  server.Configure(Asking(2));
  BOOST_TEST(server.Reload().status == 0);
  Http2Client other(server.Port());
  for (const std::uint32_t stream : {1U, 3U}) {
    other.Ask(stream, "/content", "POST", /*ends_stream=*/false,
              {{"authorization", "Basic YWRhbTpvcGVuIHNlc2FtZQ=="}});
  }
  for (const std::uint32_t stream : {1U, 3U}) other.SendData(stream, "hello");
  for (const std::uint32_t stream : {1U, 3U}) BOOST_TEST(other.Read(stream).content == "hello");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_each_judged) {
  server.Start(Asking(1));
  Client client(server.Port());
  const auto get = [](const std::string& who) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + who + "\r\n";
  };
  client.Send(get(kAsAdam) + get("") + get(kAsAdamWrongly) + get(kAsAdam));
  for (const int status : {200, 401, 401, 200}) BOOST_TEST(client.Read().status == status);
}

BOOST_AUTO_TEST_CASE(users_come_and_go_without_a_reload) {
  server.Start(Asking(1));
  BOOST_TEST(Get("/", kAsAdam).status == 200);
  BOOST_TEST(Get("/", kAsEve).status == 401);
  server.Write("users.new", kEve);
  std::filesystem::rename(server.Path("users.new"), server.Path("users"));
  BOOST_TEST(Eventually([&] { return Get("/", kAsAdam).status == 401; }));
  BOOST_TEST(Eventually([&] { return Get("/", kAsEve).status == 200; }));
  // What makes no sense changes nothing, and is told.
  server.Write("users.new", kAdam + "nonsense\n");
  std::filesystem::rename(server.Path("users.new"), server.Path("users"));
  BOOST_TEST(Eventually([&] {
    BOOST_TEST(Get("/", kAsEve).status == 200);
    return server.CountLog("a file of users has changed and cannot be used") > 0;
  }));
  BOOST_TEST(Get("/", kAsAdam).status == 401);
}

BOOST_AUTO_TEST_CASE(a_slow_hash_holds_up_nobody_else_and_is_computed_once) {
  server.Start(Asking(1));
  Client slow(server.Port());
  const auto began = std::chrono::steady_clock::now();
  slow.SendGet("/", kAsSlow);
  int answered = 0;
  while (!slow.WaitForBytes(milliseconds(0))) {
    BOOST_REQUIRE(Get("/open").status == 200);
    ++answered;
  }
  BOOST_TEST(slow.Read().status == 200);
  const auto computing = std::chrono::steady_clock::now() - began;
  BOOST_TEST(answered > 3);
  for (int i = 0; i < 10; ++i) BOOST_TEST(slow.Get("/", kAsSlow).status == 200);
  BOOST_TEST((std::chrono::steady_clock::now() - began < 2 * computing));
}

BOOST_AUTO_TEST_CASE(a_request_whose_worker_dies_meanwhile_goes_on, *NeedsRescue()) {
  server.Start(Asking(1));
  Client client(server.Port());
  client.SendGet("/", kAsSlow);
  BOOST_TEST(!client.WaitForBytes(milliseconds(100)));
  const std::size_t at = server.LogSize();
  server.KillWorker(0, SIGKILL);
  server.WaitForLog({"worker is ready", "worker=0"}, at);
  BOOST_TEST(client.Read().body == "hi");
}

BOOST_AUTO_TEST_CASE(a_file_that_makes_no_sense_is_refused_with_its_place) {
  const auto check = [&] {
    const std::string file = server.Path("tined.yaml");
    return RunProgram({Built("tined"), "--check", "--config", file});
  };
  server.Start(Asking());
  BOOST_TEST(check().status == 0);
  server.Write("users", kAdam + "eve:secret\n");
  const Finished bad = check();
  BOOST_TEST(bad.status != 0);
  BOOST_TEST(bad.errors.find(server.Path("users") + ":2:5: no hash of bcrypt") != std::string::npos,
             bad.errors);
  BOOST_TEST(server.Reload().status == 1);
  BOOST_TEST(Get("/", kAsAdam).status == 200);
  std::filesystem::remove(server.Path("users"));
  const Finished missing = check();
  BOOST_TEST(missing.status != 0);
  BOOST_TEST(missing.errors.find("No such file") != std::string::npos, missing.errors);
  server.Write("users", kAdam);
  std::filesystem::permissions(server.Path("users"), std::filesystem::perms(0644));
  BOOST_TEST(check().errors.find("can be read by everybody") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
