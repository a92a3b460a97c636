#include "tests/integration/server.hpp"

#include "tests/integration/built.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/results_collector.hpp>
#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/error.hpp"
#include "base/pipe.hpp"
#include "tests/kill.hpp"

namespace tined::test {
namespace {

std::string ReadAll(int fd) {
  std::string all;
  std::array<char, 65536> bytes;
  ssize_t got = 0;
  while ((got = ::read(fd, bytes.data(), bytes.size())) > 0) {
    all.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return all;
}

using Sockets = std::vector<std::pair<std::string, int>>;

/// In the child: the sockets at descriptors 3, 4 …, announced in the environment.
void PassSockets(const Sockets& sockets) {
  if (sockets.empty()) return;
  std::string names;
  int next = 3;
  for (const auto& [name, socket] : sockets) {
    names += (names.empty() ? "" : ":") + name;
    if (socket == next) {
      ::fcntl(socket, F_SETFD, 0);
    } else {
      ::dup2(socket, next);
    }
    ++next;
  }
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", std::to_string(sockets.size()).c_str(), 1);
  ::setenv("LISTEN_FDNAMES", names.c_str(), 1);
}

/// Starts a program that ends with this one, whatever happens to it.
pid_t Spawn(const std::vector<std::string>& command, const std::vector<std::string>& environment,
            int output, int errors, const Sockets& sockets = {}) {
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = Check(::fork(), "fork");
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (output >= 0) ::dup2(output, STDOUT_FILENO);
  if (errors >= 0) ::dup2(errors, STDERR_FILENO);
  PassSockets(sockets);
  for (const std::string& each : environment) ::putenv(const_cast<char*>(each.c_str()));
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

int StatusOf(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Of a case that is running, and of a suite whose fixture is being torn down.
bool HasPassed(const boost::unit_test::test_unit& unit) {
  struct Visitor : boost::unit_test::test_tree_visitor {
    void visit(const boost::unit_test::test_case& test) override {
      has_passed &= boost::unit_test::results_collector.results(test.p_id).passed();
    }
    bool has_passed = true;
  } visitor;
  boost::unit_test::traverse_test_tree(unit, visitor);
  return visitor.has_passed;
}

void ReplaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
    at += with.size();
  }
}

}  // namespace

Finished RunProgram(const std::vector<std::string>& command) {
  Pipe output = MakePipe();
  Pipe errors = MakePipe();
  const pid_t pid = Spawn(command, {}, output.write.get(), errors.write.get());
  output.write.Reset();
  errors.write.Reset();
  Finished finished;
  std::thread reader([&] { finished.errors = ReadAll(errors.read.get()); });
  finished.output = ReadAll(output.read.get());
  reader.join();
  int status = 0;
  ::waitpid(pid, &status, 0);
  finished.status = StatusOf(status);
  return finished;
}

milliseconds CpuTimeOf(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(stat, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

Server::Server() : program(Built("tined")) {
  std::string name = (std::filesystem::temp_directory_path() / "tined-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) ThrowErrno("mkdtemp");
  directory_ = name;
  std::filesystem::permissions(directory_, std::filesystem::perms(0755));
}

Server::~Server() {
  if (pid_ > 0) {
    // Two signals stop at once; two of the same kind could arrive as one.
    Kill(pid_, SIGTERM);
    Kill(pid_, SIGINT);
    (void)WaitForEnd();
  }
  if (reader_.joinable()) reader_.join();
  // A case that an exception is ending has not been judged yet.
  if (std::uncaught_exceptions() == 0 &&
      HasPassed(boost::unit_test::framework::current_test_unit())) {
    std::filesystem::remove_all(directory_);
  } else {
    std::cerr << "---- log of the failed test (" << directory_.string() << ")\n"
              << log_ << "----\n";
  }
}

std::string Server::Path(const std::string& name) const { return (directory_ / name).string(); }

void Server::Write(const std::string& name, const std::string& contents) const {
  const std::filesystem::path path = directory_ / name;
  std::filesystem::create_directories(path.parent_path());
  // Whole or not at all, and a new inode each time: as editors and deployments do it.
  const std::filesystem::path draft = path.string() + ".draft";
  std::ofstream(draft, std::ios::binary) << contents;
  std::filesystem::rename(draft, path);
}

void Server::Configure(const std::string& yaml) const {
  std::string text = "control: ${DIR}/control.sock\n" + yaml;
  // At the end, so that no line moves: tests name them.
  const bool has_user = text.find("\nuser: ") != std::string::npos;
  if (::geteuid() == 0 && !has_user) text += "\nuser: root\n";
  ReplaceAll(text, "${DIR}", directory_.string());
  Write("tined.yaml", text);
}

void Server::Launch(const std::string& yaml) {
  Configure(yaml);
  Pipe errors = MakePipe();
  std::vector<std::string> command = wrapper;
  command.insert(command.end(), {program, "--config", Path("tined.yaml")});
  command.insert(command.end(), arguments.begin(), arguments.end());
  pid_ = Spawn(command, environment, -1, errors.write.get(), sockets_);
  sockets_.clear();
  if (reader_.joinable()) reader_.join();
  log_ended_ = false;
  reader_ = std::thread([this, end = errors.read.Release()] { ReadLog(Descriptor(end)); });
}

void Server::Start(const std::string& yaml) {
  const std::size_t from = LogSize();
  Launch(yaml);
  WaitForLog({"info serving "}, from);
}

void Server::StartWithSockets(const std::string& yaml,
                              const std::vector<std::pair<std::string, int>>& sockets) {
  sockets_ = sockets;
  Start(yaml);
}

void Server::ReadLog(Descriptor end) {
  std::array<char, 65536> bytes;
  ssize_t got = 0;
  while ((got = ::read(end.get(), bytes.data(), bytes.size())) > 0) {
    const std::lock_guard lock(mutex_);
    log_.append(bytes.data(), static_cast<std::size_t>(got));
    grown_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  log_ended_ = true;
  grown_.notify_all();
}

std::size_t Server::WaitForLog(const std::vector<std::string>& parts, std::size_t from) const {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::unique_lock lock(mutex_);
  for (;;) {
    for (std::size_t end = log_.find('\n', from); end != std::string::npos;
         end = log_.find('\n', from)) {
      const std::string line = log_.substr(from, end - from);
      from = end + 1;
      bool has_all = true;
      for (const std::string& part : parts) has_all &= line.find(part) != std::string::npos;
      if (has_all) return from;
    }
    if (log_ended_ || grown_.wait_until(lock, deadline) == std::cv_status::timeout) {
      std::string wanted;
      for (const std::string& part : parts) wanted += " `" + part + "`";
      lock.unlock();
      BOOST_FAIL("no log line with" + wanted);
    }
  }
}

std::size_t Server::LogSize() const {
  const std::lock_guard lock(mutex_);
  return log_.size();
}

std::string Server::Log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

bool Server::HasLogged(const std::string& text, int times) const {
  return Eventually([&] { return CountLog(text) == times; });
}

int Server::CountLog(const std::string& text) const {
  const std::lock_guard lock(mutex_);
  int count = 0;
  for (std::size_t at = log_.find(text); at != std::string::npos; at = log_.find(text, at + 1)) {
    ++count;
  }
  return count;
}

void Server::Signal(int signal) const { BOOST_REQUIRE(Kill(pid_, signal) == 0); }

void Server::KillWorker(int slot, int signal) const {
  for (const nlohmann::json& worker : Workers()) {
    if (worker["worker"] != slot || worker["state"] != "serving") continue;
    BOOST_REQUIRE(Kill(worker["pid"].get<pid_t>(), signal) == 0);
    return;
  }
  BOOST_FAIL("there is no such worker");
}

int Server::Stop() {
  Signal(SIGTERM);
  return WaitForEnd();
}

int Server::WaitForEnd() {
  int status = 0;
  const auto ended = [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; };
  if (!Eventually(ended)) {
    Kill(pid_, SIGKILL);
    ::waitpid(pid_, &status, 0);
    BOOST_ERROR("tined did not end in time");
  }
  pid_ = -1;
  return StatusOf(status);
}

Finished Server::Ctl(std::vector<std::string> ctl_arguments) const {
  std::vector<std::string> command = {Built("tinectl"), "--socket", Path("control.sock")};
  command.insert(command.end(), ctl_arguments.begin(), ctl_arguments.end());
  return RunProgram(command);
}

nlohmann::json Server::Status() const {
  const Finished finished = Ctl({"--json", "status"});
  BOOST_REQUIRE_MESSAGE(finished.status == 0, finished.errors + finished.output);
  return nlohmann::json::parse(finished.output);
}

nlohmann::json Server::Workers() const {
  const Finished finished = Ctl({"--json", "workers"});
  BOOST_REQUIRE_MESSAGE(finished.status == 0, finished.errors + finished.output);
  return nlohmann::json::parse(finished.output)["workers"];
}

std::vector<pid_t> Server::WorkerPids(const std::string& state) const {
  std::vector<pid_t> pids;
  for (const nlohmann::json& worker : Workers()) {
    if (worker["state"] == state) pids.push_back(worker["pid"].get<pid_t>());
  }
  return pids;
}

std::uint16_t Server::Port(const std::string& listener) const {
  const std::string text = "listening listener=" + listener + " address=";
  const std::string log = Log();
  const std::size_t at = log.rfind(text);
  BOOST_REQUIRE(at != std::string::npos);
  const std::string line = log.substr(at, log.find('\n', at) - at);
  return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
}

}  // namespace tined::test
