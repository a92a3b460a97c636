#include "supervisor/workers/tls_check.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "children/death.hpp"
#include "supervisor/workers/handshaker_words.hpp"
#include "supervisor/workers/module_trial.hpp"

namespace tined::supervisor {
namespace {

/// What a handshaker has said, as far as it has got.
struct Said {
  bool is_ready = false;
  bool is_late = false;
  std::vector<config::Problem> problems;
};

constexpr std::size_t kMostRefused = 256;

/// Notes what is there to be read. False: there will be nothing more.
bool Hear(int control, const config::Config& config, Said& said) {
  for (;;) {
    channels::Message message;
    const channels::ReceiveResult result = channels::ReceiveMessage(control, message);
    if (result != channels::ReceiveResult::received) {
      return result == channels::ReceiveResult::empty;
    }
    if (message.order.kind == channels::MessageKind::ready) said.is_ready = true;
    const bool is_refusal = message.order.kind == channels::MessageKind::refuses;
    if (is_refusal && said.problems.size() < kMostRefused) {
      said.problems.push_back(RefusalIn(message, config));
    }
  }
}

Said Listen(int control, const config::Config& config) {
  Said said;
  const TimePoint deadline = Clock::now() + ModuleTrial::kPatience;
  while (Hear(control, config, said)) {
    const auto left = std::chrono::ceil<Duration>(deadline - Clock::now()).count();
    pollfd wait{.fd = control, .events = POLLIN, .revents = 0};
    said.is_late = left <= 0;
    if (said.is_late) break;
    (void)::poll(&wait, 1, static_cast<int>(left));
  }
  return said;
}

children::Death WaitFor(pid_t pid) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
  }
  return children::DeathOf(info);
}

}  // namespace

std::vector<config::Problem> CheckTls(const config::Config& config,
                                      const local_path::Strangers& strangers) {
  if (!config::HasTls(config)) return {};
  HandshakerProgram program;
  const children::Identity identity = children::LookUpIdentity(config.user, config.group);
  program.Require(config, children::StrangersOf(identity));
  const TlsFiles files(config, strangers, TlsFiles::KeyLogs::leave);
  channels::ControlPair control = channels::MakeControlPair();
  const pid_t pid = Check(::fork(), "fork");
  if (pid == 0) ::_exit(program.RunCheck(config, files, identity, control.child.get()));
  control.child.Reset();
  Said said = Listen(control.supervisor.get(), config);
  if (said.is_late) ::kill(pid, SIGKILL);
  const children::Death death = WaitFor(pid);
  if (said.is_ready || !said.problems.empty()) return std::move(said.problems);
  return {{{},
           said.is_late ? fmt::format("tined-handshaker: {}", ModuleTrial::TooLong())
                        : fmt::format("tined-handshaker ended before it had checked TLS ({})",
                                      death.Text())}};
}

}  // namespace tined::supervisor
