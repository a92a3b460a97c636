// systemd's descriptor store: what it keeps while no supervisor lives, and what the next one makes
// of it.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <map>

#include "base/error.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/load.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/server.hpp"
#include "tests/kill.hpp"

using namespace tined;
using namespace tined::test;

namespace {

/// systemd's end (sd_pid_notify_with_fds(3)), for one server after the other.
class Store {
 public:
  Store() : socket_(Check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    home_.Path("notify.sock").copy(address.sun_path, sizeof address.sun_path - 1);
    Check(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
          "bind");
  }

  void OfferTo(Server& server) const {
    server.environment = {"NOTIFY_SOCKET=" + home_.Path("notify.sock"), "FDSTORE=64"};
  }
  /// Waits until exactly these names are kept.
  void ExpectKept(const std::vector<std::string>& names) {
    const auto holds = [&] {
      while (ReadOne()) {
      }
      return std::equal(names.begin(), names.end(), kept_.begin(), kept_.end(),
                        [](const auto& name, const auto& each) { return name == each.first; });
    };
    BOOST_TEST(Eventually(holds));
    if (holds()) return;
    for (const auto& [name, descriptor] : kept_) BOOST_TEST_MESSAGE("kept: " << name);
  }
  /// As systemd passes them at a start.
  [[nodiscard]] std::vector<std::pair<std::string, int>> Kept() const {
    std::vector<std::pair<std::string, int>> all;
    for (const auto& [name, descriptor] : kept_) all.emplace_back(name, descriptor.get());
    return all;
  }

 private:
  bool ReadOne() {
    std::array<char, 8192> bytes;
    std::array<char, 256> control;
    iovec part{bytes.data(), bytes.size()};
    msghdr packet{};
    packet.msg_iov = &part;
    packet.msg_iovlen = 1;
    packet.msg_control = control.data();
    packet.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(socket_.get(), &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0) return false;
    const std::string text(bytes.data(), static_cast<std::size_t>(got));
    const std::size_t at = text.find("FDNAME=");
    const std::string name = at == std::string::npos ? "" : text.substr(at + 7);
    const cmsghdr* const rights = CMSG_FIRSTHDR(&packet);
    if (text.starts_with("FDSTORE=1\n") && rights != nullptr) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(rights), sizeof number);
      // Far from the numbers at which they are passed.
      const Descriptor received(number);
      kept_.insert_or_assign(name, Descriptor(::fcntl(number, F_DUPFD_CLOEXEC, 200)));
    }
    if (text.starts_with("FDSTOREREMOVE=1\n")) kept_.erase(name);
    return true;
  }

  Server home_;  ///< for its directory
  Descriptor socket_;
  std::map<std::string, Descriptor> kept_;
};

const std::vector<std::string> kOwn = {"tined-give", "tined-successor", "tined-take"};

std::vector<std::string> With(std::vector<std::string> names) {
  names.insert(names.begin() + 1, kOwn.begin(), kOwn.end());
  std::sort(names.begin(), names.end());
  return names;
}

Config Serving() {
  return Config().Set("drain_timeout", "15s").Workers(2).Route("/", Respond("pong"));
}
const std::string kWeb = "tined-listen-127.0.0.1%3A0%20web";

void KillSupervisor(Server& server) {
  server.Signal(SIGKILL);
  BOOST_TEST(server.WaitForEnd() == 128 + SIGKILL);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_store)

BOOST_AUTO_TEST_CASE(keeps_the_listening_sockets_of_now) {
  Store store;
  Server server;
  store.OfferTo(server);
  server.Start(Serving());
  store.ExpectKept(With({kWeb}));
  server.Configure(Serving().Listener("more", "unix:${DIR}/more").Route("/", Respond("more")));
  BOOST_TEST(server.Reload().status == 0);
  std::string more = "tined-listen-unix%3A" + server.Path("more");
  store.ExpectKept(With({kWeb, more}));
  server.Configure(Serving());
  BOOST_TEST(server.Reload().status == 0);
  store.ExpectKept(With({kWeb}));
  BOOST_TEST(server.Stop() == 0);
  store.ExpectKept(With({kWeb}));
}

