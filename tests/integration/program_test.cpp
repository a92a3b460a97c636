// Programs (CGI) behind a real server: what they get, and what becomes of what they write.
#include "tests/integration/built.hpp"
#include "tests/integration/program_site.hpp"

using namespace tined::test;

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
  site.Start(Programs("authorization: true, environment: {PATH: /bin, A: 'x y', N: 7}"));
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
  BOOST_TEST(site.Get("/cgi-bin/..%2foutside.sh").status == 404);
  BOOST_TEST(site.Get("/cgi-bin/deep%2fer%2fx.sh").status == 404);
}

BOOST_AUTO_TEST_CASE(path_info_has_the_slashes_that_were_sent) {
  Site site;
  site.Script("x.sh", std::string(kText) + "echo \"$SCRIPT_NAME+$PATH_INFO\"");
  site.Start();
  BOOST_TEST(site.Get("/cgi-bin/x.sh//a//b/").body == "/cgi-bin/x.sh+//a//b/\n");
  BOOST_TEST(site.Get("//cgi-bin//x.sh/a%2Fb%2fc").body == "/cgi-bin/x.sh+/a%2Fb%2fc\n");
  BOOST_TEST(site.Get("/cgi-bin/x.sh/a%20b/../c//d").body == "/cgi-bin/x.sh+/c//d\n");
  BOOST_TEST(site.Get("/cgi-bin/x.sh/..%2F..%2Fetc").body == "/cgi-bin/x.sh+/..%2F..%2Fetc\n");
  BOOST_TEST(site.Get("/cgi-bin/x.sh/..%00").status == 400);
}

BOOST_AUTO_TEST_CASE(what_is_run_is_what_was_found_also_when_a_deploy_swaps_the_root) {
  Site site;
  const std::string text = std::string(kText) + "echo $0 $SCRIPT_FILENAME";
  site.Script("../releases/6/run.sh", text + " six");
  site.Script("../releases/7/run.sh", text + " seven");
  std::filesystem::copy_file("/bin/sh", site.server.Path("releases/7/binary"));
  std::filesystem::create_directory_symlink("releases/6", site.server.Path("current"));
  site.Start(Programs().Route("/run", Program("root: \"${DIR}/current\"")));
  const std::string releases = site.server.Path("releases/");
  const auto told = [&](const std::string& release) {
    return releases + release + "/run.sh " + releases + release + "/run.sh ";
  };
  BOOST_TEST(site.Get("/run/run.sh").body == told("6") + "six\n");
  std::filesystem::create_directory_symlink("releases/7", site.server.Path("next"));
  std::filesystem::rename(site.server.Path("next"), site.server.Path("current"));
  BOOST_TEST(Eventually([&] { return site.Get("/run/run.sh").body == told("7") + "seven\n"; }));
  Client client = site.Connect();
  const std::string script = std::string(kText) + "echo $0";
  client.Send("POST /run/binary HTTP/1.1\r\nHost: a\r\nContent-Length: " +
              std::to_string(script.size()) + "\r\n\r\n" + script);
  BOOST_TEST(client.Read().body == releases + "7/binary\n");
  // The name leads out of the new root: it is not there, and the old one is not run.
  std::filesystem::create_directories(site.server.Path("releases/8"));
  std::filesystem::create_symlink(site.server.Path("releases/6/run.sh"),
                                  site.server.Path("releases/8/run.sh"));
  std::filesystem::create_directory_symlink("releases/8", site.server.Path("next"));
  std::filesystem::rename(site.server.Path("next"), site.server.Path("current"));
  BOOST_TEST(Eventually([&] { return site.Get("/run/run.sh").status == 404; }));
  std::filesystem::remove(site.server.Path("current"));
  BOOST_TEST(Eventually([&] { return site.Get("/run/run.sh").status == 503; }));
}

