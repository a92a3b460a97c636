#include "supervisor/rescue/programs_of.hpp"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <string>

#include "children/kill.hpp"
#include "children/parentage.hpp"

namespace tined::supervisor {
namespace {

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
    if (const auto place = children::ParentageOf(pid)) action(pid, *place);
  }
}

}  // namespace

void EndProgramsOf(pid_t worker) {
  ForEachProcess([worker](pid_t pid, const children::Parentage& place) {
    if (place.parent == worker && place.group == pid) children::Kill(-pid, SIGKILL);
  });
}

void EndSession(pid_t leader) {
  ForEachProcess([leader, self = ::getpid()](pid_t pid, const children::Parentage& place) {
    if (place.session != leader || place.parent != self) return;
    children::Kill(place.group == pid ? -pid : pid, SIGKILL);
  });
}

}  // namespace tined::supervisor
