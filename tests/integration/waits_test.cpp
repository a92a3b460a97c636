// The supervisor waits for nobody: one of its partners does not read, answer or end, and meanwhile
// a worker is killed. Its clients must not notice.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "base/error.hpp"
#include "tests/certificates.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined;
using namespace tined::test;

namespace {

/// Far from the few milliseconds that it takes, for machines that are busy, and far from the
/// partners' silence, which has no end.
constexpr milliseconds kLongestWait{5000};
/// What it is on a machine that has time.
milliseconds Soon() { return IsSanitized() ? milliseconds(1000) : milliseconds(100); }

/// Two workers, a unix socket and a port.
Config Serving() {
  return Config()
      .Workers(2, "watchdog: 0")
      .Set("drain_timeout", "2s")
      .Listener("web", "unix:${DIR}/web.sock")
      .Route("/sock", Respond(""))
      .Listener("tcp")
      .Route("/ping", Respond("pong"));
}

Handler Chaos(const std::string& settings, const std::string& run = "event") {
  return Module("chaos", "run: " + run + ", settings: " + settings);
}

/// By what the service itself says: its log may be where nobody reads it.
std::uint16_t PortOf(const Server& server) {
  const nlohmann::json status = server.Status();
  for (const nlohmann::json& listener : status["listeners"]) {
    const auto address = listener["address"].get<std::string>();
    if (address.starts_with("127.")) {
      return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }
  }
  BOOST_FAIL("no such listener");
  return 0;
}

/// The control socket is a client, too.
nlohmann::json WorkersSoon(const Server& server) {
  const auto asked = std::chrono::steady_clock::now();
  nlohmann::json workers = server.Workers();
  BOOST_TEST((std::chrono::steady_clock::now() - asked < kLongestWait), "tinectl waited too long");
  return workers;
}

pid_t ServingWorker(const Server& server, int slot) {
  for (const nlohmann::json& worker : WorkersSoon(server)) {
    if (worker["worker"] == slot && worker["state"] == "serving") return worker["pid"];
  }
  return -1;
}

/// Kills workers under load, one after the other. The longest that a client waited.
milliseconds LongestWaitWhileWorkersDie(const Server& server) {
  Load load({.port = PortOf(server), .connections = 8, .files = {{"/ping", "pong"}}});
  for (const int slot : {0, 1}) {
    const auto before = load.answers();
    BOOST_TEST(Eventually([&] { return load.answers() > before + 100; }));
    const pid_t killed = ServingWorker(server, slot);
    BOOST_REQUIRE(killed > 0);
    Kill(killed, SIGKILL);
    BOOST_TEST(Eventually([&] {
      const pid_t now = ServingWorker(server, slot);
      return now > 0 && now != killed;
    }));
  }
  load.Stop();
  // Each of the two that are killed may have had all of them, where they cannot be carried on.
  const std::uint64_t most_lost = RescueObstacle().empty() ? 0 : 2 * 8;
  BOOST_TEST(load.failures() <= most_lost, load.first_failure());
  return load.longest_wait();
}

/// While some partner stands still, workers die: every client is answered, soon, and each worker
/// replaced. A machine that is busy may itself hold up a client, but hardly each time; a supervisor
/// that waits for its partner does.
void ExpectUnmoved(const Server& server) {
  constexpr int kTimes = 5;
  milliseconds shortest{milliseconds::max()};
  for (int i = 0; i < kTimes && shortest >= Soon(); ++i) {
    const milliseconds longest = LongestWaitWhileWorkersDie(server);
    BOOST_TEST_MESSAGE("longest wait: " << longest.count() << " ms");
    BOOST_TEST(longest.count() < kLongestWait.count());
    shortest = std::min(shortest, longest);
  }
  BOOST_TEST(shortest.count() < Soon().count());
}

/// A reload that is under way; its outcome is asked for at the end.
std::future<Finished> ReloadMeanwhile(const Server& server) {
  return std::async(std::launch::async, [&server] {
    // What takes longer than that is not silence.
    return server.Ctl({"--timeout", "3", "reload"});
  });
}

const char* const kTls = "tls: {certificates: [{certificate: a.pem, key: a.key}]}";

void WritePair(const Server& server) {
  const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
  server.Write("a.pem", pair.Certificate());
  server.Write("a.key", pair.PrivateKey());
}

/// -1: there is none.
pid_t HandshakerOf(const Server& server) {
  for (const pid_t child : ChildrenOf(server.pid())) {
    if (CommandOf(child).starts_with("tined-handshaker")) return child;
  }
  return -1;
}

/// A terminal: its two ends.
struct Terminal {
  Terminal() : master(Check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "posix_openpt")) {
    Check(::grantpt(master.get()), "grantpt");
    Check(::unlockpt(master.get()), "unlockpt");
    name = ::ptsname(master.get());
    slave.Reset(Check(::open(name.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), name));
  }
  /// Nobody reads it, and it says that it can be written to, though it has no room for a line and
  /// its end: what makes a writer wait who has asked before.
  void Fill() const {
    const std::string block(100, 'x');
    while (::write(slave.get(), block.data(), block.size()) > 0) {
    }
    BOOST_REQUIRE(Eventually([&] {
      std::string few(64, ' ');
      (void)!::read(master.get(), few.data(), few.size());
      pollfd writable{.fd = slave.get(), .events = POLLOUT, .revents = 0};
      return ::poll(&writable, 1, 20) == 1;
    }));
  }