BOOST_AUTO_TEST_CASE(head_of_a_program_with_much_output_is_no_failure) {
  Site site;
  // One that ignores SIGPIPE takes a closed output for an error of its own.
  site.Script("much.sh", "trap '' PIPE\n" + std::string(kText) +
                             "head -c 3000000 /dev/zero || { echo failed >&2; exit 3; }\n"
                             "echo > $DIR/ended\n");
  site.Script("endless.sh", "trap '' PIPE\n" + std::string(kText) +
                                "while echo yyyyyyyyyyyyyyyy; do :; done 2>/dev/null\n"
                                "echo > $DIR/cut; exit 3\n");
  site.Start();
  Client client = site.Connect();
  client.Send("HEAD /cgi-bin/much.sh HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.Read(/*is_head=*/true).status == 200);
  site.WaitForFile("ended");
  client.Send("HEAD /cgi-bin/endless.sh HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.Read(/*is_head=*/true).status == 200);
  site.WaitForFile("cut");
  site.ExpectNoPrograms();
  BOOST_TEST(site.server.CountLog("ended badly") == 0);
  BOOST_TEST(site.server.CountLog("program says") == 0);
}

BOOST_AUTO_TEST_CASE(one_program_for_all_paths) {
  Site site;
  site.Script("one.sh", std::string(kText) + "echo $SCRIPT_NAME+$PATH_INFO");
  site.Start(Programs().Route("/one", Program("file: \"${DIR}/cgi/one.sh\"")));
  BOOST_TEST(site.Get("/one/a/b%20c").body == "/one+/a/b c\n");
  BOOST_TEST(site.Get("/one").body == "/one+\n");
}

BOOST_AUTO_TEST_CASE(bodies_of_any_size_go_in_and_out) {
  Site site;
  site.Script("cat.sh", std::string(kText) + "exec cat");
  site.Script("deaf.sh", std::string(kText) + "echo done");
  site.Start(Programs().Set("limits", "{body: 16MiB}"));
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
  BOOST_TEST(client.Read().body == "abcde");
}

BOOST_AUTO_TEST_CASE(a_route_has_a_body_limit_of_its_own) {
  Site site;
  site.Script("cat.sh", std::string(kText) + "wc -c");
  site.Start(Programs()
                 .Set("limits", "{body: 10}")
                 .Route("/big", Program("file: \"${DIR}/cgi/cat.sh\""), "limits: {body: 1MiB}"));
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
  Answer answer = client.Read();
  BOOST_TEST(answer.status == 418);
  BOOST_TEST(answer["X-A"] == "1");
  BOOST_TEST(answer["Server"] == "tined");
  BOOST_TEST(!answer.Has("Connection"));
  BOOST_TEST(answer.body == "hello");
  client.SendGet("/cgi-bin/none.sh");
  BOOST_TEST(client.Read().status == 204);
  client.Send("HEAD /cgi-bin/text.sh HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.ReadHeader()["Content-Type"] == "text/plain");
  client.SendGet("/cgi-bin/text.sh");
  BOOST_TEST(client.Read().body == "text\n");
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
  BOOST_TEST(client.Read().body == "pong");
  client.SendGet("/cgi-bin/to.sh?/cgi-bin/show.sh/x%20y?a=b");
  BOOST_TEST(client.Read().body == "GET+a=b+/x y\n");
  client.SendGet("/cgi-bin/to.sh?/nope");
  BOOST_TEST(client.Read().status == 404);
  client.Send(
      "POST /cgi-bin/to.sh?/cgi-bin/show.sh HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n"
      "bodyHEAD /cgi-bin/to.sh?/ping HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(client.Read().body == "GET++\n");
  BOOST_TEST(client.Read(/*is_head=*/true)["Content-Length"] == "4");
  // Three in a row are fine; one that comes back to itself is not.
  client.SendGet("/cgi-bin/to.sh?/cgi-bin/to.sh?/cgi-bin/to.sh?/ping");
  BOOST_TEST(client.Read().body == "pong");
  site.Script("circle.sh", "echo 'Location: /cgi-bin/circle.sh'; echo");
  client.SendGet("/cgi-bin/circle.sh");
  BOOST_TEST(client.Read().status == 502);
  site.server.WaitForLog({"redirects to what cannot be answered", "route=/cgi-bin/",
                          "cgi/circle.sh", "pid=", "target=/cgi-bin/circle.sh"});
  BOOST_TEST(site.Get("/cgi-bin/to.sh?/../..").status == 502);
  site.server.WaitForLog({"program gave no answer", "route=/cgi-bin/", "cgi/to.sh",
                          "pid=", "Location is a path that cannot be asked for: /../.."});
  // A reference that is no path of this server is the client's to resolve (RFC 3986, 4.1).
  site.Script("refer.sh", "read reference; echo \"Location: $reference\"; echo");
  for (const auto& [written, sent] : std::initializer_list<std::pair<std::string, std::string>>{
           {"x.html", "x.html"},
           {"?q=1", "?q=1"},
           {"/ok#part", "/ok#part"},
           {"../a b/\xc3\xa4", "../a%20b/%C3%A4"},
           {"//other.example/x", "//other.example/x"}}) {
    const Answer referred = site.Post("/cgi-bin/refer.sh", written + "\n");
    BOOST_TEST(referred.status == 302, written);
    BOOST_TEST(referred["Location"] == sent);
  }
  site.Script("a b", std::string(kText) + "echo spaced");
  BOOST_TEST(site.Post("/cgi-bin/refer.sh", "/cgi-bin/a b\n").body == "spaced\n");
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

BOOST_AUTO_TEST_CASE(what_cannot_be_run_is_refused_before_anything_is_touched) {
  Site site;
  site.server.Write("plain.txt", "");
  for (const char* program : {"file: \"${DIR}/plain.txt\"", "file: \"${DIR}\"", "file: /nowhere",
                              "root: /nowhere", "root: \"${DIR}/plain.txt\""}) {
    site.server.Configure("listeners: [{name: web, address: '127.0.0.1:0', routes: [{program: {" +
                          std::string(program) + "}}]}]\n");
    const Finished finished =
        RunProgram({Built("tined"), "--check", "--config", site.server.Path("tined.yaml")});
    BOOST_TEST(finished.status == 2, program);
    BOOST_TEST(Contains(finished.errors, ":2:"));
    BOOST_TEST(Contains(finished.errors, " cannot be "));
  }
}

BOOST_AUTO_TEST_SUITE_END()
