// Programs (CGI) behind a real server: what they get, what becomes of what they write, and that
// none of them is left behind, whatever ends them.
#include <signal.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tests/integration/client.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

struct Stat {
  char state = 'X';  ///< X: there is no such process
  pid_t parent = 0;
};

Stat StatOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  Stat stat;
  if (line.empty()) return stat;
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  fields >> stat.state >> stat.parent;
  return stat;
}

bool IsRunning(pid_t pid) {
  const char state = StatOf(pid).state;
  return state != 'X' && state != 'Z';
}

/// Zombies among them.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid > 0 && StatOf(pid).parent == parent) children.push_back(pid);
  }
  return children;
}

/// An answer whose body may be chunked.
Answer ReadAnswer(Client& client) {
  Answer answer = client.ReadHeader();
  if (answer.status == 0 || answer.status == 204 || answer.status == 304) return answer;
  if (answer.Has("Content-Length")) {
    answer.body = client.ReadBytes(std::stoul(answer["Content-Length"]));
    return answer;
  }
  BOOST_TEST(answer["Transfer-Encoding"] == "chunked");
  for (;;) {
    const std::size_t size = std::stoul(client.ReadLine(), nullptr, 16);
    answer.body += client.ReadBytes(size);
    BOOST_TEST(client.ReadLine() == "");
    if (size == 0) return answer;
  }
}

struct Settings {
  std::string program = {};  ///< further keys of /cgi-bin/'s `program`
  std::string top = "workers: {count: 1}\n";
  std::string routes = {};  ///< further ones
};

/// A server with programs written by the test: /cgi-bin/ is the directory `cgi`.
struct Site {
  /// A script of the shell, which knows the server's directory as $DIR.
  void Script(const std::string& name, const std::string& text) const {
    Program(name, "#!/bin/sh\n" + text);
  }
  void Program(const std::string& name, const std::string& contents) const {
    server.Write("cgi/" + name, contents);
    std::filesystem::permissions(server.Path("cgi/" + name), std::filesystem::perms(0755));
  }

  static std::string Yaml(const Settings& settings) {
    return settings.top +
           "listeners:\n  - name: web\n    address: 127.0.0.1:0\n    routes:\n"
           "      - {path: /ping, respond: {body: pong}}\n"
           "      - {path: /cgi-bin/, program: {root: \"${DIR}/cgi\", " +
           (settings.program.find("environment") == std::string::npos
                ? "environment: {DIR: \"${DIR}\"}, "
                : "") +
           settings.program + "}}\n" + settings.routes;
  }
  void Start(const Settings& settings = {}) {
    std::filesystem::create_directories(server.Path("cgi"));
    server.Start(Yaml(settings));
  }

