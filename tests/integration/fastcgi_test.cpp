// PHP's own FastCGI server behind a real server, and one that a test plays by hand.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

Handler FastCgi(const std::string& servers, const std::string& more = "") {
  return {"fastcgi: {to: [\"" + servers + "\"]" + (more.empty() ? "" : ", " + more) + '}'};
}

/// php-cgi, listening at a socket.
class Php {
 public:
  explicit Php(const std::string& path) {
    std::vector<std::string> words = {"/usr/bin/php-cgi", "-b", path};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string children = "PHP_FCGI_CHILDREN=2";
    std::vector<char*> environment = {children.data(), nullptr};
    BOOST_REQUIRE_EQUAL(::posix_spawn(&pid_, words[0].c_str(), nullptr, nullptr, arguments.data(),
                                      environment.data()),
                        0);
    BOOST_REQUIRE(Eventually([&] { return std::filesystem::exists(path); }));
  }
  Php(const Php&) = delete;
  Php& operator=(const Php&) = delete;
  ~Php() {
    Kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

/// A site of scripts and files.
class Site {
 public:
  explicit Site(const std::string& more = "") {
    Write("index.php",
          "<?php echo 'index ', $_SERVER['SCRIPT_NAME'], ' ', $_SERVER['QUERY_STRING'];");
    Write("echo.php",
          "<?php header('X-Method: ' . $_SERVER['REQUEST_METHOD']);"
          "echo $_SERVER['PATH_INFO'] ?? '-', '|', $_SERVER['REQUEST_URI'], '|',"
          "$_SERVER['REMOTE_ADDR'], '|', file_get_contents('php://input');");
    Write("fail.php", "<?php http_response_code(418); error_log('spilt'); echo 'tea';");
    Write("large.php", "<?php echo str_repeat('x', 5000000);");
    Write("style.css", "body {}");
    Write("admin/index.php", "<?php echo 'admin';");
    Write("plain/index.html", "plain");
    Write("empty/note", "note");
    Write(".secret.php", "<?php echo 'secret';");
    Write(
        "claim.php",
        "<?php echo $_SERVER['HTTP_X_FORWARDED_FOR'] ?? 'none', $_SERVER['HTTP_PROXY'] ?? 'none';");
    Write("busy.php",
          "<?php header('Content-Length: 2'); echo 'ok'; @ob_flush(); flush(); sleep(30);");
    Write("upload.jpg", "<?php echo 'evil';");
    Write("SOURCE.PHP", "<?php echo 'source';");
    server.Start(Config().Workers(1).Route(
        "/", FastCgi("unix:" + server.Path("php.sock"),
                     "root: \"${DIR}/www\"" + (more.empty() ? "" : ", " + more))));
  }
  Answer Get(const std::string& target) const { return GetOnce(server.Port(), target); }

  Server server;

 private:
  void Write(const std::string& name, const std::string& text) const {
    server.Write("www/" + name, text);
  }
  Php php_{server.Path("php.sock")};
};

/// A record of an answer.
std::string Record(int type, const std::string& content) {
  std::string bytes = {1,
                       static_cast<char>(type),
                       0,
                       1,
                       static_cast<char>(content.size() >> 8),
                       static_cast<char>(content.size()),
                       0,
                       0};
  return bytes + content;
}
const std::string kEnd = Record(3, std::string(8, '\0'));

}  // namespace

BOOST_AUTO_TEST_SUITE(fastcgi)

BOOST_AUTO_TEST_CASE(scripts_are_run_and_files_are_served) {
  const Site site;
  BOOST_TEST(site.Get("/index.php?a=b").body == "index /index.php a=b");
  BOOST_TEST(site.Get("/").body == "index /index.php ");
  BOOST_TEST(site.Get("/admin/").body == "admin");
  BOOST_TEST(site.Get("/style.css").body == "body {}");
  BOOST_TEST(site.Get("/style.css")["Content-Type"] == "text/css; charset=utf-8");
  BOOST_TEST(site.Get("/plain/").body == "plain");
  BOOST_TEST(site.Get("/admin")["Location"] == "/admin/");
  BOOST_TEST(site.Get("/none").status == 404);
  BOOST_TEST(site.Get("/empty/").status == 403);
}

BOOST_AUTO_TEST_CASE(a_script_sees_its_request) {
  const Site site;
  Client client(site.server.Port());
  const Answer answer = client.Ask(PostText("/echo.php/a/b?c", "body"));
  BOOST_TEST(answer.body == "/a/b|/echo.php/a/b?c|127.0.0.1|body");
  BOOST_TEST(answer["X-Method"] == "POST");
  client.Send("HEAD /echo.php HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.Read(true)["X-Method"] == "HEAD");
  BOOST_TEST(client.Get("/claim.php", "X-Forwarded-For: 1.2.3.4\r\nProxy: evil\r\n").body ==
             "nonenone");
  // Nobody waits for what a script does behind its answer.
  BOOST_TEST(client.Get("/busy.php").body == "ok");
  BOOST_TEST((client.Get("/large.php").body == std::string(5'000'000, 'x')));
}

BOOST_AUTO_TEST_CASE(errors_of_scripts_are_passed_on_and_what_they_write_is_logged) {
  const Site site;
  const Answer answer = site.Get("/fail.php");
  BOOST_TEST(answer.status == 418);
  BOOST_TEST(answer.body == "tea");
  site.server.WaitForLog({"a script says", "route=/", "fail.php", "spilt"});
}

/// A script's source is never sent, and nothing is run that is no script.
BOOST_AUTO_TEST_CASE(what_is_a_script_is_for_the_configuration_to_say) {
  const Site site;
  BOOST_TEST(site.Get("/SOURCE.PHP").status == 404);
  BOOST_TEST(site.Get("/.secret.php").status == 404);
  BOOST_TEST(site.Get("/upload.jpg/x.php").status == 404);
  BOOST_TEST(site.Get("/upload.jpg").body == "<?php echo 'evil';");
  BOOST_TEST(site.Get("/admin%2Findex.php").status == 400);
  BOOST_TEST(site.Get("/none.php").status == 404);
  BOOST_TEST(site.Get("/index.php%00.css").status != 200);
  BOOST_TEST(site.Get("/../index.php").status != 200);
}

BOOST_AUTO_TEST_CASE(one_script_may_answer_for_all_that_is_no_file) {
  const Site site("try: [$path, $path/, /index.php]");
  BOOST_TEST(site.Get("/.well-known/openid").body == "index /index.php ");
  BOOST_TEST(site.Get("/.git/config").status == 404);
  BOOST_TEST(site.Get("/articles/1?page=2").body == "index /index.php page=2");
  BOOST_TEST(site.Get("/style.css").body == "body {}");
  BOOST_TEST(site.Get("/admin/").body == "admin");
  BOOST_TEST(site.Get("/admin")["Location"] == "/admin/");
  BOOST_TEST(site.Get("/").body == "index /index.php ");
  BOOST_TEST(site.Get("/upload.jpg/x.php").body == "index /index.php ");
}

BOOST_AUTO_TEST_CASE(methods_are_the_scripts_affair_and_not_the_files) {
  const Site site;
  Client client(site.server.Port());
  BOOST_TEST(client.Ask("PROPFIND /echo.php HTTP/1.1\r\nHost: a\r\n\r\n")["X-Method"] ==
             "PROPFIND");
  BOOST_TEST(client.Ask(PostText("/style.css", "x")).status == 405);
}

BOOST_AUTO_TEST_CASE(a_server_may_answer_everything_and_say_what_went_wrong) {
  ScriptedServer behind;
  Server server;
  server.Start(
      Config().Workers(1).Route("/app", FastCgi(behind.name(), "environment: {MODE: test}")));
  Client client(server.Port());
  client.SendGet("/app/a%20b?c");
  ScriptedServer::Connection asked = behind.Accept();
  std::string request;
  const std::string end = std::string("\1\5\0\1\0\0\0\0", 8);
  while (!request.ends_with(end)) request += asked.ReadBytes(1);
  BOOST_TEST(Contains(request, "SCRIPT_NAME/app"));
  BOOST_TEST(Contains(request, "PATH_INFO/a b"));
  BOOST_TEST(Contains(request, "MODEtest"));
  asked.Send(Record(6, "Content-Type: text/plain\r\n\r\nhel") + Record(7, "something is wrong"));
  asked.Send(Record(6, "lo") + kEnd);
  const Answer answer = client.Read();
  BOOST_TEST(answer.body == "hello");
  server.WaitForLog({"a script says", "route=/app", "something is wrong"});
  BOOST_TEST(asked.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(a_server_may_close_at_any_byte) {
  ScriptedServer behind;
  Server server;
  server.Start(Config().Workers(1).Route("/", FastCgi(behind.name())));
  const std::string sent = Record(6, "Status: 200\r\n\r\nabc") + Record(6, "de") + kEnd;
  for (std::size_t size = 0; size <= sent.size(); ++size) {
    Client client(server.Port());
    client.SendGet("/");
    {
      ScriptedServer::Connection asked = behind.Accept();
      (void)asked.WaitForBytes(kPatience);
      asked.Send(sent.substr(0, size));
      asked.ShutDown();
      (void)asked.WaitForBytes(milliseconds(1));
    }
    try {
      const Answer answer = client.Read();
      const bool is_whole = answer.status == 200 && answer.body == "abcde";
      BOOST_TEST((size == sent.size() ? is_whole : answer.status == 502), size);
    } catch (const std::runtime_error&) {
      BOOST_TEST(size < sent.size());
    }
  }
  BOOST_TEST(server.CountLog("worker crashed") == 0);
}

/// Others are served while a script says nothing but what is for the log.
BOOST_AUTO_TEST_CASE(a_script_that_only_complains_keeps_nobody_from_being_served) {
  ScriptedServer behind;
  Server server;
  server.Start(
      Config().Workers(1).Route("/", FastCgi(behind.name())).Route("/own", Respond("own")));
  Client client(server.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = behind.Accept();
  std::atomic<bool> is_over = false;
  std::thread complaining([&] {
    const std::string complaint = Record(7, std::string(60'000, 'c'));
    while (!is_over) asked.Send(complaint);
  });
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(GetOnce(server.Port(), "/own").body == "own");
    BOOST_TEST((std::chrono::steady_clock::now() - start < seconds(2)));
  }
  is_over = true;
  complaining.join();
  asked.Send(Record(6, "Status: 200\r\n\r\nok") + kEnd);
  BOOST_TEST(client.Read().body == "ok");
}

BOOST_AUTO_TEST_CASE(connections_are_kept_where_that_is_wanted) {
  ScriptedServer behind;
  Server server;
  server.Start(Config().Workers(1).Route("/", FastCgi(behind.name(), "keep: 4")));
  Client client(server.Port());
  client.SendGet("/");
  ScriptedServer::Connection asked = behind.Accept();
  const std::string end = std::string("\1\5\0\1\0\0\0\0", 8);
  for (int i = 0; i < 3; ++i) {
    std::string request;
    while (!request.ends_with(end)) request += asked.ReadBytes(1);
    BOOST_TEST(request[10] == 1);
    asked.Send(Record(6, "Status: 200\r\n\r\nok") + kEnd);
    BOOST_TEST(client.Read().body == "ok");
    client.SendGet("/");
  }
}

BOOST_AUTO_TEST_SUITE_END()
