// How programs (CGI) end, and that none of them is left behind, whatever ends them.
#include <signal.h>

#include <iterator>

#include "tests/integration/ability.hpp"
#include "tests/integration/program_site.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

BOOST_AUTO_TEST_SUITE(program_end)

BOOST_AUTO_TEST_CASE(an_answer_that_breaks_off_with_its_worker_is_counted_as_lost, *NeedsRescue()) {
  Site site;
  site.Script("endless.sh", std::string(kText) + "echo part; exec sleep 60");
  site.Script("whole.sh", std::string(kText) + "echo whole");
  site.Start();
  Client idle = site.Connect();
  idle.SendGet("/cgi-bin/whole.sh");
  BOOST_TEST(idle.Read().body == "whole\n");
  Client waiting = site.Connect();
  waiting.SendGet("/cgi-bin/endless.sh");
  BOOST_TEST(waiting.ReadHeader().status == 200);
  BOOST_TEST(waiting.ReadLine() == "5");
  BOOST_TEST(waiting.ReadBytes(7) == "part\n\r\n");
  site.server.KillWorker(0, SIGKILL);
  site.server.WaitForLog({"rescued connections", "taken=1", "lost=1"});
  BOOST_TEST(IsCut(waiting));
  BOOST_TEST(site.server.Status()["rescued"]["lost"] == 1);
  BOOST_TEST(idle.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(so_is_a_body_in_pieces_of_a_modules_and_of_an_executors, *NeedsRescue()) {
  for (const std::string run : {"event", "thread", "process"}) {
    BOOST_TEST_CONTEXT(run) {
      Server server;
      server.Start(Config()
                       .Workers(2)
                       .Route("/ping", Respond("pong"))
                       .Route("/pieces", Module("pieces", "run: " + run)));
      Client idle(server.Port());
      BOOST_TEST(idle.Get("/ping").body == "pong");
      Client client(server.Port());
      client.SendGet("/pieces?size=40000000&declare");
      BOOST_TEST(client.ReadHeader()["Content-Length"] == "40000000");
      BOOST_TEST(client.ReadBytes(1000).size() == 1000U);
      // Whichever has it: both end, one after the other.
      for (const int slot : {0, 1}) {
        const std::size_t from = server.LogSize();
        server.KillWorker(slot, SIGKILL);
        server.WaitForLog({"worker died"}, from);
        BOOST_TEST(Eventually([&] { return server.WorkerPids().size() == 2; }));
      }
      // With a length that it has not, or a chunk that is not the last.
      BOOST_CHECK_THROW(client.ReadBytes(39'999'000), std::runtime_error);
      BOOST_TEST(Eventually([&] { return server.Status()["rescued"]["lost"] == 1; }));
      BOOST_TEST(server.CountLog("lost=1") == 1);
      BOOST_TEST(idle.Get("/ping").body == "pong");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_program_that_crashes_in_its_answer_cuts_the_connection) {
  Site site;
  site.Script("crash.sh", std::string(kText) + "echo part; kill -SEGV $$");
  site.Script("short.sh", "printf 'Status: 200\\nContent-Length: 100\\n\\nshort'");
  site.Script("bad.sh", std::string(kText) + "echo whole; exit 5");
  site.Start();
  for (const char* name : {"crash.sh", "short.sh"}) {
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

BOOST_AUTO_TEST_CASE(a_message_ends_at_its_content_length_whoever_holds_the_output) {
  Site site;
  const std::string hold = "sleep 600 & echo $! > $DIR/child\n";
  site.Script("child.sh", hold + "printf 'Status: 200\\nContent-Length: 2\\n\\nhi'");
  site.Script("stay.sh", "printf 'Status: 200\\nContent-Length: 2\\n\\nhi'; exec sleep 600");
  site.Script("none.sh", hold + "printf 'Status: 200\\nContent-Length: 0\\n\\n'");
  site.Script("long.sh", "printf 'Status: 200\\nContent-Length: 2\\n\\nhi and more'");
  site.Script(
      "pieces.sh",
      hold +
          "printf 'Status: 200\\nContent-Length: 2\\n\\nh'; sleep 0.1; printf i; sleep 0.1; "
          "printf '%0100000d' 0");
  site.Script("empty.sh", hold + "printf 'Status: 204\\n\\n'");
  site.Start(Programs("timeout: 30s"));
  for (const char* name : {"child.sh", "stay.sh", "none.sh", "long.sh", "pieces.sh", "empty.sh"}) {
    BOOST_TEST_CONTEXT(name) {
      std::filesystem::remove(site.server.Path("child"));
      Client client = site.Connect();
      const std::string target = "/cgi-bin/" + std::string(name);
      client.Send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\nHEAD " + target +
                  " HTTP/1.1\r\nHost: a\r\n\r\nGET /ping HTTP/1.1\r\nHost: a\r\n\r\n");
      const bool has_body = name != std::string("none.sh") && name != std::string("empty.sh");
      BOOST_TEST(client.Read().body == (has_body ? "hi" : ""));
      BOOST_TEST(client.ReadHeader().status >= 200);
      BOOST_TEST(client.Read().body == "pong");
    }
  }
  // What they have left running ends with them.
  BOOST_TEST(Eventually([&] { return !IsRunning(site.PidIn("child")); }));
}

BOOST_AUTO_TEST_CASE(without_a_length_a_silent_child_of_a_program_that_has_ended_ends_the_body) {
  Site site;
  site.Script("child.sh", "sleep 600 & echo $! > $DIR/child\n" + std::string(kText) + "echo said");
  site.Start(Programs("timeout: 1s"));
  Client client = site.Connect();
  client.SendGet("/cgi-bin/child.sh");
  BOOST_TEST(client.Read().body == "said\n");
  BOOST_TEST(client.Get("/ping").body == "pong");
  site.server.WaitForLog({"holds its output open", "child.sh"});
  BOOST_TEST(Eventually([&] { return !IsRunning(site.PidIn("child")); }));
}

BOOST_AUTO_TEST_CASE(a_silent_program_is_ended_with_all_that_it_started) {
  Site site;
  site.Script("hang.sh", kHang);
  site.Start(Programs("timeout: 2s"));
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
  site.Start(Programs("timeout: 2s"));
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
  site.Start(Programs("timeout: 2s"));
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

BOOST_AUTO_TEST_CASE(there_are_never_more_than_may_be) {
  Site site;
  site.Script("hang.sh", "echo $$ > $DIR/pid.$QUERY_STRING; exec sleep 600");
  site.Script("text.sh", kText);
  site.Start(Limited("count: 2"));
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
  site.Start(Programs("limits: {memory: 1GiB, cpu: 1s, open_files: 99}"));
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
  site.Start(Programs("timeout: 4s"));
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

BOOST_AUTO_TEST_CASE(a_killed_worker_takes_its_programs_along_and_a_sibling_answers,
                     *NeedsRescue()) {
  Site site;
  site.Script("once.sh", "if mkdir $DIR/first; then\n" + kHang + "fi\n" + kText + "echo whole");
  site.Script("write.sh", "rm -f $DIR/pid $DIR/child\n" + kHang);
  site.Start(Programs().Workers(2, "restart: {backoff: 10ms, limit: 1000}"));
  const auto kill_worker_of = [](pid_t program) {
    const pid_t worker = ProcessOf(program).parent;
    BOOST_REQUIRE(worker > 1);  // 0: the program is gone.
    BOOST_TEST(Kill(worker, SIGKILL) == 0);
  };
  Client client = site.Connect();
  client.SendGet("/cgi-bin/once.sh");
  const pid_t pid = site.PidIn("pid");
  const pid_t child = site.PidIn("child");
  kill_worker_of(pid);
  const Answer answer = client.Read();
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "whole\n");
  BOOST_TEST(Eventually([&] { return !IsRunning(pid) && !IsRunning(child); }));
  // What may have changed something is not run again.
  std::filesystem::remove(site.server.Path("pid"));
  client.Send("POST /cgi-bin/write.sh HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
  const pid_t writer = site.PidIn("pid");
  const pid_t second_child = site.PidIn("child");
  kill_worker_of(writer);
  BOOST_TEST(client.Read().status == 502);
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
  BOOST_TEST(client.Read().body == "old\n");
  // The connection goes on, in a worker of the new generation.
  client.SendGet("/ping");
  BOOST_TEST(client.Read().body == "pong");
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

BOOST_AUTO_TEST_SUITE_END()
