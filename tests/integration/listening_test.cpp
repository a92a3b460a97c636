// Where tined listens, and who gets the connections.
#include <linux/capability.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>

#include "base/error.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined;
using namespace tined::test;

namespace {

/// Two workers, unless said otherwise, with a listener there.
Config At(const std::string& address, const std::string& more = "") {
  return Config().Workers(2).Listener("web", address, more).Route("/", Respond("hello"));
}

Descriptor ConnectV6(std::uint16_t port) {
  Descriptor socket(Check(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  Check(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "connect");
  return socket;
}

std::vector<std::uint64_t> OpenByWorker(const Server& server) {
  std::vector<std::uint64_t> open;
  for (const auto& worker : server.Workers()) {
    open.push_back(worker["connections"]["open"].get<std::uint64_t>());
  }
  return open;
}

std::uint64_t OpenConnections(const Server& server) {
  return server.Status()["connections"]["open"].get<std::uint64_t>();
}

/// How many of 400 connections each of four workers has.
struct Spread {
  std::uint64_t least = 0;
  std::uint64_t most = 400;
  [[nodiscard]] bool IsEven() const { return least >= 90 && most <= 110; }
};

/// `burst` connections are opened before the first of them asks for anything.
Spread SpreadOf400(int burst) {
  Server server;
  server.Start(At("127.0.0.1:0").Workers(4));
  const std::uint16_t port = server.Port();
  std::vector<Client> clients;
  // Some that are gone when it begins: they do not count.
  for (int i = 0; i < 400; ++i) clients.emplace_back(port);
  BOOST_REQUIRE(Eventually([&] { return OpenConnections(server) == 400; }));
  clients.clear();
  BOOST_REQUIRE(Eventually([&] { return OpenConnections(server) == 0; }));
  while (clients.size() < 400) {
    const std::size_t first = clients.size();
    for (int i = 0; i < burst; ++i) clients.emplace_back(port);
    for (std::size_t i = first; i < clients.size(); ++i) {
      BOOST_REQUIRE(clients[i].Get("/").status == 200);
    }
  }
  const auto open = OpenByWorker(server);
  const auto [least, most] = std::minmax_element(open.begin(), open.end());
  return {*least, *most};
}

/// Of this process, and so of what it starts.
bool HasCapability(int capability) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CapEff:")) {
      return (std::stoull(line.substr(line.find('\t')), nullptr, 16) >> capability & 1) != 0;
    }
  }
  return false;
}

/// Whether the kernel keeps ports below 1024 for the capability at all, which a container's may
/// not, and whether a server can be started without it.
boost::test_tools::assertion_result CanBeRefusedLowPorts(boost::unit_test::test_unit_id /*unit*/) {
  int first = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first;
  return first >= IPPORT_RESERVED &&
         (!HasCapability(CAP_NET_BIND_SERVICE) || HasCapability(CAP_SETPCAP));
}

void StartsWithoutCapability(Server& server) {
  if (HasCapability(CAP_NET_BIND_SERVICE)) {
    // What is inheritable survives an exec without the bounding set.
    server.wrapper = {"/usr/bin/setpriv", "--bounding-set=-net_bind_service",
                      "--inh-caps=-net_bind_service"};
  }
}

const std::string kLowPort = "127.0.0.1:1023";
const std::string kLowPortRefused =
    "cannot listen on 127.0.0.1:1023 (listener `web`): Permission denied; a port below 1024 needs "
    "the capability CAP_NET_BIND_SERVICE (the drop-in low-ports.conf gives it to the systemd "
    "service) or a socket that systemd binds (tined.socket, and `address: systemd:NAME`): see "
    "tined(8)";

}  // namespace

BOOST_AUTO_TEST_SUITE(listening)

BOOST_AUTO_TEST_CASE(ipv6) {
  Server server;
  server.Start(At("[::1]:0"));
  const Descriptor socket = ConnectV6(server.Port());
  const std::string request = "GET / HTTP/1.0\r\n\r\n";
  BOOST_REQUIRE(::send(socket.get(), request.data(), request.size(), 0) > 0);
  std::string answer(4096, '\0');
  const ssize_t got = ::recv(socket.get(), answer.data(), answer.size(), 0);
  BOOST_REQUIRE(got > 0);
  BOOST_TEST(answer.substr(0, 15) == "HTTP/1.1 200 OK");
}

