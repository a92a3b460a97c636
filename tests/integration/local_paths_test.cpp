// Files that tined makes as whoever started it: logs and sockets. As root it writes to none that
// somebody less trusted has put in their place, and a reload that is refused has changed none.
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "tests/certificates.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/server.hpp"

using namespace tined;
using namespace tined::test;

namespace {

boost::test_tools::assertion_result IsRoot(boost::unit_test::test_unit_id /*unit*/) {
  return ::geteuid() == 0;
}

/// The site's socket, and who answers there.
Config Serving(const std::string& mode = "", const std::string& body = "hello") {
  return Config()
      .Workers(1)
      .Listener("web", "unix:${DIR}/sockets/web.sock", mode)
      .Route("/", Respond(body));
}

/// An access log at `path`.
Config Logging(const std::string& path = "${DIR}/logs/access.log", const std::string& mode = "") {
  return Serving(mode).Set("access_log", "{path: \"" + path + "\", format: common}");
}

/// How many clients the kernel lets wait in the socket's backlog while nobody accepts: one more
/// than was asked for.
int Waiting(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  std::vector<Descriptor> clients;
  while (true) {
    Descriptor client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      Check(errno == EAGAIN ? 0 : -1, "connect");
      return static_cast<int>(clients.size());
    }
    clients.push_back(std::move(client));
  }
}

/// The same while the only worker is stopped.
int WaitingAtAStoppedWorker(const Server& server, const std::string& path) {
  server.KillWorker(0, SIGSTOP);
  const int count = Waiting(path);
  server.KillWorker(0, SIGCONT);
  return count;
}

struct Site {
  Site() {
    for (const char* const name : {"sockets", "logs"}) {
      std::filesystem::create_directory(server.Path(name));
      std::filesystem::permissions(server.Path(name), std::filesystem::perms(0755));
    }
  }
  [[nodiscard]] std::string Socket() const { return server.Path("sockets/web.sock"); }
  [[nodiscard]] std::string Log() const { return server.Path("logs/access.log"); }
  [[nodiscard]] Finished Check() const {
    return RunProgram({Built("tined"), "--check", "--config", server.Path("tined.yaml")});
  }

  Server server;
};

/// Certificate and key of certbot's names.
Config Secure(const Site& site) {
  const std::string live = site.server.Path("live/a.example/");
  return Config()
      .Workers(1)
      .Set("user", "nobody")
      .Listener("web", "127.0.0.1:0",
                "tls: {certificates: [{certificate: " + live + "fullchain.pem, key: " + live +
                    "privkey.pem}]}")
      .Route("/", Respond("hello"));
}

uid_t Nobody() { return ::getpwnam("nobody")->pw_uid; }

void GiveTo(const std::string& path, uid_t user) {
  Check(::lchown(path.c_str(), user, static_cast<gid_t>(-1)), "chown " + path);
}

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  Check(::lstat(path.c_str(), &status), path);
  return status.st_mode & ALLPERMS;
}

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Something that only root may touch.
void MakeSecret(const Site& site) {
  site.server.Write("secret", "root's");
  std::filesystem::permissions(site.server.Path("secret"), std::filesystem::perms(0600));
}

void ExpectUntouched(const Site& site) {
  BOOST_TEST(ModeOf(site.server.Path("secret")) == 0600U);
  BOOST_TEST(Contents(site.server.Path("secret")) == "root's");
}

