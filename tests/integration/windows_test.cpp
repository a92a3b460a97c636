// Every place at which a worker can die, one after the other: the client has one answer and every
// byte of it, and nothing runs twice that must not.
#include "tests/integration/windows.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/file_ways.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"

using namespace tined::test;

namespace {

using Arm = std::function<void()>;

constexpr const char* kPing = "GET /ping HTTP/1.1\r\nHost: t\r\n\r\n";

Config Serving() { return Config().Route("/ping", Respond("pong")); }

/// With a handler whose runs are counted.
Config Counting(const std::string& run, const std::string& more = "") {
  return Serving().Route(
      "/counts", Module("counts", "run: " + run + ", settings: {file: \"${DIR}/runs\"}"), more);
}

std::string Bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (i + i / 251) % 26);
  return bytes;
}

/// A connection that has been answered before; dies anywhere from `act` to the end of an answer
/// that follows it.
int OnOpenConnection(Windows& windows, const std::function<void(Client&)>& act) {
  return windows.ForEach([&](const Arm& arm) {
    Client client(windows.server.Port());
    BOOST_REQUIRE(client.Ask(kPing).body == "pong");
    arm();
    act(client);
    BOOST_REQUIRE(client.Ask(kPing).body == "pong");
  });
}

Config Remembering(const std::string& replay, const std::string& run) {
  return Config().Stream(Module("remember", "run: " + run + ", settings: {open_ms: 1}"),
                         "replay: " + replay);
}

