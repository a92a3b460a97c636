#include "supervisor/workers/trial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/pipe.hpp"
#include "children/after_fork.hpp"
#include "children/death.hpp"
#include "supervisor/workers/module_trial.hpp"

namespace tined::supervisor {
namespace {

constexpr std::size_t kLongestText = 4096;
/// Ends what the child has to say: with nothing in front of it, all is well.
constexpr char kEnd = '\n';

[[noreturn]] void RunChild(const children::Identity& identity, const Attempt& attempt, int answer) {
  std::string text;
  try {
    children::AfterFork({{answer}, "tined check"}, identity);
    // Whoever waits for it may be ended meanwhile.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    text = attempt();
  } catch (const std::exception& error) {
    text = error.what();
  }
  text.resize(std::min(text.size(), kLongestText));
  text.push_back(kEnd);
  // A pipe takes so few bytes in one go; when the reader is gone nobody wants them.
  (void)!::write(answer, text.data(), text.size());
  ::_exit(0);
}

/// What the child says, as far as it gets; false when it is still alive at the deadline.
bool ReadAll(int from, std::string& text) {
  const TimePoint deadline = Clock::now() + ModuleTrial::kPatience;
  std::array<char, kLongestText> bytes;
  for (;;) {
    const auto left = std::chrono::ceil<Duration>(deadline - Clock::now()).count();
    pollfd wait{.fd = from, .events = POLLIN, .revents = 0};
    const int ready = left <= 0 ? 0 : ::poll(&wait, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::read(from, bytes.data(), bytes.size());
    if (got <= 0) return true;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string TryInChild(const children::Identity& identity, const std::string& name,
                       const Attempt& attempt) {
  Pipe pipe = MakePipe();
  const pid_t pid = Check(::fork(), "fork");
  if (pid == 0) RunChild(identity, attempt, pipe.write.get());
  pipe.write.Reset();
  std::string text;
  const bool has_ended = ReadAll(pipe.read.get(), text);
  if (!has_ended) ::kill(pid, SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
  }
  if (text.ends_with(kEnd)) {
    text.pop_back();
    return text;
  }
  if (!has_ended) {
    return fmt::format("{}: {}", name, ModuleTrial::TooLong());
  }
  return fmt::format("{}: it ended the process ({})", name, children::DeathOf(info).Text());
}

}  // namespace tined::supervisor
