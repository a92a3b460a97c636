// What /proc tells tests of processes, ended or not.
#pragma once

#include <sys/types.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tined::test {

struct Stat {
  char state = 'X';  ///< X: there is no such process
  pid_t parent = 0;
};

inline Stat StatOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  Stat stat;
  if (line.empty()) return stat;
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  fields >> stat.state >> stat.parent;
  return stat;
}

/// Its command line, as ps shows it, up to the end of the first argument.
inline std::string CommandOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
  std::string command;
  std::getline(file, command, '\0');
  return command;
}

/// Not ended: a zombie is, waited for or not.
inline bool IsRunning(pid_t pid) {
  const char state = StatOf(pid).state;
  return state != 'X' && state != 'Z';
}

/// Zombies among them.
inline std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid > 0 && StatOf(pid).parent == parent) children.push_back(pid);
  }
  return children;
}

}  // namespace tined::test
