// Every way in which a handler can fail, under every way to run it: the client has a clean answer,
// the log one line that says why and names route, request and id, nobody else notices, and what has
// failed is not run again.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

constexpr const char* kBackends[] = {"event", "thread"};

/// What a failure looks like from outside.
struct Failure {
  std::string name;
  int status = 500;   ///< of the answer
  std::string line;   ///< begins the log's line; empty: there is none
  std::string cause;  ///< is in it
  std::string more{};
};

const std::string kEnded = "a request ended its worker";
const std::string kDied = "executor died";
const std::string kFailed = "module failed";

/// Of a handler that runs in a worker.
const std::vector<Failure> kInWorker = {
    {"nothing", 200, "", ""},
    {"throw", 500, kFailed, "reason=\"thrown on demand\""},
    {"throw_int", 500, kFailed, "reason=\"an exception of an unknown type\""},
    {"status", 500, kFailed, "reason=\"99 is not a status"},
    {"field", 500, kFailed, "reason=\"the value of header X-Broken"},
    {"length", 500, kFailed, "reason=\"header Content-Length says 4711"},
    {"file", 500, kFailed, "reason=\"cannot open /nowhere"},
    {"nul", 500, kFailed,
     "reason=\"cannot open a file with a NUL in its name, after /etc/hostname\""},
    {"bomb", 500, kFailed, "reason="},
    {"exit", 500, kEnded, "cause=\"exit 0\""},
    {"_exit", 500, kEnded, "cause=\"exit 3\""},
    {"quick_exit", 500, kEnded, "cause=\"exit 4\""},
    {"exec", 500, kEnded, "cause=\"exec in a worker\""},
    {"close", 500, kEnded, "cause=\"close of all descriptors in a worker\""},
    {"closefrom", 500, kEnded, "cause=\"close of all descriptors in a worker\""},
    {"abort", 500, kEnded, "cause=SIGABRT"},
    {"terminate", 500, kEnded, "cause=SIGABRT"},
    {"pthread_exit", 500, kEnded, "cause=SIGABRT"},
    {"segv", 500, kEnded, "cause=SIGSEGV"},
    {"bus", 500, kEnded, "cause=SIGBUS"},
    {"overflow", 500, kEnded, "cause=SIGSEGV"},
    // Blocked in workers; and what a child does is not the worker's doing.
    {"term", 200, "", ""},
    {"fork", 200, "", ""},
};

/// Of one that runs in an executor.
std::vector<Failure> InExecutor(const std::vector<Failure>& in_worker) {
  std::vector<Failure> all = in_worker;
  for (Failure& each : all) {
    if (each.line == kEnded) each.line = kDied;
    const std::size_t where = each.cause.find("in a worker");
    if (where != each.cause.npos) each.cause.replace(where, 11, "in an executor");
    // Others' signals cannot end it, its own can.
    if (each.name == "term") each = {"term", 500, kDied, "cause=SIGTERM"};
  }
  return all;
}

/// Of a body that is made in pieces, when half of it is out: the client sees that it breaks off.
const std::vector<Failure> kInBody = {
    {"throw", 0, kFailed, "in=body", "reason=\"thrown on demand\""},
    {"throw_int", 0, kFailed, "in=body", "reason=\"an exception of an unknown type\""},
    {"short", 0, kFailed, "in=body", "reason=\"it made 1000 bytes of a body that has 2000"},
    {"long", 0, kFailed, "in=body", "reason=\"it made 2001 or more bytes of a body that has 2000"},
    {"room", 0, kFailed, "in=body", "bytes where there was room for"},
    {"exit", 0, kEnded, "cause=\"exit 0\""},
    {"_exit", 0, kEnded, "cause=\"exit 3\""},
    {"close", 0, kEnded, "cause=\"close of all descriptors in a worker\""},
    {"abort", 0, kEnded, "cause=SIGABRT"},
    {"segv", 0, kEnded, "cause=SIGSEGV"},
    {"overflow", 0, kEnded, "cause=SIGSEGV"},
};

