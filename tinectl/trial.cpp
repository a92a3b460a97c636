#include "tinectl/trial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/error.hpp"
#include "base/proc.hpp"
#include "tinectl/client.hpp"

namespace tined::tinectl {
namespace {

constexpr std::chrono::seconds kTrialPatience{10};
constexpr std::chrono::milliseconds kTrialInterval{5};

struct Process {
  std::string name;
  pid_t parent = 0;
  std::chrono::milliseconds cpu{};  ///< its own, and that of children it has waited for
};

/// See proc(5), /proc/PID/stat.
Process ProcessOf(const std::filesystem::path& directory) {
  std::ifstream file(directory / "stat");
  std::string text;
  std::getline(file, text);
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (close == text.npos) return {};
  Process process{.name = text.substr(open + 1, close - open - 1)};
  std::istringstream rest(text.substr(close + 1));
  std::string skipped;
  rest >> skipped >> process.parent;
  for (int i = 0; i < 9; ++i) rest >> skipped;
  std::int64_t ticks = 0;
  for (std::int64_t more = 0, i = 0; i < 4 && rest >> more; ++i) ticks += more;
  process.cpu = std::chrono::milliseconds(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
  return process;
}

/// `root` and all that come from it.
std::map<pid_t, Process> FamilyOf(pid_t root) {
  std::map<pid_t, Process> all;
  for (const pid_t pid : AllProcesses()) {
    all.emplace(pid, ProcessOf(std::filesystem::path("/proc") / std::to_string(pid)));
  }
  const auto belongs = [&](pid_t pid) {
    while (pid > 1 && pid != root) pid = all.contains(pid) ? all.at(pid).parent : 0;
    return pid == root;
  };
  std::map<pid_t, Process> family;
  for (const auto& [pid, process] : all) {
    if (belongs(pid)) family.emplace(pid, process);
  }
  return family;
}

std::filesystem::path MakeDirectory() {
  std::string name = std::filesystem::temp_directory_path() / "tinectl-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) ThrowErrno("mkdtemp " + name);
  return name;
}

}  // namespace

Trial::Trial(const TrialSettings& settings)
    : directory_(MakeDirectory()), is_process_(settings.run == "process") {
  try {
    Write(settings);
    Launch(settings.program);
    WaitUntilServing();
  } catch (...) {
    Stop();
    throw;
  }
}

Trial::~Trial() { Stop(); }

void Trial::Write(const TrialSettings& settings) const {
  std::ofstream file(directory_ / "tined.yaml");
  file << fmt::format(
      "user: root\n"  // If it is started as root: whoever measures a module trusts it.
      "control: {0}/control.sock\n"
      "drain_timeout: 1s\n"
      "log: {{level: warning}}\n"
      "workers: {{count: {1}, restart: {{backoff: 10ms, limit: 1000}}}}\n"
      "backends:\n"
      "  threads: {{count: {2}}}\n"
      "  processes: {{count: {2}, max: {2}}}\n"
      "listeners:\n"
      "  - name: trial\n"
      "    address: 127.0.0.1:0\n"
      "    routes:\n"
      "      - path: /\n"
      "        module: {{file: \"{3}\", run: {4}{5}}}\n",
      directory_.native(), settings.workers, settings.concurrency, settings.module, settings.run,
      settings.settings.empty() ? "" : ", settings: " + settings.settings);
  if (!file.flush()) throw std::runtime_error("cannot write below " + directory_.native());
}

void Trial::Launch(const std::string& program) {
  const std::string config = directory_ / "tined.yaml";
  const std::string log = directory_ / "log";
  pid_ = Check(::fork(), "fork");
  if (pid_ > 0) return;
  // A group of its own: the terminal's Ctrl-C is for tinectl, which then stops this.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execl(program.c_str(), program.c_str(), "--config", config.c_str(), nullptr);
  ::dprintf(STDERR_FILENO, "cannot run %s: %s\n", program.c_str(), ErrnoText(errno).c_str());
  ::_exit(127);
}

void Trial::WaitUntilServing() {
  const auto deadline = std::chrono::steady_clock::now() + kTrialPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("tined did not start:\n" + Log());
    }
    if (std::filesystem::exists(directory_ / "control.sock")) {
      try {
        Client client(directory_ / "control.sock");
        const nlohmann::json status = client.Ask({{"command", "status"}});
        const std::string address = status["listeners"][0]["address"];
        port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
        if (status["workers"]["serving"] != 0) return;
      } catch (const std::runtime_error&) {
        // The service has not got there yet.
      }
    }
    std::this_thread::sleep_for(kTrialInterval);
  }
  throw std::runtime_error("tined does not serve after 10 s:\n" + Log());
}

void Trial::Stop() noexcept {
  if (pid_ > 0) {
    ::kill(pid_, SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + kTrialPatience;
    while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) ::kill(pid_, SIGKILL);
      std::this_thread::sleep_for(kTrialInterval);
    }
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string Trial::Log() const {
  std::ifstream file(directory_ / "log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::chrono::milliseconds Trial::CpuTime() const {
  std::chrono::milliseconds sum{};
  for (const auto& [pid, process] : FamilyOf(pid_)) sum += process.cpu;
  return sum;
}

bool Trial::KillOne() const {
  // A process that serves a single request may be gone before it is killed.
  constexpr int kTries = 20;
  const std::string wanted = is_process_ ? "tined executor" : "tined worker";
  const auto rank = [&](const auto& each) {
    return std::pair(each.second.name.starts_with(wanted), each.second.cpu);
  };
  for (int i = 0; i < kTries; ++i) {
    const std::map<pid_t, Process> family = FamilyOf(pid_);
    const auto busiest =
        std::max_element(family.begin(), family.end(),
                         [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    if (busiest == family.end() || !rank(*busiest).first) continue;
    if (::kill(busiest->first, SIGKILL) == 0) return true;
  }
  return false;
}

}  // namespace tined::tinectl
