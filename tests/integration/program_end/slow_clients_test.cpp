// Programs (CGI) whose clients take the answer more slowly than it is made.
#include <signal.h>

#include "tests/integration/program_site.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

/// Far more than two sockets hold.
constexpr int kLines = 4'000'000;
const std::string kMuch = std::string(kText) + "echo $$ > $DIR/pid; ";

std::string Lines() {
  std::string lines;
  for (int i = 1; i <= kLines; ++i) lines += std::to_string(i) + '\n';
  return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program_end)

BOOST_AUTO_TEST_CASE(a_program_ends_before_its_slow_client_and_another_takes_its_place) {
  Site site;
  site.Script("much.sh", kMuch + "exec seq " + std::to_string(kLines));
  site.Script("other.sh", std::string(kText) + "echo other");
  site.Start(Limited("count: 1, spool: 64MiB"));
  Client slow = site.Connect();
  slow.SendGet("/cgi-bin/much.sh");
  BOOST_TEST(slow.ReadHeader().status == 200);
  BOOST_TEST(Eventually([&] { return site.Get("/cgi-bin/other.sh").status == 200; }));
  BOOST_TEST(!IsRunning(site.PidIn("pid")));
  BOOST_TEST((slow.ReadChunks() == Lines()));
  BOOST_TEST(slow.Get("/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(what_is_kept_for_a_slow_client_has_limits_and_every_byte_arrives) {
  const std::string lines = Lines();
  for (const char* const limit :
       {"spool: 0", "spool: 64KiB", "spool: 5MiB", "spool_total: 1MiB", "spool_total: 0"}) {
    BOOST_TEST_CONTEXT(limit) {
      Site site;
      site.Script("much.sh", kMuch + "exec seq " + std::to_string(kLines));
      site.Start(Limited(limit));
      Client slow = site.Connect();
      slow.SendGet("/cgi-bin/much.sh");
      BOOST_TEST(slow.ReadHeader().status == 200);
      const pid_t pid = site.PidIn("pid");
      BOOST_TEST(site.Get("/ping").body == "pong");
      BOOST_TEST(IsRunning(pid));
      BOOST_TEST((slow.ReadChunks() == lines));
      BOOST_TEST(Eventually([&] { return !IsRunning(pid); }));
    }
  }
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_kept_the_program_waits_for_its_client) {
  Site site;
  site.server.environment = {"TMPDIR=/nonexistent"};
  site.Script("much.sh", kMuch + "exec seq " + std::to_string(kLines));
  site.Start();
  Client slow = site.Connect();
  slow.SendGet("/cgi-bin/much.sh");
  BOOST_TEST(slow.ReadHeader().status == 200);
  site.server.WaitForLog({"cannot be kept for its slow client", "directory=/nonexistent"});
  BOOST_TEST(IsRunning(site.PidIn("pid")));
  BOOST_TEST((slow.ReadChunks() == Lines()));
}

BOOST_AUTO_TEST_CASE(a_program_that_crashes_before_its_slow_client_knows_cuts_the_connection) {
  Site site;
  site.Script("crash.sh", kMuch + "seq " + std::to_string(kLines) + "; kill -SEGV $$");
  site.Start(Limited("spool: 64MiB"));
  Client slow = site.Connect();
  slow.SendGet("/cgi-bin/crash.sh");
  BOOST_TEST(slow.ReadHeader().status == 200);
  site.server.WaitForLog({"program ended badly", "cause=SIGSEGV"});
  BOOST_TEST(IsCut(slow));
}

BOOST_AUTO_TEST_CASE(a_slow_client_holds_the_program_back_and_gets_every_byte) {
  constexpr seconds kTimeout{2};
  Site site;
  site.Script("much.sh",
              std::string(kText) + "echo $$ > $DIR/pid; exec head -c 30000000 /dev/zero");
  site.Start(Limited("spool: 0", "timeout: 2s"));
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

BOOST_AUTO_TEST_SUITE_END()
