// The program of the executors: where it is found, and that it stays the one that the supervisor
// has opened.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined::test;

namespace {

constexpr const char* kPlain =
    "workers: {count: 1}\nlisteners:\n  - name: web\n    address: 127.0.0.1:0\n    routes:\n"
    "      - {path: /ping, respond: {body: pong}}\n";

std::string WithProcess() {
  return std::string(kPlain) + "      - {path: /fib/, module: {file: \"" +
         Built("examples/fibonacci.so") + "\", run: process}}\n";
}

/// One that has executors of its own, and one that has not.
std::string Pools() {
  return "backends: {processes: {count: 2, max: 2, timeout: 10s}}\n" + WithProcess() +
         "      - {path: /sleep/, module: {file: \"" + Built("examples/sleep.so") +
         "\", run: process, processes: {count: 1, max: 1, queue: 0, timeout: 4s}}}\n";
}

/// A server whose programs are its own.
struct Own : Server {
  Own() {
    program = Path("bin/tined");
    std::filesystem::create_directory(Path("bin"));
    std::filesystem::copy_file(Built("tined"), program);
  }
  [[nodiscard]] std::string InstallExecutor(const std::string& folder) const {
    std::filesystem::create_directories(Path(folder));
    const std::string path = Path(folder + "/tined-executor");
    std::filesystem::remove(path);
    std::filesystem::copy_file(Built("tined-executor"), path);
    return path;
  }
};

boost::test_tools::assertion_result IsRoot(boost::unit_test::test_unit_id) {
  return ::geteuid() == 0;
}

pid_t LastSpawner(const Server& server) {
  const std::string log = server.Log();
  return std::stoi(log.substr(log.find("pid=", log.rfind("spawner started")) + 4));
}

/// Those that live.
std::vector<pid_t> Spawners(const Server& server) {
  const std::string id = std::to_string(server.pid());
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> spawners;
  for (pid_t pid = 0; file >> pid;) {
    std::ifstream name("/proc/" + std::to_string(pid) + "/comm");
    std::string comm;
    if (std::getline(name, comm) && comm == "tined spawner") spawners.push_back(pid);
  }
  return spawners;
}

/// A spawner that dies is replaced, and the next one serves.
void ExpectAnotherSpawner(const Server& server) {
  const std::size_t from = server.LogSize();
  Kill(LastSpawner(server), SIGKILL);
  server.WaitForLog({"spawner is ready"}, from);
  BOOST_TEST(GetOnce(server.Port(), "/fib/10").body == "89");
}

std::string ProgramOf(pid_t pid) {
  return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(executor)

BOOST_AUTO_TEST_CASE(spawner_and_executors_are_a_program_of_their_own) {
  Server server;
  server.Start(WithProcess());
  const pid_t spawner = LastSpawner(server);
  BOOST_TEST(ProgramOf(spawner) == std::filesystem::canonical(Built("tined-executor")));
  std::ifstream name("/proc/" + std::to_string(spawner) + "/comm");
  std::string comm;
  std::getline(name, comm);
  BOOST_TEST(comm == "tined spawner");
  // A module would find what the supervisor knew in a copy of its memory: listening sockets, too.
  std::ifstream file("/proc/" + std::to_string(spawner) + "/maps");
  const std::string maps((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  BOOST_TEST(maps.find("/tined\n") == std::string::npos);
  // UndefinedBehaviorSanitizer asks for types, which the linker finds in whatever object has them.
  BOOST_TEST((IsSanitized() || maps.find("yaml") == std::string::npos));
  BOOST_TEST(GetOnce(server.Port(), "/fib/10").body == "89");
}

BOOST_AUTO_TEST_CASE(programs_that_a_handler_starts_inherit_none_of_its_descriptors) {
  Server server;
  server.Start(WithProcess());
  const std::string fds = "/proc/" + std::to_string(LastSpawner(server)) + "/fdinfo";
  int open = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fds)) {
    if (std::stoi(entry.path().filename()) <= STDERR_FILENO) continue;
    ++open;
    std::ifstream file(entry.path());
    std::string word;
    std::string flags;
    while (file >> word && word != "flags:") continue;
    file >> flags;
    BOOST_TEST((std::stol(flags, nullptr, 8) & O_CLOEXEC) != 0, entry.path() << ' ' << flags);
  }
  BOOST_TEST(open > 0);
}

BOOST_AUTO_TEST_CASE(without_it_a_configuration_that_needs_it_is_refused) {
  Own server;
  server.Launch(WithProcess());
  BOOST_TEST(server.WaitForEnd() == 2);
  server.WaitForLog({"tined.yaml:8:", "run: process needs the program tined-executor: ",
                     server.Path("libexec/tined/tined-executor")});
  const Finished check =
      RunProgram({server.program, "--check", "--config", server.Path("tined.yaml")});
  BOOST_TEST(check.status == 2);
  BOOST_TEST(check.errors.find("run: process needs the program") != std::string::npos,
             check.errors);
  server.Start(kPlain);
  server.Configure(WithProcess());
  const Finished reload = server.Reload();
  BOOST_TEST(reload.status == 1);
  BOOST_TEST(reload.errors.find("run: process needs the program") != std::string::npos,
             reload.errors);
  BOOST_TEST(GetOnce(server.Port(), "/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(it_is_found_where_it_is_installed) {
  Own server;
  const std::string installed = server.InstallExecutor("libexec/tined");
  server.Start(WithProcess());
  BOOST_TEST(ProgramOf(LastSpawner(server)) == installed);
}

BOOST_AUTO_TEST_CASE(it_stays_the_one_that_was_opened) {
  Own server;
  const std::string file = server.InstallExecutor("bin");
  server.Start(WithProcess());
  server.Write("bin/tined-executor", "what a package has begun to write");
  ExpectAnotherSpawner(server);
  std::filesystem::remove(file);
  ExpectAnotherSpawner(server);
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/fib/10").body == "89");
}

BOOST_AUTO_TEST_CASE(going_back_to_the_earlier_program_goes_back_to_its_executor) {
  Own server;
  const std::string file = server.InstallExecutor("bin");
  server.Start(WithProcess());
  server.Write("bin/tined-executor", "#!/bin/false\n");
  std::filesystem::permissions(file, std::filesystem::perms(0755));
  const Finished failed = server.Ctl({"upgrade"});
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find("the new program could not take over") != std::string::npos,
             failed.errors);
  BOOST_TEST(GetOnce(server.Port(), "/fib/10").body == "89");
  ExpectAnotherSpawner(server);
  (void)server.InstallExecutor("bin");
  BOOST_TEST(server.Ctl({"upgrade"}).status == 0);
  BOOST_TEST(GetOnce(server.Port(), "/fib/10").body == "89");
}

BOOST_AUTO_TEST_CASE(root_runs_none_that_others_may_write,
                     *boost::unit_test::precondition(IsRoot)) {
  Own server;
  const std::string file = server.InstallExecutor("bin");
  BOOST_REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
  server.Launch(WithProcess() + "\nuser: nobody\n");
  BOOST_TEST(server.WaitForEnd() == 2);
  server.WaitForLog({"may be written by others than root"});
}

BOOST_AUTO_TEST_CASE(a_module_with_processes_of_its_own_shares_none) {
  Server server;
  server.Start(Pools());
  BOOST_TEST(server.CountLog("spawner started") == 2);
  BOOST_TEST(Eventually([&] { return server.Status()["executors"]["waiting"] == 3; }));
  // Its only executor is busy, and so full is its queue: others notice nothing of it.
  Client busy(server.Port());
  busy.SendGet("/sleep/3000");
  BOOST_TEST(Eventually([&] { return server.Status()["executors"]["busy"] == 1; }));
  Client refused(server.Port());
  BOOST_TEST(refused.Get("/sleep/1").status == 503);
  Client client(server.Port());
  for (int i = 0; i < 5; ++i) BOOST_TEST(client.Get("/fib/10").body == "89");
  BOOST_TEST(busy.Read().status == 200);
  for (const pid_t spawner : Spawners(server)) {
    std::ifstream file("/proc/" + std::to_string(spawner) + "/maps");
    const std::string maps((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    BOOST_TEST((maps.find("fibonacci") == std::string::npos) !=
               (maps.find("sleep") == std::string::npos));
  }
}

BOOST_AUTO_TEST_CASE(the_limits_of_a_pool_are_its_own) {
  Server server;
  server.Start(Pools());
  Client client(server.Port());
  // `timeout` of its own; what is not given is as `backends.processes` says.
  BOOST_TEST(client.Get("/sleep/20000").status == 504);
  BOOST_TEST(client.Get("/fib/10").body == "89");
  BOOST_TEST(Eventually([&] { return server.Status()["executors"]["timed_out"] == 1; }));
}

BOOST_AUTO_TEST_CASE(each_spawner_is_replaced_by_itself_and_a_reload_waits_for_all) {
  Server server;
  server.Start(Pools());
  for (const pid_t spawner : Spawners(server)) {
    const std::size_t from = server.LogSize();
    Kill(spawner, SIGKILL);
    server.WaitForLog({"spawner died", "pid=" + std::to_string(spawner)}, from);
    server.WaitForLog({"spawner is ready"}, from);
    Client client(server.Port());
    BOOST_TEST(client.Get("/fib/10").body == "89");
    BOOST_TEST(client.Get("/sleep/1").status == 200);
  }
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(server.CountLog("spawner is ready gen=2") == 2);
  BOOST_TEST(GetOnce(server.Port(), "/sleep/1").status == 200);
  // One of them refuses: everything goes on as before.
  server.Configure(std::string(kPlain) + "      - {path: /fib/, module: {file: \"" +
                   Built("examples/fibonacci.so") +
                   "\", run: process}}\n"
                   "      - {path: /sleep/, module: {file: \"" +
                   Built("examples/sleep.so") +
                   "\", run: process, settings: {no: 1}, processes: {count: 1}}}\n");
  BOOST_TEST(server.Reload().status == 1);
  BOOST_TEST(GetOnce(server.Port(), "/fib/10").body == "89");
  BOOST_TEST(GetOnce(server.Port(), "/sleep/1").status == 200);
  BOOST_TEST(Eventually([&] { return Spawners(server).size() == 2U; }));
  BOOST_TEST(server.Stop() == 0);
}

BOOST_AUTO_TEST_CASE(processes_of_its_own_are_for_modules_that_run_in_some) {
  Server server;
  server.Write("tined.yaml", std::string(kPlain) + "      - {path: /sleep/, module: {file: \"" +
                                 Built("examples/sleep.so") +
                                 "\", run: thread, processes: {count: 1}}}\nuser: root\n");
  const Finished check =
      RunProgram({Built("tined"), "--check", "--config", server.Path("tined.yaml")});
  BOOST_TEST(check.status == 2);
  BOOST_TEST(
      check.errors.find("`processes` is for modules with `run: process`") != std::string::npos,
      check.errors);
}

BOOST_AUTO_TEST_CASE(modules_hear_of_forks_in_spawner_and_executor) {
  const auto route = [](const std::string& path, const std::string& more) {
    return "      - {path: " + path + ", module: {file: \"" + Built("tests/modules/forks.so") +
           "\"" + more + "}}\n";
  };
  Server server;
  server.Start("backends: {processes: {count: 1, max: 1}}\n" + std::string(kPlain) +
               route("/a", ", run: process, settings: {letter: a}") +
               route("/b", ", run: process, settings: {letter: b, throws: true}") +
               route("/event", ", run: event"));
  Client client(server.Port());
  // The last one to be made is the first before a fork and the last after it.
  BOOST_TEST(client.Get("/a").body == "b<a<a!b!asbs");
  BOOST_TEST(client.Get("/b").body == "b<a<a>b>b<a<a!b!asbs");
  BOOST_TEST(client.Get("/event").body == "as");
  server.WaitForLog({"error", "not now", "module=forks"});
}

BOOST_AUTO_TEST_CASE(whoever_starts_it_by_hand_is_told) {
  const Finished finished = RunProgram({Built("tined-executor")});
  BOOST_TEST(finished.status == 2);
  BOOST_TEST(finished.errors ==
             "tined-executor is started by tined, for handlers with `run: process`\n");
}

BOOST_AUTO_TEST_SUITE_END()
