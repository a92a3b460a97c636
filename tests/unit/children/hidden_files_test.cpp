#include "children/hidden_files.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "base/error.hpp"
#include "base/pipe.hpp"
#include "children/landlock.hpp"

namespace tined::children {
namespace {

constexpr uid_t kNobody = 65534;
/// Files that every system has, in directories that root alone may write to.
const std::string kHidden = "/etc/passwd";
const std::string kBeside = "/etc/group";

/// What `act` returns in a process of somebody who may not write to /etc; or 127.
int InChild(const std::function<int()>& act) {
  const pid_t pid = Check(::fork(), "fork");
  if (pid == 0) {
    if (::getuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(127);
    try {
      ::_exit(act());
    } catch (const std::exception&) {
      ::_exit(127);
    }
  }
  int status = 0;
  Check(::waitpid(pid, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/// 0, or the errno of opening it.
int Open(const std::string& path, int flags = O_RDONLY) {
  const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file ? 0 : errno;
}

int OpenHidden(const std::string& path) {
  return InChild([&] {
    HideFiles({kHidden});
    return Open(path);
  });
}

/// A directory that everybody may write to.
struct Directory {
  Directory() {
    if (::mkdtemp(path.data()) == nullptr) ThrowErrno("mkdtemp");
    Check(::chmod(path.c_str(), 0777), "chmod");
  }
  ~Directory() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string Path(const std::string& name) const { return path + "/" + name; }
  std::string path = (std::filesystem::temp_directory_path() / "tined-XXXXXX").string();
};

bool IsThere() {
  if (landlock::IsThere()) return true;
  BOOST_TEST_MESSAGE("this kernel has no Landlock");
  return false;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(HiddenFilesTest, Directory)

BOOST_AUTO_TEST_CASE(what_is_hidden_cannot_be_opened_by_whatever_name) {
  if (!IsThere()) return;
  std::filesystem::create_symlink(kHidden, Path("link"));
  BOOST_TEST(OpenHidden(kHidden) == EACCES);
  BOOST_TEST(OpenHidden(Path("link")) == EACCES);
  BOOST_TEST(OpenHidden("/proc/self/root" + kHidden) == EACCES);
  BOOST_TEST(OpenHidden("/etc/../etc/./passwd") == EACCES);
}

BOOST_AUTO_TEST_CASE(everything_else_is_read_and_written_as_before) {
  if (!IsThere()) return;
  std::ofstream(Path("file")) << "text";
  BOOST_TEST(OpenHidden(kBeside) == 0);
  BOOST_TEST(OpenHidden("/dev/null") == 0);
  BOOST_TEST(OpenHidden("/proc/self/status") == 0);
  BOOST_TEST(OpenHidden(Path("file")) == 0);
  BOOST_TEST(InChild([&] {
               HideFiles({kHidden});
               if (const int error = Open(Path("new"), O_RDWR | O_CREAT)) return error;
               std::filesystem::create_directory(Path("below"));
               std::filesystem::rename(Path("new"), Path("below/new"));
               return Open(Path("below/new"), O_RDWR);
             }) == 0);
}

BOOST_AUTO_TEST_CASE(no_other_name_is_made_for_it_where_it_could_be_read) {
  if (!IsThere()) return;
  // Its owner's right to link to it, which protected_hardlinks leaves alone.
  const int outcome = InChild([&] {
    HideFiles({kHidden});
    return ::link(kHidden.c_str(), Path("hard").c_str()) == 0 ? Open(Path("hard")) : errno;
  });
  BOOST_TEST((outcome == EXDEV || outcome == EACCES || outcome == EPERM), outcome);
}

BOOST_AUTO_TEST_CASE(programs_that_it_starts_are_kept_from_it_too) {
  if (!IsThere()) return;
  BOOST_TEST(InChild([] {
               HideFiles({kHidden});
               return ::system(("cat " + kHidden + " >/dev/null 2>&1").c_str()) == 0 ? 1 : 0;
             }) == 0);
  BOOST_TEST(InChild([] {
               HideFiles({kHidden});
               return ::system(("cat " + kBeside + " >/dev/null 2>&1").c_str()) == 0 ? 0 : 1;
             }) == 0);
}

BOOST_AUTO_TEST_CASE(nothing_to_hide_forbids_nothing) {
  BOOST_TEST(InChild([] {
               HideFiles({});
               return Open(kHidden);
             }) == 0);
}

BOOST_AUTO_TEST_CASE(
    a_file_below_a_directory_that_can_be_written_to_is_not_hidden_and_that_is_told) {
  if (!IsThere()) return;
  std::ofstream(Path("key")) << "text";
  BOOST_TEST(InChild([&] { return ObstacleToHiding(Path("key")).empty() ? 1 : 0; }) == 0);
  BOOST_TEST(InChild([&] {
               HideFiles({Path("key"), kHidden});
               if (const int error = Open(Path("key"))) return error;
               return Open(kHidden) == EACCES ? 0 : 1;
             }) == 0);
  BOOST_TEST(InChild([] { return ObstacleToHiding(kHidden).empty() ? 0 : 1; }) == 0);
}

BOOST_AUTO_TEST_CASE(a_file_with_two_names_is_not_hidden_and_that_is_told) {
  std::ofstream(Path("key")) << "text";
  std::filesystem::create_hard_link(Path("key"), Path("other"));
  if (IsThere()) BOOST_TEST(ObstacleToHiding(Path("key")).find("hard link") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_comes_into_a_directory_on_the_way_later_is_closed) {
  if (!IsThere() || ::getuid() != 0) return;
  const std::string directory = "/run/tined-test-" + std::to_string(::getpid());
  std::filesystem::create_directory(directory);
  std::filesystem::permissions(directory, std::filesystem::perms(0755));
  std::ofstream(directory + "/beside") << "text";
  const std::string key = directory + "/key";
  Pipe hidden = MakePipe();
  Pipe renewed = MakePipe();
  std::thread root([&] {
    char byte = 0;
    (void)!::read(hidden.read.get(), &byte, 1);
    std::ofstream(key) << "text";
    (void)!::write(renewed.write.get(), &byte, 1);
  });
  BOOST_TEST(InChild([&] {
               HideFiles({key});
               char byte = 0;
               (void)!::write(hidden.write.get(), &byte, 1);
               (void)!::read(renewed.read.get(), &byte, 1);
               if (const int error = Open(directory + "/beside")) return error;
               return Open(key) == EACCES ? 0 : 1;
             }) == 0);
  hidden.write.Reset();
  root.join();
  std::filesystem::remove_all(directory);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::children
