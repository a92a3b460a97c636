#include "supervisor/programs_of.hpp"

#include <signal.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace tined::supervisor {
namespace {

/// What /proc/PID/stat says behind the name, which may have anything in it.
bool IsProgramOf(pid_t worker, pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  char state = 0;
  int parent = 0;
  int group = 0;
  const int read = std::sscanf(text.c_str() + name_end + 1, " %c %d %d", &state, &parent, &group);
  return read == 3 && parent == worker && group == pid;
}

}  // namespace

void EndProgramsOf(pid_t worker) {
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator("/proc", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    pid_t pid = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), pid);
    const bool is_process = fault == std::errc() && end == name.data() + name.size();
    if (is_process && pid > 1 && IsProgramOf(worker, pid)) ::kill(-pid, SIGKILL);
  }
}

}  // namespace tined::supervisor
