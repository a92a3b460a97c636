#include "supervisor/upgrade/image.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "base/error.hpp"
#include "base/number.hpp"
#include "children/close_others.hpp"

namespace tined::supervisor {
namespace {

constexpr const char* kSelf = "/proc/self/exe";

bool IsSelf(const std::string& path) {
  struct stat self {};
  struct stat other {};
  return ::stat(kSelf, &self) == 0 && ::stat(path.c_str(), &other) == 0 &&
         self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

/// As it was called, not as the links on the way lead today: an upgrade may move one of them.
std::string PathOf(const std::string& name) {
  const char* const search = std::getenv("PATH");
  std::vector<std::string> candidates;
  if (name.find('/') != std::string::npos) {
    candidates.push_back(std::filesystem::absolute(name).string());
  } else if (search != nullptr) {
    std::istringstream directories(search);
    for (std::string each; std::getline(directories, each, ':');) {
      candidates.push_back(std::filesystem::absolute(std::filesystem::path(each) / name).string());
    }
  }
  for (const std::string& each : candidates) {
    if (IsSelf(each)) return each;
  }
  std::error_code ignored;  // Without /proc there is no upgrade, but there is a service.
  return std::filesystem::read_symlink(kSelf, ignored).string();
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& each : texts) pointers.push_back(const_cast<char*>(each.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// This process's environment, with the state's descriptor named in it.
std::vector<std::string> EnvironmentWith(int state) {
  std::vector<std::string> environment;
  for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);
  environment.push_back(fmt::format("{}={}", kStateVariable, state));
  return environment;
}

void SetInherited(const std::vector<int>& descriptors, bool are_inherited) {
  for (const int fd : descriptors) ::fcntl(fd, F_SETFD, are_inherited ? 0 : FD_CLOEXEC);
}

}  // namespace

Image::Image(std::vector<std::string> arguments, std::string path)
    : arguments_(std::move(arguments)),
      path_(path.empty() ? PathOf(arguments_.at(0)) : std::move(path)),
      own_file_(::open(kSelf, O_PATH | O_CLOEXEC)) {}

int Image::BecomeWith(const State& state, const Execute& execute) const {
  const Descriptor memory = Write(state);
  std::vector<int> inherited = state.Descriptors();
  inherited.push_back(memory.get());
  const std::vector<std::string> environment = EnvironmentWith(memory.get());
  (void)std::fflush(nullptr);
  SetInherited(inherited, true);
  execute(Pointers(arguments_).data(), Pointers(environment).data());
  const int error = errno;
  SetInherited(inherited, false);
  return error;
}

int Image::Replace(const State& state) const {
  return BecomeWith(state, [this](char** arguments, char** environment) {
    ::execve(path_.c_str(), arguments, environment);
  });
}

int Image::Return(int file, const State& state) const {
  return BecomeWith(state, [file](char** arguments, char** environment) {
    ::execveat(file, "", arguments, environment, AT_EMPTY_PATH);
  });
}

void Image::Check(int state, int output) const {
  std::vector<std::string> arguments = arguments_;
  arguments.emplace_back("--check");
  const std::vector<std::string> environment = EnvironmentWith(state);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  children::CloseOthersOnExec();
  ::fcntl(state, F_SETFD, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(path_.c_str(), Pointers(arguments).data(), Pointers(environment).data());
  const std::string why = fmt::format("cannot be run: {}", ErrnoText(errno));
  (void)!::write(STDERR_FILENO, why.data(), why.size());
  ::_exit(127);
}

int TakeStateDescriptor() {
  const char* const text = std::getenv(kStateVariable);
  if (text == nullptr) return -1;
  const int number = ParseNumber<int>(text).value_or(-1);
  ::unsetenv(kStateVariable);
  if (number >= 0) ::fcntl(number, F_SETFD, FD_CLOEXEC);
  return number;
}

}  // namespace tined::supervisor