Config Serving() {
  Config config;
  config.Workers(2, "watchdog: 1s").Route("/ping", Respond("pong"));
  for (const std::string run : {"event", "thread", "process"}) {
    config.Route("/" + run, Module("failures", "run: " + run));
  }
  return config;
}

std::uint64_t Runs(const Server& server) {
  return server.Status()["modules"].value("failures.ran", std::uint64_t{0});
}

/// The line of the log that tells of it, from `from` on.
std::string LineOf(const Server& server, const std::string& begin, std::size_t from) {
  server.WaitForLog({begin}, from);
  const std::string log = server.Log().substr(from);
  const std::size_t at = log.find(begin);
  const std::size_t start = log.rfind('\n', at) + 1;
  return log.substr(start, log.find('\n', at) - start);
}

void ExpectLine(const Server& server, const Failure& failure, const std::string& backend,
                const std::string& target, std::size_t from) {
  if (failure.line.empty()) return;
  const std::string line = LineOf(server, failure.line, from);
  BOOST_TEST_CONTEXT(line) {
    BOOST_TEST((line.find(failure.cause) != line.npos));
    BOOST_TEST((line.find(failure.more) != line.npos));
    BOOST_TEST((line.find("route=/" + backend + " ") != line.npos));
    BOOST_TEST((line.find("GET") != line.npos && line.find(target) != line.npos));
    const std::size_t id = line.find(" id=");
    BOOST_TEST((id != line.npos && line.find_first_not_of("0123456789abcdef", id + 4) == id + 20));
    if (failure.line == kEnded) BOOST_TEST((line.find("+0x") != line.npos));
  }
}

/// A service, its clients that have nothing to do with what fails, and what is expected of both.
class Matrix {
 public:
  Matrix() {
    server.Start(Serving());
    for (int i = 0; i < 4; ++i) bystanders_.emplace_back(server.Port());
  }

  /// `ask` makes the request and says what became of it.
  template <typename Ask>
  void Expect(const Failure& failure, const std::string& backend, const std::string& target,
              Ask ask) {
    BOOST_TEST_CONTEXT(target) {
      const std::uint64_t runs = Runs(server);
      const std::size_t from = server.LogSize();
      ask();
      ExpectLine(server, failure, backend, target, from);
      for (Client& bystander : bystanders_) BOOST_TEST(bystander.Get("/ping").body == "pong");
      BOOST_TEST(Runs(server) == runs + 1);
    }
  }

  Server server;