BOOST_AUTO_TEST_CASE(is_left_alone_where_it_is_not_offered) {
  Store store;
  Server server;
  store.OfferTo(server);
  server.environment.pop_back();
  server.Start(Serving());
  BOOST_TEST(server.Stop() == 0);
  store.ExpectKept({});
}

BOOST_AUTO_TEST_CASE(saves_a_connection_in_the_backlog) {
  Store store;
  Server killed;
  store.OfferTo(killed);
  killed.Start(Serving());
  store.ExpectKept(With({kWeb}));
  const std::uint16_t port = killed.Port();
  const auto workers = killed.WorkerPids();
  for (const pid_t worker : workers) Kill(worker, SIGSTOP);
  KillSupervisor(killed);
  for (const pid_t worker : workers) Kill(worker, SIGKILL);
  for (const pid_t worker : workers) BOOST_TEST(Eventually([&] { return !IsRunning(worker); }));
  Client waiting(port);
  waiting.SendGet("/");
  Server next;
  store.OfferTo(next);
  next.StartWithSockets(Serving(), store.Kept());
  BOOST_TEST(waiting.Read().body == "pong");
  BOOST_TEST(next.Port() == port);
}

BOOST_AUTO_TEST_CASE(lets_workers_hand_over_to_those_of_the_next_supervisor) {
  Store store;
  Server killed;
  store.OfferTo(killed);
  killed.Start(Serving());
  store.ExpectKept(With({kWeb}));
  const std::uint16_t port = killed.Port();
  const auto workers = killed.WorkerPids();
  Client idle(port);
  BOOST_TEST(idle.Get("/").body == "pong");
  Load load({.port = port,
             .connections = 8,
             .pipelined = 1,
             .files = {{"/", "pong"}},
             .may_close = false});
  BOOST_TEST(Eventually([&] { return load.answers() > 100; }));
  KillSupervisor(killed);
  // While there is none, its workers take new connections too.
  BOOST_TEST(GetOnce(port, "/").body == "pong");
  Server next;
  store.OfferTo(next);
  next.StartWithSockets(Serving(), store.Kept());
  for (const pid_t worker : workers) {
    BOOST_TEST(Eventually([&] { return !IsRunning(worker); }, seconds(10)), worker << " stays");
  }
  const std::uint64_t before = load.answers();
  BOOST_TEST(Eventually([&] { return load.answers() > before + 100; }));
  load.Stop();
  BOOST_TEST(load.failures() == 0U, load.first_failure());
  BOOST_TEST(idle.Get("/").body == "pong");
  BOOST_TEST(next.Status()["connections"]["taken"] == 9);
}

BOOST_AUTO_TEST_CASE(goes_on_over_an_upgrade) {
  Store store;
  Server killed;
  store.OfferTo(killed);
  killed.Start(Serving());
  BOOST_TEST(killed.Ctl({"upgrade"}).status == 0);
  store.ExpectKept(With({kWeb}));
  const std::uint16_t port = killed.Port();
  Client client(port);
  BOOST_TEST(client.Get("/").body == "pong");
  KillSupervisor(killed);
  Server next;
  store.OfferTo(next);
  next.StartWithSockets(Serving(), store.Kept());
  BOOST_TEST(Eventually([&] { return next.Status()["connections"]["taken"] == 1; }));
  BOOST_TEST(client.Get("/").body == "pong");
}

BOOST_AUTO_TEST_CASE(forgets_a_listener_that_is_not_configured_any_more) {
  Store store;
  Server killed;
  store.OfferTo(killed);
  killed.Start(Serving().Listener("more", "127.0.0.2:0").Route("/", Respond("more")));
  store.ExpectKept(With({kWeb, "tined-listen-127.0.0.2%3A0%20more"}));
  KillSupervisor(killed);
  Server next;
  store.OfferTo(next);
  next.StartWithSockets(Serving(), store.Kept());
  store.ExpectKept(With({kWeb}));
}

BOOST_AUTO_TEST_SUITE_END()