  [[nodiscard]] Client Connect() const { return Client(server.Port()); }
  [[nodiscard]] Answer Get(const std::string& target, const std::string& lines = {}) const {
    Client client = Connect();
    client.SendGet(target, lines);
    return ReadAnswer(client);
  }
  [[nodiscard]] Answer Post(const std::string& target, const std::string& body,
                            const std::string& lines = {}) const {
    Client client = Connect();
    client.Send("POST " + target + " HTTP/1.1\r\nHost: test\r\n" + lines +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return ReadAnswer(client);
  }
  /// The number that a script has written into a file, once it has.
  [[nodiscard]] pid_t PidIn(const std::string& name) const {
    pid_t pid = 0;
    BOOST_TEST(Eventually([&] {
      std::ifstream file(server.Path(name));
      std::string line;
      // Whole lines only: it may be being written.
      if (!std::getline(file, line) || file.eof()) return false;
      pid = std::stoi(line);
      return true;
    }));
    return pid;
  }
  void WaitForFile(const std::string& name) const {
    BOOST_TEST(Eventually([&] { return std::filesystem::exists(server.Path(name)); }));
  }
  void ExpectNoPrograms() const {
    BOOST_TEST(Eventually([&] {
      const std::vector<pid_t> workers = server.WorkerPids();
      return std::all_of(workers.begin(), workers.end(),
                         [](pid_t worker) { return ChildrenOf(worker).empty(); });
    }));
  }

  Server server;
};

boost::test_tools::assertion_result Contains(const std::string& text, const std::string& part) {
  boost::test_tools::assertion_result result(text.find(part) != std::string::npos);
  result.message() << "`" << part << "` is not in: " << text;
  return result;
}

/// Reads until the connection ends, and says whether all chunks came.
bool IsCut(Client& client, seconds patience = kPatience) {
  std::string rest;
  for (;;) {
    switch (client.WaitForEnd(patience)) {
      case Client::End::more_bytes:
        rest += client.ReadBytes(1);
        continue;
      case Client::End::deadline:
        BOOST_ERROR("the connection did not end");
        return false;
      default:
        return !rest.ends_with("0\r\n\r\n");
    }
  }
}

constexpr const char* kText = "echo 'Content-Type: text/plain'; echo\n";
/// Starts one more process, and waits with it.
const std::string kHang = "sleep 600 & echo $! > $DIR/child; echo $$ > $DIR/pid; wait\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(a_program_is_told_of_its_request) {
  Site site;
  site.Script("env.sh", std::string(kText) + "pwd; env | sort; cat");
  site.Start();
  const Answer answer = site.Post("/cgi-bin/env.sh/more%20path?a=b%20c", "the body",
                                  "Content-Type: text/x\r\nX-One: 1\r\nProxy: evil\r\n"
                                  "Authorization: Basic eDp5\r\nX_One: 2\r\n");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer["Content-Type"] == "text/plain");
  const std::string port = std::to_string(site.server.Port());
  for (const std::string line :
       {"CONTENT_LENGTH=8", "CONTENT_TYPE=text/x", "GATEWAY_INTERFACE=CGI/1.1", "HTTP_X_ONE=1",
        "PATH_INFO=/more path", "QUERY_STRING=a=b%20c", "REMOTE_ADDR=127.0.0.1",
        "REQUEST_METHOD=POST", "SCRIPT_NAME=/cgi-bin/env.sh", "SERVER_NAME=test",
        "SERVER_PROTOCOL=HTTP/1.1", "REQUEST_URI=/cgi-bin/env.sh/more%20path?a=b%20c"}) {
    BOOST_TEST(Contains(answer.body, "\n" + line + "\n"));
  }
  BOOST_TEST(Contains(answer.body, "\nSERVER_PORT=" + port + "\n"));
  BOOST_TEST(answer.body.starts_with(site.server.Path("cgi") + "\n"));
  BOOST_TEST(answer.body.ends_with("the body"));
  for (const std::string name : {"HTTP_PROXY", "HTTP_AUTHORIZATION", "USER=", "HOME="}) {
    BOOST_TEST(!Contains(answer.body, name));
  }
}

BOOST_AUTO_TEST_CASE(its_environment_is_the_operators) {
  Site site;
  site.Script("env.sh", std::string(kText) + "env");
  site.Start({.program = "authorization: true, environment: {PATH: /bin, A: 'x y', N: 7}"});
  const Answer answer = site.Get("/cgi-bin/env.sh", "Authorization: Basic eDp5\r\n");
  for (const std::string line :
       {"PATH=/bin\n", "A=x y\n", "N=7\n", "HTTP_AUTHORIZATION=Basic eDp5\n"}) {
    BOOST_TEST(Contains(answer.body, line));
  }
}

BOOST_AUTO_TEST_CASE(what_a_path_means) {
  Site site;
  site.Script("deep/er/x.sh", std::string(kText) + "echo $SCRIPT_NAME+$PATH_INFO; pwd");
  site.Script(".hidden.sh", kText);
  site.Script("../outside.sh", kText);
  site.server.Write("cgi/plain.txt", "no program");
  std::filesystem::create_symlink(site.server.Path("outside.sh"), site.server.Path("cgi/link.sh"));
  site.Start();
  BOOST_TEST(site.Get("/cgi-bin/deep/er/x.sh/a/b").body ==
             "/cgi-bin/deep/er/x.sh+/a/b\n" + site.server.Path("cgi/deep/er") + "\n");
  BOOST_TEST(site.Get("/cgi-bin/deep/er/x.sh").status == 200);
  for (const char* absent :
       {"", "/", "/nope", "/deep", "/deep/er/", "/.hidden.sh", "/link.sh", "/deep/x.sh"}) {
    BOOST_TEST(site.Get("/cgi-bin" + std::string(absent)).status == 404, absent);
  }
  BOOST_TEST(site.Get("/cgi-bin/plain.txt").status == 403);
  BOOST_TEST(site.Get("/cgi-bin/../outside.sh").status == 404);
  BOOST_TEST(site.Get("/cgi-bin/..%2foutside.sh").status == 400);
}