 private:
  std::vector<Client> bystanders_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(failure)

BOOST_AUTO_TEST_CASE(whatever_a_handler_does_costs_its_own_request_alone, *NeedsRescue()) {
  Matrix matrix;
  for (const std::string backend : kBackends) {
    for (const Failure& failure : kInWorker) {
      const std::string target = "/" + backend + "/answer/" + failure.name;
      matrix.Expect(failure, backend, target, [&] {
        Client client(matrix.server.Port());
        BOOST_TEST(client.Get(target).status == failure.status);
        BOOST_TEST(client.Get("/ping").body == "pong");
      });
    }
  }
  // What is blamed on a request makes nobody wait.
  BOOST_TEST(matrix.server.CountLog("restart_in_ms=0") > 0);
  BOOST_TEST(matrix.server.CountLog("restart_in_ms=") == matrix.server.CountLog("restart_in_ms=0"));
  BOOST_TEST(matrix.server.CountLog("a worker crashed") == 0);
}

BOOST_AUTO_TEST_CASE(whatever_a_handler_does_in_an_executor_costs_its_own_request_alone) {
  Matrix matrix;
  for (const Failure& failure : InExecutor(kInWorker)) {
    const std::string target = "/process/answer/" + failure.name;
    matrix.Expect(failure, "process", target, [&] {
      Client client(matrix.server.Port());
      BOOST_TEST(client.Get(target).status == failure.status);
      BOOST_TEST(client.Get("/ping").body == "pong");
    });
  }
  for (const Failure& failure : InExecutor(kInBody)) {
    const std::string target = "/process/body/" + failure.name;
    matrix.Expect(failure, "process", target, [&] {
      Client client(matrix.server.Port());
      client.SendGet(target);
      BOOST_CHECK_THROW(client.Read(), std::runtime_error);
    });
  }
  BOOST_TEST(matrix.server.CountLog("worker died") == 0);
  BOOST_TEST(matrix.server.CountLog("a worker crashed") == 0);
}

/// A stream has no word for a failure: its connection ends, and nobody else's.
BOOST_AUTO_TEST_CASE(whatever_a_streams_handler_does_costs_its_own_connection_alone,
                     *NeedsRescue()) {
  const std::string kHere = "still here\n";
  Config config;
  config.Workers(2, "watchdog: 1s");
  for (const std::string backend : {"event", "thread", "process"}) {
    config.Listener(backend).Stream(Module("failures", "run: " + backend));
  }
  Server server;
  server.Start(config);
  for (const std::string backend : {"event", "thread", "process"}) {
    Client bystander(server.Port(backend));
    for (const Failure& failure : kInWorker) {
      const bool is_of_answers = failure.cause.find("reason=\"99") != failure.cause.npos ||
                                 failure.cause.find("header") != failure.cause.npos ||
                                 failure.cause.find("cannot open") != failure.cause.npos;
      // An executor is not protected from a signal that it sends itself.
      if (is_of_answers || (backend == "process" && failure.name == "term")) continue;
      BOOST_TEST_CONTEXT(backend << " " << failure.name) {
        const std::uint64_t runs = Runs(server);
        const std::size_t from = server.LogSize();
        Client client(server.Port(backend));
        client.Send(failure.name + "\n");
        if (failure.line.empty()) {
          BOOST_TEST(client.ReadBytes(kHere.size()) == kHere);
        } else {
          BOOST_TEST(client.WaitForEnd() == Client::End::closed);
          const bool is_executors = backend == "process" && failure.line == kEnded;
          const std::string line = LineOf(server, is_executors ? kDied : failure.line, from);
          std::string cause = failure.cause;
          const std::size_t in = cause.find("in a worker");
          if (is_executors && in != cause.npos) cause.replace(in, 11, "in an executor");
          BOOST_TEST((line.find(cause) != line.npos), line);
          BOOST_TEST((line.find(" listener=" + backend + " ") != line.npos), line);
          BOOST_TEST((line.find(" id=") != line.npos), line);
          const std::string bytes = std::to_string(failure.name.size() + 1);
          BOOST_TEST((line.find(failure.name + "\\n") != line.npos ||
                      line.find("bytes=" + bytes) != line.npos ||
                      line.find("a message of " + bytes + " bytes") != line.npos),
                     line);
        }
        bystander.Send("nothing\n");
        BOOST_TEST(bystander.ReadBytes(kHere.size()) == kHere);
        BOOST_TEST(Eventually([&] { return Runs(server) == runs + 2; }));
      }
    }
  }
  BOOST_TEST(server.CountLog("a worker crashed") == 0);
}

BOOST_AUTO_TEST_CASE(a_body_that_fails_when_half_of_it_is_out_is_seen_to_be_incomplete_and_told_of,
                     *NeedsRescue()) {
  Matrix matrix;
  for (const std::string backend : kBackends) {
    for (const Failure& failure : kInBody) {
      const std::string target = "/" + backend + "/body/" + failure.name;
      matrix.Expect(failure, backend, target, [&] {
        Client client(matrix.server.Port());
        client.SendGet(target);
        BOOST_TEST(client.ReadHeader().status == 200);
        BOOST_TEST(client.ReadBytes(1000) == std::string(1000, 'x'));
        BOOST_CHECK_THROW(client.ReadBytes(1000), std::runtime_error);
      });
    }
  }
  BOOST_TEST(matrix.server.CountLog("a worker crashed") == 0);
}

BOOST_AUTO_TEST_CASE(what_an_answer_has_once_is_there_once_and_205_has_nothing) {
  Server server;
  server.Start(Serving());
  for (const std::string backend : {"event", "thread", "process"}) {
    BOOST_TEST_CONTEXT(backend) {
      Client client(server.Port());
      const Answer twice = client.Get("/" + backend + "/answer/twice");
      BOOST_TEST(twice.status == 200);
      BOOST_TEST(twice["Content-Type"] == "a/b");
      BOOST_TEST(twice["ETag"] == "\"2\"");
      BOOST_TEST((twice.header.find("text/plain") == twice.header.npos));
      BOOST_TEST((twice.header.find("\"1\"") == twice.header.npos));
      const Answer reset = client.Get("/" + backend + "/answer/reset");
      BOOST_TEST(reset.status == 205);
      BOOST_TEST(reset.body == "");
      BOOST_TEST(reset["Content-Length"] == "0");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_producer_that_hangs_the_loop_is_named_by_the_watchdog) {
  Server server;
  server.Start(Serving());
  Client client(server.Port());
  client.SendGet("/event/body/hang");
  BOOST_TEST(client.ReadHeader().status == 200);
  const std::string line = LineOf(server, kEnded, 0);
  BOOST_TEST((line.find("cause=\"silence, SIGABRT\"") != line.npos), line);
  BOOST_TEST((line.find("route=/event request=\"GET /event/body/hang HTTP/1.1\"") != line.npos),
             line);
}

BOOST_AUTO_TEST_CASE(a_handler_that_does_not_come_back_from_its_thread_is_given_up) {
  Server server;
  server.Start(Serving().Set("backends", "{threads: {count: 2, timeout: 500ms}}"));
  Client bystander(server.Port());
  for (const std::string part : {"answer", "body"}) {
    const std::string target = "/thread/" + part + "/hang";
    BOOST_TEST_CONTEXT(target) {
      const std::vector<pid_t> before = server.WorkerPids();
      const std::size_t from = server.LogSize();
      const std::uint64_t runs = Runs(server);
      Client client(server.Port());
      client.SendGet(target);
      if (part == "answer") {
        BOOST_TEST(client.Read().status == 504);
      } else {
        BOOST_TEST(client.ReadHeader().status == 200);
        BOOST_TEST(client.ReadBytes(1000) == std::string(1000, 'x'));
        BOOST_CHECK_THROW(client.ReadBytes(1000), std::runtime_error);
      }
      ExpectLine(server, {"hang", 504, kFailed, "longer than backends.threads.timeout", "+0x"},
                 "thread", target, from);
      server.WaitForLog({"recycling a worker", "reason=\"threads whose handlers do not come back"},
                        from);
      // It ends although its thread does not.
      server.WaitForLog({"worker has drained"}, from);
      BOOST_TEST(Eventually([&] { return server.Status()["threads"]["lost"] == 0; }));
      BOOST_TEST(server.WorkerPids() != before);
      BOOST_TEST(bystander.Get("/ping").body == "pong");
      if (part == "answer") BOOST_TEST(client.Get("/ping").body == "pong");
      BOOST_TEST(Runs(server) == runs + 1);
    }
  }
  BOOST_TEST(server.CountLog("worker died") == 0);
}

BOOST_AUTO_TEST_CASE(a_thread_that_is_given_up_and_crashes_costs_nobody_an_answer, *NeedsRescue()) {
  Server server;
  server.Start(Serving().Set("backends", "{threads: {count: 2, timeout: 200ms}}"));
  Client client(server.Port());
  BOOST_TEST(client.Get("/thread/answer/late").status == 504);
  // It crashes half a second later; whatever is asked meanwhile is somebody else's request.
  const auto end = std::chrono::steady_clock::now() + seconds(2);
  while (std::chrono::steady_clock::now() < end) BOOST_TEST(client.Get("/ping").body == "pong");
  // Unless its worker, which is replaced, has ended before.
  BOOST_TEST(Eventually([&] {
    return server.CountLog("a worker crashed") + server.CountLog("worker has drained") > 0;
  }));
  BOOST_TEST(server.CountLog(kEnded) == 0);
}

BOOST_AUTO_TEST_CASE(pieces_are_sent_as_they_are_made_and_hold_nobody_up) {
  Server server;
  server.Start(Serving().Workers(1, "watchdog: 1s"));
  const auto counter = [&](const std::string& name) {
    return server.Status()["modules"].value("failures." + name, std::uint64_t{0});
  };
  std::uint64_t left = 0;
  for (const std::string backend : kBackends) {
    BOOST_TEST_CONTEXT(backend) {
      {
        const std::uint64_t before = counter("ticks");
        Client client(server.Port());
        client.SendGet("/" + backend + "/ticks");
        BOOST_TEST(client.ReadHeader().status == 200);
        for (std::uint64_t got = 1; got <= 20; ++got) {
          BOOST_TEST(client.ReadLine() == "5");
          BOOST_TEST(client.ReadLine() == "tick\n");
          if (got == 1) BOOST_TEST(counter("ticks") - before < 20);
        }
        BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
        // For longer than the watchdog's patience.
        while (counter("ticks") < before + 80) (void)client.ReadLine();
      }
      ++left;
      BOOST_TEST(Eventually([&] { return counter("left") == left; }));
    }
  }
  BOOST_TEST(server.CountLog("worker died") == 0);
}

BOOST_AUTO_TEST_CASE(a_generation_keeps_the_modules_that_it_has_loaded, *NeedsRescue()) {
  Server server;
  const std::string file = server.Path("module.so");
  /// As `cp` does, over what is mapped; or put in its place, as a package manager does.
  const auto put = [&](const std::string& module, bool in_place) {
    using std::filesystem::copy_options;
    if (!in_place) std::filesystem::remove(file);
    std::filesystem::copy_file(module, file, copy_options::overwrite_existing);
  };
  const std::string first = Built("tests/modules/failures.so");
  const std::string second = Built("examples/fibonacci.so");
  Config config;
  config.Workers(1);
  const std::vector<std::string> backends = {"event", "thread", "process"};
  for (const std::string& run : backends) {
    config.Route("/" + run, Module("${DIR}/module.so", "run: " + run));
  }
  const auto expect = [&](const std::string& body) {
    for (const std::string& run : backends) {
      BOOST_TEST(GetOnce(server.Port(), "/" + run + "/answer/10").body == body);
    }
  };
  // The workers of the generation before may still accept while they are told to drain.
  const auto reload = [&] {
    const std::size_t from = server.LogSize();
    BOOST_TEST(server.Reload().status == 0);
    server.WaitForLog({"worker has drained"}, from);
  };
  put(first, true);
  server.Start(config);
  expect("still here\n");
  for (const bool in_place : {true, false}) {
    BOOST_TEST_CONTEXT("in place: " << in_place) {
      put(second, in_place);
      expect("still here\n");
      // Whoever takes a dead one's place runs what it ran.
      const std::size_t from = server.LogSize();
      server.KillWorker(0, SIGKILL);
      server.WaitForLog({"worker is ready"}, from);
      expect("still here\n");
      reload();
      expect("89");
      // Stacks go by the module's own name, whatever it was loaded from.
      put(first, in_place);
      reload();
      expect("still here\n");
      const std::size_t before = server.LogSize();
      BOOST_TEST(GetOnce(server.Port(), "/thread/answer/segv").status == 500);
      server.WaitForLog({kEnded, "stack=", "module.so+0x"}, before);
    }
  }
  BOOST_TEST(server.CountLog("is loaded from") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