void LinkInPlaceOf(const std::string& path, const std::string& target) {
  std::filesystem::remove(path);
  std::filesystem::create_symlink(target, path);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(local_paths)

BOOST_AUTO_TEST_CASE(root_refuses_a_directory_that_the_workers_may_write,
                     *boost::unit_test::precondition(IsRoot)) {
  struct Hand {
    uid_t user;
    gid_t group;
    mode_t mode;
    const char* reason;
  };
  const passwd* const nobody = ::getpwnam("nobody");
  for (const Hand& hand :
       {Hand{nobody->pw_uid, 0, 0755, "belongs to the workers' user"},
        Hand{0, nobody->pw_gid, 0775, "may be written by a group of the workers' user"},
        Hand{0, 0, 0777, "may be written by everybody"}}) {
    for (const char* const place : {"sockets", "logs"}) {
      Site site;
      const std::string directory = site.server.Path(place);
      Check(::chown(directory.c_str(), hand.user, hand.group), "chown");
      Check(::chmod(directory.c_str(), hand.mode), "chmod");
      site.server.Configure(Logging().Set("user", "nobody"));
      const Finished refused = site.Check();
      BOOST_TEST(refused.status == 2);
      BOOST_TEST(Contains(refused.errors, "its directory " + directory + " " + hand.reason),
                 refused.errors);
    }
  }
}

BOOST_AUTO_TEST_CASE(root_checks_what_a_service_manager_starts_as_another_user,
                     *boost::unit_test::precondition(IsRoot)) {
  Site site;
  for (const char* const place : {"sockets", "logs", "run"}) {
    std::filesystem::create_directory(site.server.Path(place));
    GiveTo(site.server.Path(place), Nobody());
  }
  site.server.Configure(Logging().Set("user", "nobody"));
  BOOST_TEST(site.Check().status == 2);
  site.server.Write("service.yaml", Config()
                                        .Set("control", site.server.Path("run/control.sock"))
                                        .Set("user", "nobody")
                                        .Listener("web", "unix:" + site.Socket())
                                        .Route("/", Respond("hello")));
  const std::vector<std::string> start = {Built("tined"), "--config",
                                          site.server.Path("service.yaml")};
  BOOST_TEST(RunProgram({start[0], "--check", start[1], start[2]}).status == 0);
  // Whoever starts it is somebody else.
  BOOST_TEST(Contains(RunProgram(start).errors, "belongs to another user"));
}

BOOST_AUTO_TEST_CASE(every_directory_on_the_way_counts_and_root_follows_only_its_own_links,
                     *boost::unit_test::precondition(IsRoot)) {
  Site site;
  std::filesystem::create_directories(site.server.Path("theirs/mine"));
  GiveTo(site.server.Path("theirs"), Nobody());
  const auto log_at = [&](const std::string& path) {
    site.server.Configure(Logging("${DIR}/" + path).Set("user", "nobody"));
    return site.Check();
  };
  BOOST_TEST(Contains(log_at("theirs/mine/access.log").errors, "theirs belongs to the workers'"));
  std::filesystem::create_symlink("logs", site.server.Path("link"));
  BOOST_TEST(log_at("link/access.log").status == 0);
  GiveTo(site.server.Path("link"), Nobody());
  BOOST_TEST(Contains(log_at("link/access.log").errors, "that somebody else than root has made"));
  std::filesystem::create_symlink(site.server.Path("theirs/mine/x"), site.Log());
  BOOST_TEST(Contains(log_at("logs/access.log").errors, "theirs belongs to the workers'"));
}

BOOST_AUTO_TEST_CASE(root_reads_certificates_and_keys_that_nobody_else_could_have_put_there,
                     *boost::unit_test::precondition(IsRoot)) {
  Site site;
  const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
  // As certbot has them.
  std::filesystem::create_directories(site.server.Path("archive/a.example"));
  std::filesystem::create_directories(site.server.Path("live/a.example"));
  site.server.Write("archive/a.example/fullchain1.pem", pair.Certificate());
  site.server.Write("archive/a.example/privkey1.pem", pair.PrivateKey());
  for (const char* const name : {"fullchain", "privkey"}) {
    std::filesystem::create_symlink(
        "../../archive/a.example/" + std::string(name) + "1.pem",
        site.server.Path("live/a.example/" + std::string(name) + ".pem"));
  }
  const std::string key = site.server.Path("live/a.example/privkey.pem");
  site.server.Start(Secure(site));
  BOOST_TEST(site.server.Reload().status == 0);

  const auto expect_refused = [&](const std::string& reason) {
    for (const Finished& refused : {site.Check(), site.server.Reload()}) {
      BOOST_TEST(refused.status != 0);
      BOOST_TEST(Contains(refused.errors, reason), refused.errors);
    }
  };
  GiveTo(key, Nobody());
  expect_refused("is a symbolic link that somebody else than root has made");
  GiveTo(key, 0);
  GiveTo(site.server.Path("archive/a.example"), Nobody());
  expect_refused("archive/a.example belongs to the workers' user");
  GiveTo(site.server.Path("archive/a.example"), 0);
  std::filesystem::permissions(site.server.Path("live"), std::filesystem::perms(0777));
  expect_refused("live may be written by everybody");
  std::filesystem::permissions(site.server.Path("live"), std::filesystem::perms(0755));
  BOOST_TEST(site.server.Reload().status == 0);
}

BOOST_AUTO_TEST_CASE(a_link_in_place_of_the_log_is_not_followed_when_it_is_reopened,
                     *boost::unit_test::precondition(IsRoot)) {
  Site site;
  MakeSecret(site);
  site.server.Start(Logging().Set("user", "nobody"));
  // What was right when tined started is in the workers' hands by now.
  GiveTo(site.server.Path("logs"), Nobody());
  LinkInPlaceOf(site.Log(), site.server.Path("secret"));
  site.server.Signal(SIGUSR1);
  site.server.WaitForLog({"cannot reopen a log", "belongs to the workers' user"});
  BOOST_TEST(site.server.Reload().status == 1);
  LinkInPlaceOf(site.Log(), "/root/.tined-test-made-by-a-link");
  site.server.Signal(SIGUSR1);
  BOOST_TEST(site.server.HasLogged("cannot reopen a log", 2));
  BOOST_TEST(!std::filesystem::exists("/root/.tined-test-made-by-a-link"));
  BOOST_TEST(Client(site.Socket()).Get("/").status == 200);
  BOOST_TEST(site.server.Stop() == 0);
  ExpectUntouched(site);
}

BOOST_AUTO_TEST_CASE(a_log_is_a_file_a_fifo_or_a_descriptor_of_its_own) {
  Site site;
  const auto check = [&](const std::string& path) {
    site.server.Configure(Logging(path));
    return site.Check();
  };
  for (const char* const good : {"/dev/stdout", "/dev/stderr", "/dev/fd/2", "/dev/null"}) {
    BOOST_TEST(check(good).status == 0, good);
  }
  LinkInPlaceOf(site.Log(), "/dev/stderr");
  BOOST_TEST(check(site.Log()).status == 0);
  for (const char* const bad : {"/dev/zero", "/dev/random"}) {
    BOOST_TEST(Contains(check(bad).errors, "is no file that a log can be written to"), bad);
  }
}

BOOST_AUTO_TEST_CASE(a_log_at_standard_error_gets_its_lines) {
  for (const bool is_link : {false, true}) {
    Site site;
    if (is_link) LinkInPlaceOf(site.Log(), "/dev/stderr");
    site.server.Start(is_link ? Logging() : Logging("/dev/stderr"));
    BOOST_TEST(Client(site.Socket()).Get("/").status == 200);
    site.server.WaitForLog({"\"GET / HTTP/1.1\" 200"});
    const std::size_t from = site.server.LogSize();
    site.server.Signal(SIGUSR1);
    site.server.WaitForLog({"reopened the access log"}, from);
    BOOST_TEST(Client(site.Socket()).Get("/").status == 200);
    site.server.WaitForLog({"\"GET / HTTP/1.1\" 200"}, from);
  }
}

BOOST_AUTO_TEST_CASE(a_removed_unix_socket_is_bound_anew_and_its_connections_go_on) {
  Site site;
  site.server.Start(Serving("mode: 0600", "one"));
  Client kept(site.Socket());
  BOOST_TEST(kept.Get("/").body == "one");
  std::filesystem::remove(site.Socket());
  site.server.Configure(Serving("mode: 0600", "two"));
  const Finished reloaded = site.server.Reload();
  BOOST_TEST(reloaded.status == 0, reloaded.errors);
  BOOST_TEST(ModeOf(site.Socket()) == 0600U);
  BOOST_TEST(Client(site.Socket()).Get("/").body == "two");
  BOOST_TEST(kept.Get("/").body == "two");
  BOOST_REQUIRE(Eventually([&] { return site.server.WorkerPids("draining").empty(); }));
  // Nor does the one that is gone take the new one's name along.
  BOOST_TEST(Client(site.Socket()).Get("/").body == "two");
  BOOST_TEST(site.server.Reload().status == 0);
  BOOST_TEST(kept.Get("/").body == "two");
}

BOOST_AUTO_TEST_CASE(what_is_in_place_of_a_unix_socket_is_left_alone) {
  Site site;
  MakeSecret(site);
  site.server.Start(Serving("mode: 0666"));
  Client kept(site.Socket());
  LinkInPlaceOf(site.Socket(), site.server.Path("secret"));
  const Finished linked = site.server.Reload();
  BOOST_TEST(linked.status == 1);
  BOOST_TEST(Contains(linked.errors, "there is a symbolic link already"), linked.errors);
  std::filesystem::remove(site.Socket());
  std::filesystem::rename(site.server.Path("secret"), site.Socket());
  const Finished foreign = site.server.Reload();
  BOOST_TEST(foreign.status == 1);
  BOOST_TEST(Contains(foreign.errors, "there is a file that is no socket already"), foreign.errors);
  std::filesystem::rename(site.Socket(), site.server.Path("secret"));
  BOOST_TEST(kept.Get("/").body == "hello");
  ExpectUntouched(site);
  BOOST_TEST(site.server.Reload().status == 0);
  BOOST_TEST(Client(site.Socket()).Get("/").body == "hello");
}

BOOST_AUTO_TEST_CASE(another_servers_socket_in_its_place_is_left_alone) {
  Site site;
  site.server.Start(Serving());
  std::filesystem::remove(site.Socket());
  Server other;
  other.Start(Config().Listener("web", "unix:" + site.Socket()).Route("/", Respond("other")));
  const Finished refused = site.server.Reload();
  BOOST_TEST(Contains(refused.errors, "Address already in use"), refused.errors);
  BOOST_TEST(site.server.Stop() == 0);
  BOOST_TEST(Client(site.Socket()).Get("/").body == "other");
}

BOOST_AUTO_TEST_CASE(a_socket_that_was_given_away_is_no_reason_to_refuse_a_reload,
                     *boost::unit_test::precondition(IsRoot)) {
  Site site;
  for (const char* const name : {"", "sockets", "logs"}) GiveTo(site.server.Path(name), Nobody());
  site.server.wrapper = {"/usr/bin/setpriv", "--reuid=nobody", "--clear-groups"};
  site.server.Start(Serving("mode: 0660"));
  GiveTo(site.Socket(), 0);
  const Finished same = site.server.Reload();
  BOOST_TEST(same.status == 0, same.errors);
  site.server.Configure(Serving("mode: 0600"));
  const Finished changed = site.server.Reload();
  BOOST_TEST(changed.status == 1);
  BOOST_TEST(Contains(changed.errors, "its mode cannot be changed from 0660 to 0600"),
             changed.errors);
  BOOST_TEST(site.server.Status()["generation"] == 2);
}

BOOST_AUTO_TEST_CASE(a_refused_reload_has_changed_no_mode) {
  Site site;
  site.server.Start(Serving("mode: 0600"));
  // Nobody reads it: it cannot be opened for writing, which shows late.
  Check(::mkfifo(site.server.Path("fifo").c_str(), 0600), "mkfifo");
  site.server.Configure(Logging("${DIR}/fifo", "mode: 0666"));
  const Finished refused = site.server.Reload();
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(Contains(refused.errors, "cannot open the access log"), refused.errors);
  BOOST_TEST(ModeOf(site.Socket()) == 0600U);
  // The first worker of the next generation dies, which shows later still.
  site.server.Configure(
      Serving("mode: 0666").Route("/bad", Module("chaos", "settings: {at_start: exit}")));
  BOOST_TEST(site.server.Reload().status == 1);
  BOOST_TEST(ModeOf(site.Socket()) == 0600U);
  site.server.Configure(Serving("mode: 0666"));
  BOOST_TEST(site.server.Reload().status == 0);
  BOOST_TEST(ModeOf(site.Socket()) == 0666U);
}

BOOST_AUTO_TEST_CASE(a_refused_reload_has_changed_no_backlog) {
  Site site;
  site.server.Start(Serving("backlog: 3"));
  BOOST_TEST(WaitingAtAStoppedWorker(site.server, site.Socket()) == 4);
  Check(::mkfifo(site.server.Path("fifo").c_str(), 0600), "mkfifo");
  site.server.Configure(Logging("${DIR}/fifo", "backlog: 20"));
  BOOST_TEST(site.server.Reload().status == 1);
  BOOST_TEST(WaitingAtAStoppedWorker(site.server, site.Socket()) == 4);
  site.server.Configure(
      Serving("backlog: 20").Route("/bad", Module("chaos", "settings: {at_start: exit}")));
  BOOST_TEST(site.server.Reload().status == 1);
  BOOST_TEST(WaitingAtAStoppedWorker(site.server, site.Socket()) == 4);
  site.server.Configure(Serving("backlog: 20"));
  BOOST_TEST(site.server.Reload().status == 0);
  BOOST_TEST(WaitingAtAStoppedWorker(site.server, site.Socket()) == 21);
}

BOOST_AUTO_TEST_CASE(a_new_owner_follows_a_changed_user, *boost::unit_test::precondition(IsRoot)) {
  Site site;
  site.server.Start(Serving().Set("user", "nobody"));
  const auto owner = [&] {
    struct stat status {};
    Check(::lstat(site.Socket().c_str(), &status), "stat");
    return status.st_uid;
  };
  BOOST_TEST(owner() == Nobody());
  site.server.Configure(Serving().Set("user", "daemon"));
  BOOST_TEST(site.server.Reload().status == 0);
  BOOST_TEST(owner() == ::getpwnam("daemon")->pw_uid);
  // What somebody has changed since is left so.
  GiveTo(site.Socket(), 0);
  BOOST_TEST(site.server.Reload().status == 0);
  BOOST_TEST(owner() == 0U);
}

BOOST_AUTO_TEST_CASE(one_of_two_starts_on_a_stale_socket_serves) {
  for (int round = 0; round < 5; ++round) {
    Site site;
    site.server.Start(Serving());
    site.server.Signal(SIGKILL);
    BOOST_TEST(site.server.WaitForEnd() == 128 + SIGKILL);
    BOOST_REQUIRE(Eventually([&] {
      try {
        Client refused(site.Socket());
        return false;
      } catch (const std::system_error&) {
        return true;
      }
    }));
    std::vector<std::unique_ptr<Server>> servers;
    for (int i = 0; i < 4; ++i) {
      servers.push_back(std::make_unique<Server>());
      servers.back()->Launch(Config()
                                 .Workers(1)
                                 .Listener("web", "unix:" + site.Socket())
                                 .Route("/", Respond("b" + std::to_string(i))));
    }
    int serving = -1;
    for (int i = 0; i < 4; ++i) {
      const Server& server = *servers[static_cast<std::size_t>(i)];
      BOOST_REQUIRE(Eventually([&] {
        return server.CountLog(" serving ") == 1 || server.CountLog("cannot start") == 1;
      }));
      if (server.CountLog(" serving ") == 0) continue;
      BOOST_TEST(serving == -1);
      serving = i;
    }
    BOOST_REQUIRE(serving >= 0);
    BOOST_TEST(Client(site.Socket()).Get("/").body == "b" + std::to_string(serving));
  }
}

BOOST_AUTO_TEST_CASE(root_becomes_no_program_that_others_may_write,
                     *boost::unit_test::precondition(IsRoot)) {
  Site site;
  const std::string program = site.server.Path("tined");
  std::filesystem::copy_file(Built("tined"), program);
  site.server.program = program;
  site.server.Start(Serving().Set("user", "nobody"));
  GiveTo(program, Nobody());
  const Finished refused = site.server.Ctl({"upgrade"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(Contains(refused.errors, "may be written by others than root"), refused.errors);
  GiveTo(program, 0);
  BOOST_TEST(site.server.Ctl({"upgrade"}).status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
