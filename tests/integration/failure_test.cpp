// Every way in which a handler can fail, under every way to run it: the client has a clean answer,
// the log one line that says why and names route, request and id, nobody else notices, and what has
// failed is not run again.
#include <boost/test/unit_test.hpp>

#include "tests/integration/client.hpp"
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
};

const std::string kEnded = "a request ended its worker";
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
    {"bomb", 500, kFailed, "reason="},
    {"exit", 500, kEnded, "cause=\"exit 0\""},
    {"_exit", 500, kEnded, "cause=\"exit 3\""},
    {"quick_exit", 500, kEnded, "cause=\"exit 4\""},
    {"exec", 500, kEnded, "cause=\"exec in a worker\""},
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

std::string Route(const std::string& path, const std::string& run) {
  return "      - {path: " + path +
         ", module: {file: \"" TINED_TEST_MODULES "/failures.so\", run: " + run + "}}\n";
}

std::string Config() {
  std::string config =
      "workers: {count: 2, watchdog: 1s}\n"
      "listeners:\n  - name: web\n    address: 127.0.0.1:0\n    routes:\n"
      "      - {path: /ping, respond: {body: pong}}\n";
  for (const std::string backend : kBackends) config += Route("/" + backend, backend);
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
    BOOST_TEST((line.find("route=/" + backend + " ") != line.npos));
    BOOST_TEST((line.find("GET") != line.npos && line.find(target) != line.npos));
    const std::size_t id = line.find(" id=");
    BOOST_TEST((id != line.npos && line.find_first_not_of("0123456789abcdef", id + 4) == id + 20));
    if (failure.line == kEnded) BOOST_TEST((line.find("+0x") != line.npos));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failure)

BOOST_AUTO_TEST_CASE(whatever_a_handler_does_costs_its_own_request_alone) {
  Server server;
  server.Start(Config());
  std::vector<Client> bystanders;
  for (int i = 0; i < 4; ++i) bystanders.emplace_back(server.Port());
  for (const std::string backend : kBackends) {
    for (const Failure& failure : kInWorker) {
      BOOST_TEST_CONTEXT(backend << ": " << failure.name) {
        const std::uint64_t runs = Runs(server);
        const std::size_t from = server.LogSize();
        const std::string target = "/" + backend + "/answer/" + failure.name;
        Client client(server.Port());
        BOOST_TEST(client.Get(target).status == failure.status);
        ExpectLine(server, failure, backend, target, from);
        for (Client& bystander : bystanders) BOOST_TEST(bystander.Get("/ping").body == "pong");
        BOOST_TEST(client.Get("/ping").body == "pong");
        BOOST_TEST(Runs(server) == runs + 1);
      }
    }
  }
  // What is blamed on a request makes nobody wait.
  BOOST_TEST(server.Log().find("restart_in_ms=0") != std::string::npos);
  for (const char* wait : {"restart_in_ms=1", "restart_in_ms=2", "restart_in_ms=4"}) {
    BOOST_TEST(server.CountLog(wait) == 0);
  }
  BOOST_TEST(server.CountLog("a worker crashed") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
