// Who can read the files with private keys: handshakers, and of their user nobody else.
#include <linux/landlock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/error.hpp"
#include "tests/certificates.hpp"
#include "tests/integration/built.hpp"
#include "tests/integration/contains.hpp"
#include "tests/integration/program_site.hpp"
#include "tests/integration/secure_client.hpp"

using namespace tined::test;

namespace {

constexpr uid_t kNobody = 65534;

/// A directory that root alone may write to, as all on the way to it.
struct KeyDirectory {
  KeyDirectory() {
    if (::mkdtemp(path.data()) == nullptr) tined::ThrowErrno("mkdtemp");
    std::filesystem::permissions(path, std::filesystem::perms(0755));
  }
  ~KeyDirectory() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string Path(const std::string& name) const { return path + "/" + name; }
  /// A pair for a.example, the key nobody's alone, and a file beside it.
  void Fill() const {
    const Identity pair = Make({.subject = "a.example", .names = "DNS:a.example"});
    std::ofstream(Path("a.pem")) << pair.Certificate();
    const std::string draft = Path("draft");
    std::ofstream(draft) << pair.PrivateKey();
    tined::Check(::chown(draft.c_str(), kNobody, kNobody), "chown");
    tined::Check(::chmod(draft.c_str(), 0400), "chmod");
    std::filesystem::rename(draft, Path("a.key"));
  }
  std::string path = "/run/tined-test-XXXXXX";
};

std::string PairIn(const KeyDirectory& keys) {
  return "tls: {certificates: [{certificate: " + keys.Path("a.pem") +
         ", key: " + keys.Path("a.key") + "}]}";
}

/// tined run by nobody as a whole, with the names of keys that lie where nobody may not write.
struct Service : Site {
  Service() {
    if (!can_run) return;
    keys.emplace();
    keys->Fill();
    std::filesystem::create_directories(server.Path("cgi"));
    tined::Check(::chown(server.Path(".").c_str(), kNobody, kNobody), "chown");
    server.wrapper = {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
  }
  [[nodiscard]] Config Serving() const {
    const std::string closed = "settings: {closed: " + keys->Path("a.key") + "}";
    return Programs()
        .Route("/event", Module("opens", closed))
        .Route("/thread", Module("opens", "run: thread, " + closed))
        .Route("/process", Module("opens", "run: process, " + closed))
        .Listener("secure", "127.0.0.1:0", PairIn(*keys))
        .Route("/", Respond("secret"));
  }
  /// What three kinds of handlers say of a file.
  void Expect(const std::string& file, const std::string& outcome) const {
    for (const std::string handler : {"/event", "/thread", "/process"}) {
      const std::string said = Get(handler + "?" + file).body;
      BOOST_TEST(said == outcome, handler + " of " + file + ": " + said);
    }
  }
  void ExpectSecure() const {
    BOOST_TEST(SecureClient(server.Port("secure"), {}).Get("/").body == "secret");
  }

  /// Linux 5.19, unless a filter forbids it.
  static bool HasLandlock() {
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 2;
  }

  [[nodiscard]] bool CanRun() const {
    if (!can_run) BOOST_TEST_MESSAGE("left out: needs root, and a kernel with Landlock");
    return can_run;
  }

  const bool can_run = ::getuid() == 0 && HasLandlock();
  std::optional<KeyDirectory> keys;
};

const std::string kReadable = "workers and programs can read a private key";

}  // namespace

BOOST_AUTO_TEST_SUITE(key_files)

BOOST_FIXTURE_TEST_CASE(modules_are_kept_from_them_and_from_nothing_else, Service) {
  if (!CanRun()) return;
  server.Start(Serving());
  BOOST_TEST(server.CountLog(kReadable) == 0);
  ExpectSecure();
  std::filesystem::create_symlink(keys->Path("a.key"), server.Path("link"));
  for (const std::string& name :
       {keys->Path("a.key"), "/proc/self/root" + keys->Path("a.key"), server.Path("link")}) {
    Expect(name, "Permission denied");
  }
  server.Write("new", "text");
  for (const std::string& name : {keys->Path("a.pem"), std::string("/etc/passwd"),
                                  std::string("/proc/self/status"), server.Path("new")}) {
    Expect(name, "open");
  }
  // Those that come later are kept from them, too, and from a key that has been renewed.
  server.KillWorker(0, SIGKILL);
  BOOST_TEST(Get("/ping").body == "pong");
  Expect(keys->Path("a.key"), "Permission denied");
  keys->Fill();
  Expect(keys->Path("a.key"), "Permission denied");
  const Finished reload = server.Reload();
  BOOST_TEST(reload.status == 0, reload.errors);
  ExpectSecure();
  Expect(keys->Path("a.key"), "Permission denied");
  Expect(keys->Path("a.pem"), "open");
}

BOOST_FIXTURE_TEST_CASE(programs_are_kept_from_them_by_whatever_name, Service) {
  if (!CanRun()) return;
  server.Start(Serving());
  const std::string supervisor = "/proc/" + std::to_string(server.pid());
  const std::string key = keys->Path("a.key");
  Script("names", kText + std::string("ln -s ") + key + " $DIR/soft\nln " + key +
                      " $DIR/hard 2>/dev/null\nln " + key + " " + key + "2 2>/dev/null\n" +
                      "for file in " + key + " $DIR/soft $DIR/hard " + key + "2 /proc/self/root" +
                      key + " /proc/$PPID/root" + key + " " + supervisor + "/root" + key + " " +
                      supervisor +
                      "/fd/*; do cat $file >/dev/null 2>&1 && echo open: $file; done\necho end\n");
  BOOST_TEST(Get("/cgi-bin/names").body == "end\n");
  Script("others", kText + std::string("cat ") + keys->Path("a.pem") +
                       " /etc/passwd >/dev/null && echo new >$DIR/made && mkdir $DIR/below && "
                       "mv $DIR/made $DIR/below/ && cat $DIR/below/made\n");
  BOOST_TEST(Get("/cgi-bin/others").body == "new\n");
}

BOOST_FIXTURE_TEST_CASE(where_they_are_not_kept_it_is_told_with_the_reason, Service) {
  if (!CanRun()) return;
  tined::Check(::chown(keys->path.c_str(), kNobody, kNobody), "chown");
  server.Start(
      Programs().Listener("secure", "127.0.0.1:0", PairIn(*keys)).Route("/", Respond("secret")));
  server.WaitForLog({kReadable, "a.key", keys->path + ", where new files"});
  ExpectSecure();
  const Finished check =
      RunProgram({"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--",
                  Built("tined"), "--check", "--config", server.Path("tined.yaml")});
  BOOST_TEST(check.status == 0);
  BOOST_TEST(Contains(check.errors, kReadable), check.errors);
}

BOOST_FIXTURE_TEST_CASE(without_landlock_it_is_told_and_all_else_works, Service) {
  if (!CanRun()) return;
  server.wrapper.insert(server.wrapper.begin(),
                        {Built("tests/integration/forbid"), "landlock_create_ruleset"});
  server.Start(Programs()
                   .Route("/event", Module("opens"))
                   .Route("/process", Module("opens", "run: process"))
                   .Listener("secure", "127.0.0.1:0", PairIn(*keys))
                   .Route("/", Respond("secret")));
  server.WaitForLog({kReadable, "a.key", "the kernel has no Landlock"});
  BOOST_TEST(server.CountLog(kReadable) == 1);
  ExpectSecure();
  Script("here", std::string(kText) + "echo here\n");
  BOOST_TEST(Get("/cgi-bin/here").body == "here\n");
  BOOST_TEST(Get("/event?/etc/passwd").body == "open");
  BOOST_TEST(Get("/process?/etc/passwd").body == "open");
}

BOOST_FIXTURE_TEST_CASE(a_mode_that_lets_another_user_read_them_is_told, Site) {
  if (::getuid() != 0) return;
  const KeyDirectory keys;
  keys.Fill();
  Start(Programs()
            .Set("user", "nobody")
            .Listener("secure", "127.0.0.1:0", PairIn(keys))
            .Route("/", Respond("secret")));
  server.WaitForLog({kReadable, "a.key", "mode"});
  tined::Check(::chown(keys.Path("a.key").c_str(), 0, 0), "chown");
  BOOST_TEST(server.Reload().status == 0);
  BOOST_TEST(server.CountLog(kReadable) == 1);
  BOOST_TEST(SecureClient(server.Port("secure"), {}).Get("/").body == "secret");
}

BOOST_AUTO_TEST_SUITE_END()
