// Descriptors and max_connections are room: connections that there is none for wait where they are,
// are served and counted, and are not cut. And what a worker can do to the channel that connections
// move over is undone.
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <charconv>
#include <filesystem>
#include <map>
#include <vector>

#include "base/error.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined;
using namespace tined::test;

namespace {

Config Serving(const std::string& idle = "75s", int max_connections = 10000) {
  return Config()
      .Set("user", ::getuid() == 0 ? "root" : "\"\"")
      .Workers(2, "max_connections: " + std::to_string(max_connections))
      .Set("drain_timeout", "1s")
      .Set("timeouts", "{idle: " + idle + "}")
      .Route("/", Respond("pong"));
}

struct Crowded : Server {
  void LimitDescriptors(int most) {
    wrapper = {"/usr/bin/prlimit", "--nofile=" + std::to_string(most)};
  }
  void Connect(int count) {
    for (int i = 0; i < count; ++i) clients.emplace_back(Port());
  }
  void ExpectOpen(int count) const {
    BOOST_TEST(Eventually([&] { return Status()["connections"]["open"] == count; }));
  }
  /// Every connection that a worker has goes on.
  void ExpectServed(std::size_t count) {
    std::size_t served = 0;
    for (Client& client : clients) {
      client.SendGet("/");
      if (served == count) break;
      served += client.Read().body == "pong" ? 1 : 0;
    }
    BOOST_TEST(served == count);
    BOOST_TEST(Status()["connections"]["lost"] == 0);
    BOOST_TEST(Status()["rescued"]["lost"] == 0);
  }
  std::vector<Client> clients;
};

/// Sockets of packets that both processes have: the ends of the handoff channel. Copies.
std::vector<Descriptor> SharedChannels(pid_t one, pid_t other) {
  const auto sockets = [](pid_t pid) {
    std::map<std::string, int> found;
    std::error_code failed;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
      const std::string target = std::filesystem::read_symlink(entry, failed);
      const std::string number = entry.path().filename();
      if (target.starts_with("socket:")) found[target] = std::stoi(number);
    }
    return found;
  };
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, one, 0)));
  const auto others = sockets(other);
  std::vector<Descriptor> shared;
  for (const auto& [name, number] : sockets(one)) {
    if (others.count(name) == 0) continue;
    Descriptor copy(static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0)));
    if (copy) shared.push_back(std::move(copy));
  }
  return shared;
}

int OptionOf(const Descriptor& socket, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(socket.get(), SOL_SOCKET, option, &value, &size);
  return value;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(handover, Crowded)

BOOST_AUTO_TEST_CASE(a_reload_with_all_descriptors_in_use_cuts_nobody) {
  LimitDescriptors(128);
  Start(Serving());
  Connect(150);
  ExpectOpen(150);
  BOOST_TEST(Reload().status == 0);
  BOOST_TEST(Eventually([&] { return WorkerPids("draining").empty(); }));
  ExpectServed(150);
}

BOOST_AUTO_TEST_CASE(workers_accept_no_more_than_they_have_descriptors_for) {
  LimitDescriptors(128);
  Start(Serving());
  Connect(240);
  WaitForLog({"the limit of open files leaves room for fewer connections"});
  BOOST_TEST(Eventually([&] { return Status()["connections"]["open"] > 150; }));
  const int open = Status()["connections"]["open"];
  BOOST_TEST(open < 230);
  // The others wait to be accepted, and are as soon as some have left.
  clients.erase(clients.begin(), clients.begin() + 60);
  ExpectOpen(180);
  ExpectServed(180);
}

BOOST_AUTO_TEST_CASE(a_dead_workers_connections_find_room, *NeedsRescue()) {
  LimitDescriptors(256);
  Start(Serving());
  Connect(300);
  ExpectOpen(300);
  KillWorker(0, SIGKILL);
  ExpectServed(300);
}

BOOST_AUTO_TEST_CASE(fewer_workers_than_there_are_connections_for_keep_them_waiting_and_served) {
  LimitDescriptors(128);
  Start(Serving("5s"));
  Connect(160);
  ExpectOpen(160);
  BOOST_TEST(Ctl({"scale", "1"}).status == 0);
  WaitForLog({"a worker goes on draining"});
  BOOST_TEST(Status()["connections"]["waiting"] > 20);
  ExpectOpen(160);
  ExpectServed(160);
  // They end like any others, by the idle time-out, and their worker with them.
  BOOST_TEST(Eventually([&] { return WorkerPids("draining").empty(); }));
  BOOST_TEST(Status()["connections"]["timed_out"] > 20);
}

BOOST_AUTO_TEST_CASE(a_smaller_max_connections_cuts_nobody) {
  Start(Serving());
  Connect(200);
  ExpectOpen(200);
  Configure(Serving("3s", 50));
  BOOST_TEST(Reload().status == 0);
  WaitForLog({"took over more connections than it accepts", "most=50"});
  BOOST_TEST(Eventually([&] { return WorkerPids("draining").empty(); }));
  BOOST_TEST(Status()["connections"]["open"] == 200);
  BOOST_TEST(clients.front().Get("/").body == "pong");
  BOOST_TEST(Eventually([&] { return Status()["connections"]["open"] == 0; }));
  BOOST_TEST(clients.back().WaitForEnd() == Client::End::closed);
}

BOOST_AUTO_TEST_CASE(a_handoff_channel_that_a_worker_has_closed_is_replaced, *NeedsRescue()) {
  for (const int how : {SHUT_RD, SHUT_WR, SHUT_RDWR}) {
    Crowded server;
    server.Start(Serving());
    server.Connect(30);
    server.ExpectOpen(30);
    const auto workers = server.WorkerPids();
    for (const Descriptor& socket : SharedChannels(workers[0], workers[1])) {
      if (OptionOf(socket, SO_TYPE) == SOCK_SEQPACKET) ::shutdown(socket.get(), how);
    }
    Kill(workers[0], SIGKILL);
    server.ExpectServed(30);
    BOOST_TEST(server.HasLogged("a process has closed the handoff channel", 1));
    BOOST_TEST(server.Reload().status == 0);
    BOOST_TEST(Eventually([&] { return server.WorkerPids("draining").empty(); }));
    server.ExpectServed(30);
  }
}

// The test takes the socket out of a worker itself.
BOOST_AUTO_TEST_CASE(a_listening_socket_that_a_worker_has_closed_listens_again, *NeedsRescue()) {
  Start(Serving());
  const auto workers = WorkerPids();
  for (const Descriptor& socket : SharedChannels(workers[0], workers[1])) {
    if (OptionOf(socket, SO_ACCEPTCONN) == 1) ::shutdown(socket.get(), SHUT_RDWR);
  }
  WaitForLog({"a process has broken a listening socket", "mended", "listener=web"});
  BOOST_TEST(Eventually([&] {
    try {
      return GetOnce(Port(), "/").body == "pong";
    } catch (const std::exception&) {
      return false;
    }
  }));
}

BOOST_AUTO_TEST_SUITE_END()