BOOST_AUTO_TEST_CASE(one_program_for_all_paths) {
  Site site;
  site.Script("one.sh", std::string(kText) + "echo $SCRIPT_NAME+$PATH_INFO");
  site.Start({.routes = "      - {path: /one, program: {file: \"${DIR}/cgi/one.sh\"}}\n"});
  BOOST_TEST(site.Get("/one/a/b%20c").body == "/one+/a/b c\n");
  BOOST_TEST(site.Get("/one").body == "/one+\n");
}

BOOST_AUTO_TEST_CASE(bodies_of_any_size_go_in_and_out) {
  Site site;
  site.Script("cat.sh", std::string(kText) + "exec cat");
  site.Script("deaf.sh", std::string(kText) + "echo done");
  site.Start({.top = "workers: {count: 1}\nlimits: {body: 16MiB}\n"});
  for (const std::size_t size : {std::size_t{1}, std::size_t{65536}, std::size_t{9'000'000}}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>(i * i % 251);
    BOOST_TEST((site.Post("/cgi-bin/cat.sh", body).body == body));
    BOOST_TEST(site.Post("/cgi-bin/deaf.sh", body).body == "done\n");
  }
  Client client = site.Connect();
  client.Send(
      "POST /cgi-bin/cat.sh HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  BOOST_TEST(ReadAnswer(client).body == "abcde");
}

BOOST_AUTO_TEST_CASE(a_route_has_a_body_limit_of_its_own) {
  Site site;
  site.Script("cat.sh", std::string(kText) + "wc -c");
  site.Start({.top = "workers: {count: 1}\nlimits: {body: 10}\n",
              .routes = "      - {path: /big, limits: {body: 1MiB}, program: {file: "
                        "\"${DIR}/cgi/cat.sh\"}}\n"});
  const std::string body(100'000, 'x');
  BOOST_TEST(site.Post("/big", body).body == "100000\n");
  BOOST_TEST(site.Post("/cgi-bin/cat.sh", body).status == 413);
  BOOST_TEST(site.Post("/cgi-bin/cat.sh", "0123456789").body == "10\n");
}

BOOST_AUTO_TEST_CASE(status_fields_and_connections_go_on) {
  Site site;
  site.Script("status.sh",
              "printf 'Status: 418 Short\\r\\nX-A: 1\\r\\nContent-Length: 5\\r\\n"
              "Connection: close\\r\\nServer: me\\r\\n\\r\\nhello'");
  site.Script("none.sh", "echo 'Status: 204 Nothing'; echo");
  site.Script("text.sh", std::string(kText) + "echo text");
  site.Start();
  Client client = site.Connect();
  client.SendGet("/cgi-bin/status.sh");
  Answer answer = ReadAnswer(client);
  BOOST_TEST(answer.status == 418);
  BOOST_TEST(answer["X-A"] == "1");
  BOOST_TEST(answer["Server"] == "tined");
  BOOST_TEST(!answer.Has("Connection"));
  BOOST_TEST(answer.body == "hello");
  client.SendGet("/cgi-bin/none.sh");
  BOOST_TEST(ReadAnswer(client).status == 204);
  client.Send("HEAD /cgi-bin/text.sh HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.ReadHeader()["Content-Type"] == "text/plain");
  client.SendGet("/cgi-bin/text.sh");
  BOOST_TEST(ReadAnswer(client).body == "text\n");
  site.ExpectNoPrograms();
}

BOOST_AUTO_TEST_CASE(an_old_client_gets_a_body_that_ends_with_the_connection) {
  Site site;
  site.Script("text.sh", std::string(kText) + "echo $SERVER_PROTOCOL");
  site.Start();
  Client client = site.Connect();
  client.Send("GET /cgi-bin/text.sh HTTP/1.0\r\n\r\n");
  const Answer answer = client.ReadHeader();
  BOOST_TEST(!answer.Has("Transfer-Encoding"));
  BOOST_TEST(client.ReadBytes(9) == "HTTP/1.0\n");
  BOOST_TEST(client.WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(what_is_no_header_is_a_502_with_a_line_that_says_why) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"echo hello; echo", "line 1: it has no colon"},
      {"printf 'HTTP/1.1 200 OK\\n\\n'", "(nph, non-parsed headers) are not supported"},
      {"printf 'Content-Type: a/b\\nTransfer-Encoding: chunked\\n\\n'",
       "line 2: Transfer-Encoding"},
      {"printf 'Status: 200\\nA: b\\rSet-Cookie: c\\n\\n'", "line 2: its value has control"},
      {"printf 'Content-Type: a/b\\n'", "it ended (exit 0) before its header was complete"},
      {"exit 3", "it ended (exit 3) before its header was complete, after 0 bytes"},
      {"kill -SEGV $$", "it ended (SIGSEGV) before its header was complete"},
      {"exec >&-; exit 4", "it ended (exit 4) before its header"},
      {"yes 'A: b'", "its header is longer than 32768 bytes"},
  };
  Site site;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    site.Script(std::to_string(i) + ".sh", faults[i].first);
  }
  site.Start();
  for (std::size_t i = 0; i < faults.size(); ++i) {
    BOOST_TEST_CONTEXT(faults[i].first) {
      const std::string name = std::to_string(i) + ".sh";
      const std::size_t from = site.server.LogSize();
      BOOST_TEST(site.Get("/cgi-bin/" + name).status == 502);
      site.server.WaitForLog({"program gave no answer", "route=/cgi-bin/", name, faults[i].second},
                             from);
    }
  }
  site.ExpectNoPrograms();
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started) {
  Site site;
  site.Program("lost.sh", "#!/nowhere/interpreter\n");
  site.Program("odd.sh", "neither nor\n");
  site.Start();
  BOOST_TEST(site.Get("/cgi-bin/lost.sh").status == 500);
  site.server.WaitForLog({"program cannot be started", "lost.sh", "ENOENT", "interpreter"});
  BOOST_TEST(site.Get("/cgi-bin/odd.sh").status == 500);
  site.server.WaitForLog({"program cannot be started", "odd.sh", "ENOEXEC", "#!"});
  site.ExpectNoPrograms();
}

BOOST_AUTO_TEST_CASE(redirects) {
  Site site;
  site.Script("away.sh", "echo 'Location: https://a.example/b'; echo");
  site.Script("to.sh", "echo \"Location: $QUERY_STRING\"; echo");
  site.Script("see.sh", "echo 'Status: 303 See Other'; echo 'Location: /ping'; echo");
  site.Script("show.sh", std::string(kText) + "echo $REQUEST_METHOD+$QUERY_STRING+$PATH_INFO; cat");
  site.Start();
  const Answer away = site.Get("/cgi-bin/away.sh");
  BOOST_TEST(away.status == 302);
  BOOST_TEST(away["Location"] == "https://a.example/b");
  BOOST_TEST(site.Get("/cgi-bin/see.sh").status == 303);
  Client client = site.Connect();
  client.SendGet("/cgi-bin/to.sh?/ping");
  BOOST_TEST(ReadAnswer(client).body == "pong");
  client.SendGet("/cgi-bin/to.sh?/cgi-bin/show.sh/x%20y?a=b");
  BOOST_TEST(ReadAnswer(client).body == "GET+a=b+/x y\n");
  client.SendGet("/cgi-bin/to.sh?/nope");
  BOOST_TEST(ReadAnswer(client).status == 404);
  client.Send(
      "POST /cgi-bin/to.sh?/cgi-bin/show.sh HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
      "bodyHEAD /cgi-bin/to.sh?/ping HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(ReadAnswer(client).body == "GET++\n");
  BOOST_TEST(client.Read(/*is_head=*/true)["Content-Length"] == "4");
  // Three in a row are fine; one that comes back to itself is not.
  client.SendGet("/cgi-bin/to.sh?/cgi-bin/to.sh?/cgi-bin/to.sh?/ping");
  BOOST_TEST(ReadAnswer(client).body == "pong");
  site.Script("circle.sh", "echo 'Location: /cgi-bin/circle.sh'; echo");
  client.SendGet("/cgi-bin/circle.sh");
  BOOST_TEST(ReadAnswer(client).status == 502);
  site.server.WaitForLog({"redirects to what cannot be answered", "target=/cgi-bin/circle.sh"});
  BOOST_TEST(site.Get("/cgi-bin/to.sh?/../..").status == 502);
}

BOOST_AUTO_TEST_CASE(output_is_passed_on_as_it_comes) {
  Site site;
  site.Script("slow.sh",
              std::string(kText) + "echo one; mkfifo $DIR/go; read x < $DIR/go; echo $x");
  site.Start();
  Client client = site.Connect();
  client.SendGet("/cgi-bin/slow.sh");
  BOOST_TEST(client.ReadHeader().status == 200);
  BOOST_TEST(client.ReadLine() == "4");
  BOOST_TEST(client.ReadBytes(6) == "one\n\r\n");
  site.WaitForFile("go");
  std::ofstream(site.server.Path("go")) << "two\n";
  BOOST_TEST(client.ReadLine() == "4");
  BOOST_TEST(client.ReadBytes(6) == "two\n\r\n");
  BOOST_TEST(client.ReadBytes(5) == "0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_slow_client_holds_the_program_back_and_gets_every_byte) {
  constexpr seconds kTimeout{2};
  Site site;
  site.Script("much.sh",
              std::string(kText) + "echo $$ > $DIR/pid; exec head -c 30000000 /dev/zero");
  site.Start({.program = "timeout: 2s"});
  Client client = site.Connect();
  client.SendGet("/cgi-bin/much.sh");
  BOOST_TEST(client.ReadHeader().status == 200);
  // It is the client who is slow: the program's time-out does not count.
  const pid_t pid = site.PidIn("pid");
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(Eventually(
      [&] { return std::chrono::steady_clock::now() - start > kTimeout + milliseconds(500); }));
  BOOST_TEST(IsRunning(pid));
  std::size_t total = 0;
  for (std::size_t size = 1; size > 0;) {
    size = std::stoul(client.ReadLine(), nullptr, 16);
    total += client.ReadBytes(size).size();
    BOOST_TEST(client.ReadLine() == "");
  }
  BOOST_TEST(total == 30'000'000U);
}

BOOST_AUTO_TEST_CASE(a_program_that_crashes_in_its_answer_cuts_the_connection) {
  Site site;
  site.Script("crash.sh", std::string(kText) + "echo part; kill -SEGV $$");
  site.Script("short.sh", "printf 'Status: 200\\nContent-Length: 100\\n\\nshort'");
  site.Script("long.sh", "printf 'Status: 200\\nContent-Length: 2\\n\\nlonger'");
  site.Script("bad.sh", std::string(kText) + "echo whole; exit 5");
  site.Start();
  for (const char* name : {"crash.sh", "short.sh", "long.sh"}) {
    BOOST_TEST_CONTEXT(name) {
      Client client = site.Connect();
      client.SendGet("/cgi-bin/" + std::string(name));
      BOOST_TEST(client.ReadHeader().status == 200);
      BOOST_TEST(IsCut(client));
    }
  }
  site.server.WaitForLog({"program ended badly", "crash.sh", "cause=SIGSEGV"});
  // What it said is whole, as far as anybody can tell.
  BOOST_TEST(site.Get("/cgi-bin/bad.sh").body == "whole\n");
  site.server.WaitForLog({"program ended badly", "bad.sh", "cause=\"exit 5\""});
  Client old = site.Connect();
  old.Send("GET /cgi-bin/crash.sh HTTP/1.0\r\n\r\n");
  BOOST_TEST(old.ReadHeader().status == 200);
  old.ReadBytes(5);
  BOOST_TEST(old.WaitForEnd() == Client::End::reset);
}

BOOST_AUTO_TEST_CASE(a_silent_program_is_ended_with_all_that_it_started) {
  Site site;
  site.Script("hang.sh", kHang);
  site.Start({.program = "timeout: 2s"});
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(site.Get("/cgi-bin/hang.sh").status == 504);
  BOOST_TEST((std::chrono::steady_clock::now() - start >= seconds(2)));
  site.server.WaitForLog({"program is silent for too long", "hang.sh", "timeout_ms=2000"});
  site.ExpectNoPrograms();
  BOOST_TEST(!IsRunning(site.PidIn("pid")));
  BOOST_TEST(Eventually([&] { return !IsRunning(site.PidIn("child")); }));
}

BOOST_AUTO_TEST_CASE(silence_in_the_middle_cuts_the_connection) {
  Site site;
  site.Script("hang.sh", std::string(kText) + "echo part\n" + kHang);
  site.Start({.program = "timeout: 2s"});
  Client client = site.Connect();
  client.SendGet("/cgi-bin/hang.sh");
  BOOST_TEST(client.ReadHeader().status == 200);
  BOOST_TEST(IsCut(client));
  site.ExpectNoPrograms();
  BOOST_TEST(Eventually([&] { return !IsRunning(site.PidIn("child")); }));
}

BOOST_AUTO_TEST_CASE(a_program_may_clean_up_but_not_refuse_to_go) {
  Site site;
  site.Script("clean.sh", "trap 'touch $DIR/clean; exit' TERM\n" + kHang);
  site.Script("stay.sh", "trap '' TERM\n" + kHang);
  site.Start({.program = "timeout: 2s"});
  BOOST_TEST(site.Get("/cgi-bin/clean.sh").status == 504);
  site.WaitForFile("clean");
  BOOST_TEST(Eventually([&] { return !IsRunning(site.PidIn("pid")); }));
  std::filesystem::remove(site.server.Path("pid"));
  BOOST_TEST(site.Get("/cgi-bin/stay.sh").status == 504);
  const pid_t pid = site.PidIn("pid");
  BOOST_TEST(IsRunning(pid));
  site.ExpectNoPrograms();
  BOOST_TEST(!IsRunning(pid));
}

BOOST_AUTO_TEST_CASE(a_program_ends_when_its_client_leaves) {
  Site site;
  site.Script("before.sh", kHang);
  site.Script("middle.sh", std::string(kText) + "echo part\n" + kHang);
  site.Start();
  for (const char* name : {"before.sh", "middle.sh"}) {
    BOOST_TEST_CONTEXT(name) {
      std::filesystem::remove(site.server.Path("pid"));
      {
        Client client = site.Connect();
        client.SendGet("/cgi-bin/" + std::string(name));
        if (name == std::string("middle.sh")) BOOST_TEST(client.ReadHeader().status == 200);
        BOOST_TEST(IsRunning(site.PidIn("pid")));
      }
      site.ExpectNoPrograms();
      BOOST_TEST(Eventually([&] { return !IsRunning(site.PidIn("child")); }));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_it_says_on_standard_error_is_logged) {
  Site site;
  site.Script("say.sh",
              "echo 'one thing' >&2; echo 'a  tab\\tand \\033[1m' >&2; "
              "head -c 1500 /dev/zero | tr '\\0' y >&2; echo >&2; printf last >&2\n" +
                  std::string(kText));
  site.Script("flood.sh", "seq 1 100000 >&2\n" + std::string(kText) + "echo through");
  site.Start();
  std::size_t from = site.server.LogSize();
  BOOST_TEST(site.Get("/cgi-bin/say.sh").status == 200);
  from = site.server.WaitForLog(
      {"program says", "route=/cgi-bin/", "say.sh", "pid=", "line=\"one thing\""}, from);
  site.server.WaitForLog({"program says", std::string(1024, 'y')}, from);
  site.server.WaitForLog({"program says", "line=" + std::string(476, 'y')}, from);
  site.server.WaitForLog({"program says", "line=last"}, from);
  BOOST_TEST(site.server.Log().find('\033') == std::string::npos);
  BOOST_TEST(site.Get("/cgi-bin/flood.sh").body == "through\n");
  site.server.WaitForLog({"lines of a program's standard error were left out", "flood.sh"});
  BOOST_TEST(site.server.CountLog("flood.sh") < 500);
}

BOOST_AUTO_TEST_CASE(there_are_never_more_than_may_be) {
  Site site;
  site.Script("hang.sh", "echo $$ > $DIR/pid.$QUERY_STRING; exec sleep 600");
  site.Script("text.sh", kText);
  site.Start({.top = "workers: {count: 1}\nbackends: {programs: {count: 2}}\n"});
  {
    std::vector<Client> clients;
    for (const char* name : {"1", "2"}) {
      clients.push_back(site.Connect());
      clients.back().SendGet("/cgi-bin/hang.sh?" + std::string(name));
      BOOST_TEST(IsRunning(site.PidIn("pid." + std::string(name))));
    }
    const Answer refused = site.Get("/cgi-bin/text.sh");
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused["Retry-After"] == "1");
    site.server.WaitForLog({"as many programs are running as may", "count=2"});
    BOOST_TEST(site.Get("/ping").body == "pong");
  }
  BOOST_TEST(Eventually([&] { return site.Get("/cgi-bin/text.sh").status == 200; }));
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  Site site;
  site.Script("limits.sh", std::string(kText) + "ulimit -v; ulimit -t; ulimit -n");
  site.Script("spin.sh", std::string(kText) + "while :; do :; done");
  site.Start({.program = "limits: {memory: 1GiB, cpu: 1s, open_files: 99}"});
  BOOST_TEST(site.Get("/cgi-bin/limits.sh").body == "1048576\n1\n99\n");
  Client client = site.Connect();
  client.SendGet("/cgi-bin/spin.sh");
  BOOST_TEST(client.ReadHeader().status == 200);
  // A second of CPU time can be long on a busy machine.
  BOOST_TEST(IsCut(client, seconds(200)));
  site.server.WaitForLog({"program ended badly", "spin.sh", "cause=SIGXCPU"});
}

BOOST_AUTO_TEST_CASE(one_that_closes_its_output_may_go_on_for_a_while) {
  Site site;
  site.Script("later.sh", std::string(kText) +
                              "echo said; exec >&- 2>&-; echo $$ > $DIR/pid; "
                              "mkfifo $DIR/go; read x < $DIR/go; touch $DIR/done");
  site.Script("never.sh", std::string(kText) +
                              "echo said; exec >&- 2>&-; echo $$ > $DIR/pid2; "
                              "exec sleep 600");
  site.Start({.program = "timeout: 4s"});
  BOOST_TEST(site.Get("/cgi-bin/later.sh").body == "said\n");
  BOOST_TEST(IsRunning(site.PidIn("pid")));
  site.WaitForFile("go");
  std::ofstream(site.server.Path("go")) << "\n";
  site.WaitForFile("done");
  BOOST_TEST(site.Get("/cgi-bin/never.sh").body == "said\n");
  BOOST_TEST(IsRunning(site.PidIn("pid2")));
  site.server.WaitForLog({"program goes on after its answer for too long", "never.sh"});
  site.ExpectNoPrograms();
}

BOOST_AUTO_TEST_CASE(others_of_its_group_may_write_on_and_are_ended_with_the_answer) {
  Site site;
  site.Script("leave.sh", std::string(kText) +
                              "mkfifo $DIR/go; (read x < $DIR/go; echo late) & "
                              "sleep 600 > /dev/null 2>&1 & echo $! > $DIR/child; echo early");
  site.Start();
  Client client = site.Connect();
  client.SendGet("/cgi-bin/leave.sh");
  BOOST_TEST(client.ReadHeader().status == 200);
  BOOST_TEST(client.ReadBytes(11) == "6\r\nearly\n\r\n");
  site.WaitForFile("go");
  const pid_t child = site.PidIn("child");
  BOOST_TEST(IsRunning(child));
  std::ofstream(site.server.Path("go")) << "\n";
  BOOST_TEST(client.ReadBytes(15) == "5\r\nlate\n\r\n0\r\n\r\n");
  BOOST_TEST(Eventually([&] { return !IsRunning(child); }));
  site.ExpectNoPrograms();
}

BOOST_AUTO_TEST_CASE(a_killed_worker_takes_its_programs_along_and_a_sibling_answers) {
  Site site;
  site.Script("once.sh", "if mkdir $DIR/first; then\n" + kHang + "fi\n" + kText + "echo whole");
  site.Script("write.sh", "rm -f $DIR/pid $DIR/child\n" + kHang);
  site.Start({.top = "workers: {count: 2, restart: {backoff: 10ms, limit: 1000}}\n"});
  const auto kill_worker_of = [](pid_t program) {
    const pid_t worker = StatOf(program).parent;
    BOOST_TEST(::kill(worker, SIGKILL) == 0);
  };
  Client client = site.Connect();
  client.SendGet("/cgi-bin/once.sh");
  const pid_t pid = site.PidIn("pid");
  const pid_t child = site.PidIn("child");
  kill_worker_of(pid);
  const Answer answer = ReadAnswer(client);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "whole\n");
  BOOST_TEST(Eventually([&] { return !IsRunning(pid) && !IsRunning(child); }));
  // What may have changed something is not run again.
  std::filesystem::remove(site.server.Path("pid"));
  client.Send("POST /cgi-bin/write.sh HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  const pid_t writer = site.PidIn("pid");
  const pid_t second_child = site.PidIn("child");
  kill_worker_of(writer);
  BOOST_TEST(ReadAnswer(client).status == 502);
  BOOST_TEST(Eventually([&] { return !IsRunning(writer) && !IsRunning(second_child); }));
}

BOOST_AUTO_TEST_CASE(a_reload_waits_for_programs_that_run) {
  Site site;
  site.Script("wait.sh", "mkfifo $DIR/go; touch $DIR/begun; read x < $DIR/go\n" +
                             std::string(kText) + "echo old");
  site.Start();
  Client client = site.Connect();
  client.SendGet("/cgi-bin/wait.sh");
  site.WaitForFile("begun");
  BOOST_TEST(site.server.Reload().status == 0);
  BOOST_TEST(site.Get("/ping").body == "pong");
  std::ofstream(site.server.Path("go")) << "\n";
  BOOST_TEST(ReadAnswer(client).body == "old\n");
  // The connection goes on, in a worker of the new generation.
  client.SendGet("/ping");
  BOOST_TEST(ReadAnswer(client).body == "pong");
  site.server.WaitForLog({"worker has drained", "gen=1"});
}

BOOST_AUTO_TEST_CASE(a_stop_ends_programs_whose_clients_are_gone) {
  Site site;
  site.Script("later.sh",
              "echo $$ > $DIR/pid\n" + std::string(kText) + "exec >&- 2>&-; exec sleep 600");
  site.Start();
  BOOST_TEST(site.Get("/cgi-bin/later.sh").status == 200);
  const pid_t pid = site.PidIn("pid");
  BOOST_TEST(IsRunning(pid));
  BOOST_TEST(site.server.Stop() == 0);
  BOOST_TEST(Eventually([&] { return !IsRunning(pid); }));
}

BOOST_AUTO_TEST_CASE(nothing_is_left_of_many) {
  Site site;
  site.Script("text.sh", std::string(kText) + "echo text; cat");
  site.Script("bad.sh", "exit 1");
  site.Start();
  const auto descriptors = [&] {
    const auto worker = std::to_string(site.server.WorkerPids().at(0));
    return std::distance(std::filesystem::directory_iterator("/proc/" + worker + "/fd"), {});
  };
  BOOST_TEST(site.Get("/cgi-bin/text.sh").status == 200);
  site.ExpectNoPrograms();
  const auto before = descriptors();
  for (int i = 0; i < 60; ++i) {
    BOOST_TEST(site.Post("/cgi-bin/text.sh", "body").body == "text\nbody");
    BOOST_TEST(site.Get("/cgi-bin/bad.sh").status == 502);
    Client(site.server.Port()).SendGet("/cgi-bin/text.sh");
  }
  site.ExpectNoPrograms();
  BOOST_TEST(Eventually([&] { return descriptors() == before; }));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_run_is_refused_before_anything_is_touched) {
  Site site;
  site.server.Write("plain.txt", "");
  for (const char* program : {"file: \"${DIR}/plain.txt\"", "file: \"${DIR}\"", "file: /nowhere",
                              "root: /nowhere", "root: \"${DIR}/plain.txt\""}) {
    site.server.Configure("listeners: [{name: web, address: '127.0.0.1:0', routes: [{program: {" +
                          std::string(program) + "}}]}]\n");
    const Finished finished =
        RunProgram({TINED_BINARY, "--check", "--config", site.server.Path("tined.yaml")});
    BOOST_TEST(finished.status == 2, program);
    BOOST_TEST(Contains(finished.errors, ":2:"));
    BOOST_TEST(Contains(finished.errors, " cannot be "));
  }
}

BOOST_AUTO_TEST_SUITE_END()
