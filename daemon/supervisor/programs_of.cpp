#include "supervisor/programs_of.hpp"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "children/kill.hpp"

namespace tined::supervisor {
namespace {

struct Place {
  int parent = 0;
  int group = 0;
  int session = 0;
};

/// What /proc/PID/stat says behind the name, which may have anything in it.
std::optional<Place> PlaceOf(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  char state = 0;
  Place place;
  const int read = std::sscanf(text.c_str() + name_end + 1, " %c %d %d %d", &state, &place.parent,
                               &place.group, &place.session);
  return read == 4 ? std::optional(place) : std::nullopt;
}

template <typename Action>
void ForEachProcess(Action action) {
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator("/proc", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().native();
    pid_t pid = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), pid);
    const bool is_process = fault == std::errc() && end == name.data() + name.size();
    if (!is_process || pid <= 1) continue;
    if (const std::optional<Place> place = PlaceOf(pid)) action(pid, *place);
  }
}

}  // namespace

void EndProgramsOf(pid_t worker) {
  ForEachProcess([worker](pid_t pid, const Place& place) {
    if (place.parent == worker && place.group == pid) children::Kill(-pid, SIGKILL);
  });
}

void EndSession(pid_t leader) {
  ForEachProcess([leader, self = ::getpid()](pid_t pid, const Place& place) {
    if (place.session != leader || place.parent != self) return;
    children::Kill(place.group == pid ? -pid : pid, SIGKILL);
  });
}

}  // namespace tined::supervisor