  Descriptor master;
  Descriptor slave;
  std::string name;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(waits)

BOOST_AUTO_TEST_CASE(a_module_whose_constructor_hangs) {
  for (const char* const run : {"event", "process"}) {
    Server server;
    server.Start(Serving().Route("/m", Chaos("{}")));
    server.Configure(Serving().Route("/m", Chaos("{at_configure: hang}", run)));
    std::future<Finished> reload = ReloadMeanwhile(server);
    BOOST_TEST(Eventually([&] { return server.Status()["state"] == "reloading"; }));
    ExpectUnmoved(server);
    BOOST_TEST(server.Status()["state"] == "reloading");
    const Finished finished = reload.get();
    BOOST_TEST(finished.status == 1);
    BOOST_TEST(Contains(finished.errors, "tined.yaml:"), finished.errors);
    BOOST_TEST(Contains(finished.errors, "chaos.so: it took longer than 10 s"), finished.errors);
    BOOST_TEST(GetOnce(PortOf(server), "/m/ok").body == "still here\n");
  }
}

BOOST_AUTO_TEST_CASE(a_module_that_hangs_in_a_check) {
  Server server;
  server.Start(Serving());
  server.Configure(Serving().Route("/m", Chaos("{at_configure: hang}")));
  std::future<Finished> check =
      std::async(std::launch::async, [&server] { return server.Ctl({"check"}); });
  ExpectUnmoved(server);
  const Finished finished = check.get();
  BOOST_TEST(finished.status == 1);
  BOOST_TEST(Contains(finished.errors, "chaos.so: it took longer than 10 s"), finished.errors);
  server.Configure(Serving().Route("/m", Chaos("{at_configure: throw}")));
  BOOST_TEST(Contains(server.Ctl({"check"}).errors, "thrown on demand"));
  server.Configure(Serving().Route("/m", Chaos("{}")));
  BOOST_TEST(server.Ctl({"check"}).status == 0);
}

BOOST_AUTO_TEST_CASE(all_modules_that_refuse_are_named) {
  Server server;
  server.Start(Serving());
  server.Configure(Serving()
                       .Route("/a", Chaos("{at_configure: throw}"))
                       .Route("/b", Chaos("{at_start: throw}"))
                       .Route("/c", Chaos("{at_configure: exit}")));
  const Finished reload = server.Reload();
  BOOST_TEST(reload.status == 1);
  for (const char* part : {":13:", ":14:", ":15:", "it refuses its configuration: thrown on demand",
                           "it cannot start: thrown on demand", "it ended the process (exit 3)"}) {
    BOOST_TEST(Contains(reload.errors, part), reload.errors);
  }
}

BOOST_AUTO_TEST_CASE(a_service_manager_that_reads_nothing) {
  Server server;
  const Descriptor manager(Check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = server.Path("notify.sock");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  Check(::bind(manager.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  const int smallest = 1;
  Check(::setsockopt(manager.get(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest),
        "setsockopt");
  server.environment = {"NOTIFY_SOCKET=" + path};
  server.Start(Serving());
  const auto is_full = [&] {
    const Descriptor other(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::sendto(other.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&address),
                    sizeof address) < 0;
  };
  while (!is_full()) {
  }
  for (int i = 0; i < 3; ++i) BOOST_TEST(server.Reload().status == 0);
  ExpectUnmoved(server);
  // What was kept arrives, in order, once somebody reads.
  std::string heard;
  BOOST_TEST(Eventually([&] {
    std::string message(4096, '\0');
    const ssize_t got = ::recv(manager.get(), message.data(), message.size(), MSG_DONTWAIT);
    if (got > 0) heard += message.substr(0, static_cast<std::size_t>(got)) + '\n';
    return Contains(heard, "READY=1\nSTATUS=2 workers, generation 4");
  }));
  BOOST_TEST(heard.find("generation 2") < heard.find("generation 4"));
}

BOOST_AUTO_TEST_CASE(a_terminal_that_nobody_reads) {
  const Terminal terminal;
  Server server;
  server.wrapper = {"/bin/sh", "-c", "exec \"$@\" 2>" + terminal.name, "sh"};
  server.Launch(Serving());
  BOOST_REQUIRE(Eventually([&] { return server.Ctl({"status"}).status == 0; }));
  BOOST_TEST(Eventually([&] { return server.Status()["state"] == "serving"; }));
  terminal.Fill();
  BOOST_TEST(Eventually([&] {
    BOOST_TEST(server.Reload().status == 0);
    return server.Status()["lines_lost"]["log"].get<int>() > 0;
  }));
  ExpectUnmoved(server);
  // The shell's own description of the terminal is as it was.
  const Descriptor other(::open(terminal.name.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
  BOOST_TEST((::fcntl(other.get(), F_GETFL) & O_NONBLOCK) == 0);
}

BOOST_AUTO_TEST_CASE(a_socket_that_nobody_reads_as_standard_error) {
  int ends[2];
  Check(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
  const Descriptor ours(ends[0]);
  const Descriptor theirs(ends[1]);
  const int smallest = 1;
  Check(::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &smallest, sizeof smallest),
        "setsockopt");
  Server server;
  server.wrapper = {"/bin/sh", "-c", "exec \"$@\" 2>&" + std::to_string(theirs.get()), "sh"};
  server.Launch(Serving());
  BOOST_REQUIRE(Eventually([&] { return server.Ctl({"status"}).status == 0; }));
  BOOST_TEST(Eventually([&] { return server.Status()["state"] == "serving"; }));
  for (int i = 0; i < 3; ++i) BOOST_TEST(server.Reload().status == 0);
  ExpectUnmoved(server);
  BOOST_TEST(server.Status()["lines_lost"]["log"].get<int>() > 0);
  BOOST_TEST((::fcntl(theirs.get(), F_GETFL) & O_NONBLOCK) == 0);
}

BOOST_AUTO_TEST_CASE(a_pipe_or_a_device_in_place_of_a_configuration) {
  Server server;
  server.Start(Serving());
  std::filesystem::create_directory(server.Path("conf.d"));
  BOOST_REQUIRE(::mkfifo(server.Path("conf.d/x.yaml").c_str(), 0600) == 0);
  server.Signal(SIGHUP);
  server.WaitForLog({"reload failed", "conf.d/x.yaml: is a pipe (FIFO)"});
  ExpectUnmoved(server);
  std::filesystem::remove(server.Path("conf.d/x.yaml"));
  std::filesystem::create_symlink("/dev/zero", server.Path("conf.d/y.yaml"));
  BOOST_TEST(Contains(server.Reload().errors, "conf.d/y.yaml: is a device"));
  std::filesystem::remove(server.Path("conf.d/y.yaml"));
  BOOST_TEST(server.Reload().status == 0);
  std::filesystem::remove(server.Path("tined.yaml"));
  BOOST_REQUIRE(::mkfifo(server.Path("tined.yaml").c_str(), 0600) == 0);
  BOOST_TEST(Contains(server.Reload().errors, "tined.yaml: is a pipe (FIFO)"));
  ExpectUnmoved(server);
}

BOOST_AUTO_TEST_CASE(a_control_client_that_reads_nothing) {
  Server server;
  server.Start(Serving());
  Client client(server.Path("control.sock"));
  const std::string orders = [] {
    std::string many;
    for (int i = 0; i < 200; ++i) many += "{\"command\":\"workers\"}\n";
    return many;
  }();
  std::size_t at = 0;
  (void)Eventually(
      [&] {
        const ssize_t sent = ::send(client.descriptor(), orders.data() + at, orders.size() - at,
                                    MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) at += static_cast<std::size_t>(sent);
        return at == orders.size();
      },
      milliseconds(1000));
  ExpectUnmoved(server);
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_stopped) {
  Server server;
  server.Start(Serving().Workers(3, "watchdog: 0"));
  const pid_t stopped = ServingWorker(server, 2);
  Kill(stopped, SIGSTOP);
  ExpectUnmoved(server);
  BOOST_TEST(server.Reload().status == 0);
  ExpectUnmoved(server);
  Kill(stopped, SIGCONT);
}

BOOST_AUTO_TEST_CASE(a_spawner_that_is_stopped) {
  Server server;
  server.Start(Serving().Route("/m", Chaos("{}", "process")));
  const std::string log = server.Log();
  const std::size_t at = log.find("spawner is ready");
  BOOST_REQUIRE(at != std::string::npos);
  const pid_t spawner = std::stoi(log.substr(log.find("pid=", at) + 4));
  Kill(spawner, SIGSTOP);
  ExpectUnmoved(server);
  BOOST_TEST(server.Reload().status == 0);
  ExpectUnmoved(server);
  Kill(spawner, SIGCONT);
}

BOOST_AUTO_TEST_CASE(a_handshaker_that_is_stopped) {
  Server server;
  WritePair(server);
  server.Start(Serving().Listener("tls", "127.0.0.1:0", kTls).Route("/", Respond("hello")));
  const pid_t stopped = HandshakerOf(server);
  BOOST_REQUIRE(stopped > 0);
  Kill(stopped, SIGSTOP);
  ExpectUnmoved(server);
  BOOST_TEST(server.Reload().status == 0);
  ExpectUnmoved(server);
  Kill(stopped, SIGCONT);
}

BOOST_AUTO_TEST_CASE(a_handshaker_that_is_stopped_at_its_start) {
  Server server;
  WritePair(server);
  server.Start(Serving());
  // Those that are stopped too late are ready, and the reload comes off: then without TLS, and
  // again.
  const Config with = Serving().Listener("tls", "127.0.0.1:0", kTls).Route("/", Respond("hello"));
  std::future<Finished> reload;
  pid_t stopped = -1;
  BOOST_REQUIRE(Eventually([&] {
    server.Configure(Serving());
    BOOST_TEST(server.Reload().status == 0);
    BOOST_TEST(Eventually([&] { return HandshakerOf(server) < 0; }));
    server.Configure(with);
    reload = ReloadMeanwhile(server);
    BOOST_TEST(Eventually([&] {
      stopped = HandshakerOf(server);
      return stopped > 0;
    }));
    Kill(stopped, SIGSTOP);
    const bool is_held = reload.wait_for(seconds(1)) == std::future_status::timeout;
    if (!is_held) Kill(stopped, SIGCONT);
    return is_held;
  }));
  ExpectUnmoved(server);
  BOOST_TEST(server.Status()["state"] == "reloading");
  Kill(stopped, SIGCONT);
  const Finished finished = reload.get();
  BOOST_TEST(finished.status == 0, finished.errors);
  BOOST_TEST(GetOnce(PortOf(server), "/ping").body == "pong");
}

BOOST_AUTO_TEST_CASE(a_directory_that_somebody_keeps_locked) {
  Server server;
  server.Start(Serving());
  std::filesystem::create_directory(server.Path("sockets"));
  const Descriptor directory(
      Check(::open(server.Path("sockets").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open"));
  Check(::flock(directory.get(), LOCK_EX), "flock");
  // Ten sockets at a time: what is waited for each of them adds up.
  constexpr int kTimes = 5;
  milliseconds shortest{milliseconds::max()};
  for (int i = 0; i < kTimes && shortest >= seconds(1); ++i) {
    Config config = Serving();
    for (int k = 0; k < 10; ++k) {
      const std::string name = std::to_string(i) + "-" + std::to_string(k);
      config.Listener(name, "unix:${DIR}/sockets/" + name).Route("/", Respond(name));
    }
    server.Configure(config);
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST(server.Reload().status == 0);
    shortest = std::min(shortest, std::chrono::duration_cast<milliseconds>(
                                      std::chrono::steady_clock::now() - begun));
  }
  BOOST_TEST(shortest.count() < 1000);
}

boost::test_tools::assertion_result IsRoot(boost::unit_test::test_unit_id /*unit*/) {
  return ::geteuid() == 0;
}

// A sanitizer's library wants to be loaded first.
BOOST_AUTO_TEST_CASE(a_name_service_that_does_not_answer,
                     *boost::unit_test::precondition(IsRoot) * NotSanitized()) {
  Server server;
  server.environment = {"LD_PRELOAD=" + Built("tests/integration/libsilent-names.so"),
                        "TINED_SILENCE=" + server.Path("silence")};
  server.Start(Serving().Set("user", "nobody"));
  for (const char* const order : {"reload", "upgrade", "check"}) {
    server.Write("silence", "");
    std::future<Finished> outcome = std::async(std::launch::async, [&] {
      return server.Ctl({"--timeout", "3", order});
    });
    ExpectUnmoved(server);
    BOOST_TEST((outcome.wait_for(seconds(0)) == std::future_status::timeout), order);
    std::filesystem::remove(server.Path("silence"));
    const Finished finished = outcome.get();
    BOOST_TEST(finished.status == 0, order << ": " << finished.errors);
  }
  server.Configure(Serving().Set("user", "nobody-of-that-name"));
  BOOST_TEST(Contains(server.Reload().errors, "there is no user `nobody-of-that-name`"));
}

BOOST_AUTO_TEST_CASE(tinectl_does_not_wait_for_a_supervisor_that_is_stopped) {
  Server server;
  server.Start(Serving());
  server.Signal(SIGSTOP);
  for (const char* const command : {"status", "reload", "check"}) {
    const Finished finished = server.Ctl({"--timeout", "1", command});
    BOOST_TEST(finished.status == 1);
    BOOST_TEST(Contains(finished.errors, "its supervisor is stopped or hangs"), finished.errors);
  }
  server.Signal(SIGCONT);
  BOOST_TEST(Eventually([&] { return server.Ctl({"status"}).status == 0; }));
}

// UndefinedBehaviorSanitizer needs descriptors for its own checks.
BOOST_AUTO_TEST_CASE(no_descriptor_left_for_a_control_client, *NotSanitized()) {
  Server server;
  server.Start(Serving());
  // All below are open for good: whatever else comes and goes, there is no number left.
  rlimit before{};
  rlimit now{3, 0};
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
  now.rlim_max = before.rlim_max;
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &now, nullptr) == 0);
  Client client(server.Path("control.sock"));
  client.Send("{\"command\":\"status\"}\n");
  server.WaitForLog({"cannot accept a control client", "EMFILE"});
  const milliseconds used = CpuTimeOf(server.pid());
  BOOST_TEST(!client.WaitForBytes(milliseconds(1500)));
  BOOST_TEST((CpuTimeOf(server.pid()) - used).count() < 150);
  BOOST_TEST(server.CountLog("cannot accept a control client") == 1);
  BOOST_REQUIRE(::prlimit(server.pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
  BOOST_TEST(client.WaitForBytes(kPatience));
}

BOOST_AUTO_TEST_SUITE_END()