BOOST_AUTO_TEST_CASE(a_unix_socket_has_its_mode_and_goes_with_the_server) {
  Server server;
  server.Start(At("unix:${DIR}/web.sock", "mode: 0600"));
  BOOST_TEST(Client(server.Path("web.sock")).Get("/").body == "hello");
  struct stat status {};
  BOOST_REQUIRE(::stat(server.Path("web.sock").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 0600U);
  BOOST_TEST(server.Stop() == 0);
  BOOST_TEST(!std::filesystem::exists(server.Path("web.sock")));
}

BOOST_AUTO_TEST_CASE(a_stale_unix_socket_is_replaced) {
  Server server;
  server.Start(At("unix:${DIR}/web.sock"));
  server.Signal(SIGKILL);
  BOOST_TEST(server.WaitForEnd() == 128 + SIGKILL);
  BOOST_TEST(std::filesystem::exists(server.Path("web.sock")));
  // Its workers may listen for a moment yet; then the socket is stale.
  BOOST_REQUIRE(Eventually([&] {
    try {
      Client refused(server.Path("web.sock"));
      return false;
    } catch (const std::system_error&) {
      return true;
    }
  }));
  server.Start(At("unix:${DIR}/web.sock"));
  BOOST_TEST(Client(server.Path("web.sock")).Get("/").body == "hello");
}

BOOST_AUTO_TEST_CASE(a_unix_socket_in_use_is_left_alone) {
  Server first;
  first.Start(At("unix:${DIR}/web.sock"));
  Server second;
  second.Launch(At("unix:" + first.Path("web.sock")));
  BOOST_TEST(second.WaitForEnd() == 1);
  BOOST_TEST(second.HasLogged("cannot listen on unix:", 1));
  BOOST_TEST(Client(first.Path("web.sock")).Get("/").body == "hello");
}

BOOST_AUTO_TEST_CASE(an_address_in_use_ends_the_start_with_status_1) {
  Server first;
  first.Start(At("127.0.0.1:0"));
  Server second;
  second.Launch(At("127.0.0.1:" + std::to_string(first.Port())));
  BOOST_TEST(second.WaitForEnd() == 1);
  BOOST_TEST(second.HasLogged("Address already in use", 1));
}

BOOST_AUTO_TEST_CASE(a_refused_low_port_is_told_with_what_to_do,
                     *boost::unit_test::precondition(CanBeRefusedLowPorts)) {
  Server server;
  StartsWithoutCapability(server);
  server.Launch(At(kLowPort));
  BOOST_TEST(server.WaitForEnd() == 1);
  BOOST_TEST(server.HasLogged(kLowPortRefused, 1));
}

BOOST_AUTO_TEST_CASE(a_reload_to_a_refused_low_port_says_the_same_and_changes_nothing,
                     *boost::unit_test::precondition(CanBeRefusedLowPorts)) {
  Server server;
  StartsWithoutCapability(server);
  server.Start(At("127.0.0.1:0"));
  server.Configure(At(kLowPort));
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find(kLowPortRefused) != std::string::npos, failed.errors);
  BOOST_TEST(GetOnce(server.Port(), "/").body == "hello");
}