/// Two messages to a stream that remembers. With `may_end`, a message that may have been run is not
/// run again: the connection has ended in place of its answer, and does not merely stay silent.
void Grow(Client& client, bool may_end) {
  client.Send("grow 3\n");
  try {
    BOOST_REQUIRE(client.ReadBytes(2) == "3\n");
    client.Send("grow 2\n");
    BOOST_REQUIRE(client.ReadBytes(2) == "5\n");
  } catch (const std::runtime_error&) {
    if (!may_end) throw;
    BOOST_REQUIRE(client.WaitForEnd(milliseconds(0)) != Client::End::deadline);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(windows, *NeedsRescue())

BOOST_AUTO_TEST_CASE(the_first_request_of_a_connection) {
  Windows windows;
  windows.Start(Serving());
  const int points = windows.ForEach([&](const Arm& arm) {
    arm();
    Client client(windows.server.Port());
    BOOST_REQUIRE(client.Ask(kPing).body == "pong");
    BOOST_REQUIRE(client.Ask(kPing).body == "pong");
  });
  BOOST_TEST(points > 10);
}

BOOST_AUTO_TEST_CASE(pipelined_requests) {
  Windows windows;
  windows.Start(Serving());
  const int points = OnOpenConnection(windows, [&](Client& client) {
    client.Send(std::string(kPing) + "HEAD /ping HTTP/1.1\r\nHost: t\r\n\r\n" + kPing +
                "GET /none HTTP/1.1\r\nHost: t\r\n\r\n");
    BOOST_REQUIRE(client.Read().body == "pong");
    BOOST_REQUIRE(client.Read(true)["Content-Length"] == "4");
    BOOST_REQUIRE(client.Read().body == "pong");
    BOOST_REQUIRE(client.Read().status == 404);
  });
  BOOST_TEST(points > 10);
}

BOOST_DATA_TEST_CASE(files, boost::unit_test::data::make(kFileWays), io) {
  Windows windows;
  const std::string small = Bytes(1024);
  const std::string large = Bytes(700U << 10);
  windows.server.Write("www/small", small);
  windows.server.Write("www/large", large);
  windows.Start(Serving().Route("/files", Files("${DIR}/www", "io: " + io)));

  const int points = OnOpenConnection(windows, [&](Client& client) {
    client.SendGet("/files/small");
    client.SendGet("/files/large");
    client.SendGet("/files/large", "Range: bytes=10-19,300000-300009\r\n");
    BOOST_REQUIRE((client.Read().body == small));
    BOOST_REQUIRE((client.Read().body == large));
    const Answer ranges = client.Read();
    BOOST_REQUIRE(ranges.status == 206);
    BOOST_REQUIRE(ranges.body.find(large.substr(300000, 10)) != std::string::npos);
  });
  BOOST_TEST(points > 20);
}

BOOST_AUTO_TEST_CASE(a_body_that_arrives_in_pieces) {
  for (const std::string run : {"event", "thread", "process"}) {
    Windows windows;
    windows.Start(Counting(run));
    OnOpenConnection(windows, [&](Client& client) {
      const std::string target = windows.Fresh("/counts");
      client.Send("POST " + target +
                  " HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 30000\r\n\r\n");
      BOOST_REQUIRE(client.ReadLine() == "HTTP/1.1 100 Continue");
      BOOST_REQUIRE(client.ReadLine().empty());
      for (int i = 0; i < 3; ++i) client.Send(Bytes(10000));
      const Answer answer = client.Read();
      BOOST_REQUIRE((answer.status == 200 || answer.status == 502));
      if (answer.status == 200) {
        BOOST_REQUIRE(answer.body == "body of 30000\n");
        BOOST_REQUIRE(windows.Runs(target) == 1U);
      }
    });
    BOOST_TEST(windows.MostRuns() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_chunked_body_that_arrives_in_pieces) {
  Windows windows;
  windows.Start(Counting("event"));
  OnOpenConnection(windows, [&](Client& client) {
    client.Send("POST " + windows.Fresh("/counts") +
                " HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab");
    client.Send("cd\r\n4000\r\n" + Bytes(0x3000));
    client.Send(Bytes(0x1000) + "\r\n0\r");
    client.Send("\nTrailer: x\r\n\r\n");
    const Answer answer = client.Read();
    BOOST_REQUIRE((answer.status == 200 || answer.status == 502));
    if (answer.status == 200) BOOST_REQUIRE(answer.body == "body of 16388\n");
  });
  BOOST_TEST(windows.MostRuns() == 1U);
}

BOOST_AUTO_TEST_CASE(a_handlers_answer) {
  for (const std::string run : {"event", "thread", "process"}) {
    for (const std::string replay : {"safe", "none"}) {
      BOOST_TEST_CONTEXT(run << ", replay " << replay) {
        Windows windows;
        windows.Start(Counting(run, "replay: " + replay));
        const int points = OnOpenConnection(windows, [&](Client& client) {
          const std::string target = windows.Fresh("/counts");
          const Answer answer = client.Get(target);
          BOOST_REQUIRE((answer.status == 200 || (replay == "none" && answer.status == 502)));
          if (answer.status == 200) {
            BOOST_REQUIRE(answer.body == "body of 0\n");
            BOOST_REQUIRE(windows.Runs(target) >= 1U);
          }
        });
        BOOST_TEST(points > 10);
        BOOST_TEST(windows.MostRuns() <= (replay == "none" ? 1U : 2U));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_programs_answer) {
  Windows windows;
  windows.server.Write("run.sh", "#!/bin/sh\necho \"$SCRIPT_NAME?$QUERY_STRING\" >>" +
                                     windows.server.Path("runs") +
                                     "\nprintf 'Content-Type: text/plain\\n\\nhello'\n");
  std::filesystem::permissions(windows.server.Path("run.sh"), std::filesystem::perms(0755));
  const Handler script = Program("file: \"${DIR}/run.sh\"");
  windows.Start(Serving().Route("/run", script).Route("/once", script, "replay: none"));

  for (const std::string target : {"/run", "/once"}) {
    windows.ForEach([&](const Arm& arm) {
      Client client(windows.server.Port());
      BOOST_REQUIRE(client.Ask(kPing).body == "pong");
      arm();
      try {
        const Answer answer = client.Get(windows.Fresh(target));
        if (target == "/run") BOOST_REQUIRE(answer.body == "hello");
        BOOST_REQUIRE((answer.status == 502 || answer.body == "hello"));
        BOOST_REQUIRE(client.Ask(kPing).body == "pong");
      } catch (const std::runtime_error&) {
        // Once a part of it is out it is not carried on: the client sees that the rest is missing.
        BOOST_REQUIRE(client.WaitForEnd() != Client::End::deadline);
      }
    });
    BOOST_TEST(windows.MostRuns(target) <= (target == "/run" ? 2U : 1U));
  }
}

BOOST_AUTO_TEST_CASE(a_handoff) {
  Windows windows;
  windows.Start(Serving());
  const Server& server = windows.server;
  const int points = windows.ForEach([&](const Arm& arm) {
    Client client(server.Port());
    BOOST_REQUIRE(client.Ask(kPing).body == "pong");
    client.Send("GET /ping HTTP/1.1\r\nHo");
    arm();
    (void)server.Reload();  // Its canary may be the one that dies.
    client.Send("st: t\r\n\r\n");
    BOOST_REQUIRE(client.Read().body == "pong");
    BOOST_REQUIRE(client.Ask(kPing).body == "pong");
  });
  BOOST_TEST(points > 20);
}

BOOST_AUTO_TEST_CASE(a_message_of_a_stream_with_state) {
  for (const std::string run : {"event", "thread", "process"}) {
    for (const std::string replay : {"idempotent", "none"}) {
      BOOST_TEST_CONTEXT(run << ", replay " << replay) {
        Windows windows;
        windows.Start(Remembering(replay, run));
        windows.ForEach([&](const Arm& arm) {
          Client client(windows.server.Port());
          BOOST_REQUIRE(client.ReadBytes(7) == "opened\n");
          arm();
          Grow(client, replay == "none");
        });
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_opened) {
  for (const std::string run : {"event", "thread", "process"}) {
    Windows windows;
    windows.Start(Config().Stream(Module("dialogue", "run: " + run), "replay: idempotent"));
    windows.ForEach([&](const Arm& arm) {
      arm();
      Client client(windows.server.Port());
      client.Send("me\nx\n");
      const std::string all = "Hello. Who are you?\nWelcome, me.\nme, line 1: x\n";
      BOOST_REQUIRE(client.ReadBytes(all.size()) == all);
      client.Send("bye\n");
      BOOST_REQUIRE(client.ReadBytes(9) == "Goodbye.\n");
    });
  }
}

BOOST_AUTO_TEST_CASE(an_executor_that_answers) {
  for (const std::string replay : {"safe", "none"}) {
    BOOST_TEST_CONTEXT("replay " << replay) {
      Windows windows("tined executor");
      windows.Start(
          Counting("process", "replay: " + replay).Route("/echo", Module("echo", "run: process")));
      const int points = OnOpenConnection(windows, [&](Client& client) {
        const std::string target = windows.Fresh("/counts");
        const Answer answer = client.Get(target);
        BOOST_REQUIRE((answer.status == 200 || answer.status == 500));
        if (answer.status == 200) BOOST_REQUIRE(answer.body == "body of 0\n");
        BOOST_REQUIRE(windows.Runs(target) <= 1U);
        const std::string posted = windows.Fresh("/counts");
        client.Send("POST " + posted + " HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody");
        const int status = client.Read().status;
        BOOST_REQUIRE((status == 200 || status == 500));
        BOOST_REQUIRE(windows.Runs(posted) <= 1U);
        if (status == 200) BOOST_REQUIRE(windows.Runs(posted) == 1U);
        const std::string body = Bytes(300'000);
        client.Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n" + body);
        const Answer echo = client.Read();
        BOOST_REQUIRE((echo.status == 200 || echo.status == 500));
        if (echo.status == 200) BOOST_REQUIRE((echo.body == body));
      });
      BOOST_TEST(points > 5);
      BOOST_TEST(windows.MostRuns() == 1U);
    }
  }
}

/// Every place at which an executor can die that has a lasting channel, or is about to make it.
BOOST_AUTO_TEST_CASE(an_executor_that_stays) {
  Windows windows("tined executor");
  windows.Start(Counting("process", "replay: none")
                    .Set("backends", "{processes: {requests_per_process: 0}}")
                    .Route("/echo", Module("echo", "run: process")));
  const int points = OnOpenConnection(windows, [&](Client& client) {
    for (int i = 0; i < 3; ++i) {
      const std::string posted = windows.Fresh("/counts");
      client.Send("POST " + posted + " HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nbody");
      const int status = client.Read().status;
      BOOST_REQUIRE((status == 200 || status == 500));
      BOOST_REQUIRE(windows.Runs(posted) <= 1U);
      if (status == 200) BOOST_REQUIRE(windows.Runs(posted) == 1U);
    }
    const std::string body = Bytes(300'000);
    client.Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 300000\r\n\r\n" + body);
    const Answer echo = client.Read();
    BOOST_REQUIRE((echo.status == 200 || echo.status == 500));
    if (echo.status == 200) BOOST_REQUIRE((echo.body == body));
  });
  BOOST_TEST(points > 5);
  BOOST_TEST(windows.MostRuns() == 1U);
}

BOOST_AUTO_TEST_CASE(an_executor_at_a_message_of_a_stream) {
  Windows windows("tined executor");
  windows.Start(Remembering("none", "process"));
  const int points = windows.ForEach([&](const Arm& arm) {
    Client client(windows.server.Port());
    BOOST_REQUIRE(client.ReadBytes(7) == "opened\n");
    arm();
    Grow(client, /*may_end=*/true);
  });
  BOOST_TEST(points > 5);
}

BOOST_AUTO_TEST_CASE(a_spawner_that_has_executors_at_work) {
  Windows windows("tined spawner");
  windows.Start(Counting("process"));
  const int points = windows.ForEach([&](const Arm& arm) {
    arm();
    for (int i = 0; i < 6; ++i) {
      Client client(windows.server.Port());
      const std::string target = windows.Fresh("/counts");
      const Answer answer = client.Get(target);
      BOOST_REQUIRE((answer.status == 200 || answer.status == 503));
      BOOST_REQUIRE(windows.Runs(target) == (answer.status == 200 ? 1U : 0U));
    }
    BOOST_REQUIRE(Eventually(
        [&] { return Client(windows.server.Port()).Get(windows.Fresh("/counts")).status == 200; }));
  });
  BOOST_TEST(points > 0);
  BOOST_TEST(windows.MostRuns() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