BOOST_AUTO_TEST_CASE(sockets_passed_by_systemd_are_used_by_name) {
  // systemd's protocol: the descriptors from 3 on, their number and names, and whose they are.
  const Descriptor socket(Check(::socket(AF_INET, SOCK_STREAM, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  Check(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size), "bind");
  Check(::listen(socket.get(), 16), "listen");
  Check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  Server server;
  server.StartWithSockets(At("systemd:web"), {{"web", socket.get()}});
  BOOST_TEST(GetOnce(ntohs(address.sin_port), "/").body == "hello");
  server.Configure(At("systemd:web"));
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(GetOnce(ntohs(address.sin_port), "/").body == "hello");
  server.Configure(At("systemd:other"));
  const Finished failed = server.Reload();
  BOOST_TEST(failed.status == 1);
  BOOST_TEST(failed.errors.find("systemd has passed no socket of that name") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(connections_spread_evenly_over_the_workers) {
  // A worker that gets no CPU is passed over, and rightly so: where others keep the machine busy,
  // it takes a few tries until they leave it alone for long enough.
  constexpr int kTries = 10;
  for (const int burst : {1, 200}) {
    BOOST_TEST_CONTEXT("bursts of " << burst) {
      Spread spread;
      for (int i = 0; i < kTries && !spread.IsEven(); ++i) spread = SpreadOf400(burst);
      BOOST_TEST(spread.least >= 90U);
      BOOST_TEST(spread.most <= 110U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_worker_that_one_listener_has_filled_takes_none_of_another) {
  Server server;
  server.Start(Config()
                   .Workers(1, "max_connections: 3")
                   .Route("/", Respond("a"))
                   .Listener("b", "unix:${DIR}/b.sock")
                   .Route("/", Respond("b")));
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(server.Port());
    BOOST_REQUIRE(clients.back().Get("/").body == "a");
  }
  Client waiting(server.Path("b.sock"));
  waiting.SendGet("/");
  // An answer means that the loop has been through another turn.
  for (int i = 0; i < 3; ++i) BOOST_TEST(clients[0].Get("/").body == "a");
  BOOST_TEST(OpenConnections(server) == 3U);
  clients.pop_back();
  BOOST_TEST(waiting.Read().body == "b");
}

BOOST_AUTO_TEST_CASE(a_full_worker_leaves_the_accepting_to_the_others) {
  Server server;
  server.Start(At("127.0.0.1:0").Workers(2, "max_connections: 5"));
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) {
    clients.emplace_back(server.Port());
    BOOST_REQUIRE(clients.back().Get("/").status == 200);
  }
  const std::vector<std::uint64_t> full = {5, 5};
  BOOST_TEST(OpenByWorker(server) == full, boost::test_tools::per_element());
  // All are full, and nobody is idle: the next one waits in the backlog until somebody leaves.
  for (Client& client : clients) client.Send("GET / HT");
  Client waiting(server.Port());
  waiting.SendGet("/");
  BOOST_TEST(waiting.WaitForEnd(milliseconds(100)) == Client::End::deadline);
  clients.pop_back();
  BOOST_TEST(waiting.Read().body == "hello");
}

// UBSan's check of virtual calls opens a pipe to look at an object's memory: without descriptors it
// takes every object for a broken one.
BOOST_AUTO_TEST_CASE(running_out_of_descriptors_never_spins, *NotSanitized()) {
  Server server;
  server.Start(At("127.0.0.1:0").Workers(1));
  const pid_t worker = server.WorkerPids().at(0);
  Client first(server.Port());
  BOOST_REQUIRE(first.Get("/").status == 200);
  rlimit normal{};
  Check(::prlimit(worker, RLIMIT_NOFILE, nullptr, &normal), "prlimit");
  const rlimit none{.rlim_cur = 0, .rlim_max = normal.rlim_max};
  Check(::prlimit(worker, RLIMIT_NOFILE, &none, nullptr), "prlimit");
  Client starved(server.Port());
  starved.SendGet("/");
  server.WaitForLog({"cannot accept connections", "EMFILE"});
  const auto before = CpuTimeOf(worker);
  BOOST_TEST(starved.WaitForEnd(milliseconds(1000)) == Client::End::deadline);
  BOOST_TEST((CpuTimeOf(worker) - before).count() <= 100);
  BOOST_TEST(server.HasLogged("cannot accept connections", 1));
  BOOST_TEST(first.Get("/").status == 200);
  Check(::prlimit(worker, RLIMIT_NOFILE, &normal, nullptr), "prlimit");
  BOOST_TEST(starved.Read().body == "hello");
}

BOOST_AUTO_TEST_CASE(no_connection_is_forgotten_when_clients_leave) {
  Server server;
  server.Start(At("127.0.0.1:0"));
  {
    std::vector<Client> clients;
    for (int i = 0; i < 50; ++i) {
      clients.emplace_back(server.Port());
      BOOST_REQUIRE(clients.back().Get("/").status == 200);
    }
    BOOST_TEST(OpenConnections(server) == 50U);
  }
  BOOST_TEST(Eventually([&] { return OpenConnections(server) == 0; }));
  BOOST_TEST(server.Status()["connections"]["accepted"] == 50);
}

BOOST_AUTO_TEST_SUITE_END()
