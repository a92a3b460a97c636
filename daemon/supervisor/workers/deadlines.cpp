#include "supervisor/workers/deadlines.hpp"

#include <signal.h>

#include <algorithm>

#include "base/log.hpp"
#include "children/kill.hpp"
#include "supervisor/workers/child_terms.hpp"

namespace tined::supervisor {
namespace {

/// How often drain_timeout begins again for a worker whose connections nobody has room for.
constexpr int kMostExtensions = 10;
/// Between attempts to end a worker that does not die.
constexpr Duration kLongestEndWait = std::chrono::seconds(60);

Duration StartPatience(const Child& child) noexcept {
  return child.trial.is_running() ? ModuleTrial::kPatience : ChildTerms::kStart;
}

}  // namespace

void Deadlines::BeginStart(Child& child) {
  child.until = child.started + ChildTerms::kStart;
  GoOn(child);
}

void Deadlines::BeginDrain(Child& child) {
  child.until = Clock::now() + child.generation->config->drain_timeout;
  GoOn(child);
}

void Deadlines::GoOn(Child& child) {
  if (child.state == ChildState::draining) {
    child.deadline.emplace([this, &child] { OnDrainTimeout(child); });
  } else {
    child.deadline.emplace([this, &child] { OnStartTimeout(child); });
  }
  // One that serves has all the time.
  if (child.state != ChildState::serving) loop_.Arm(*child.deadline, child.until);
}

void Deadlines::OnTrial(Child& child) {
  child.until = Clock::now() + StartPatience(child);
  loop_.Arm(*child.deadline, child.until);
}

void Deadlines::OnStartTimeout(Child& child) {
  log::Error("worker did not get ready in time, killing it",
             {{"worker", child.slot},
              {"gen", child.generation->number},
              {"pid", child.pid},
              {"at", child.trial.is_running() ? child.trial.name() : "start"},
              {"timeout_s", StartPatience(child) / std::chrono::seconds(1)}});
  child.trial.GiveUp();
  End(child);
}

void Deadlines::OnDrainTimeout(Child& child) {
  if (Extend(child)) return;
  log::Warning("worker did not drain in time, killing it",
               {{"worker", child.slot},
                {"gen", child.generation->number},
                {"pid", child.pid},
                {"connections", child.board().connections_open.get()}});
  End(child);
}

bool Deadlines::Extend(Child& child) {
  const std::uint64_t waiting = child.board().connections_waiting.get();
  if (waiting == 0 || !may_extend_ || child.extensions >= kMostExtensions) return false;
  ++child.extensions;
  const Duration more =
      std::max<Duration>(child.generation->config->drain_timeout, std::chrono::seconds(1));
  log::Info("a worker goes on draining: nobody has room for its connections yet",
            {{"worker", child.slot},
             {"gen", child.generation->number},
             {"pid", child.pid},
             {"connections", waiting}});
  child.until = Clock::now() + more;
  loop_.Arm(*child.deadline, child.until);
  return true;
}

/// Until it is gone: it may be refused at this moment.
void Deadlines::End(Child& child) {
  children::Kill(child.pid, SIGKILL);
  child.deadline.emplace([this, &child] { End(child); });
  loop_.Arm(*child.deadline, Clock::now() + child.end_wait);
  child.end_wait = std::min(child.end_wait * 2, kLongestEndWait);
}

void Deadlines::EndSilent(Child& child) {
  children::Kill(child.pid, child.is_hung ? SIGKILL : SIGABRT);
  // The second time follows soon; a process that outlives SIGKILL stands still in the kernel.
  const TimePoint now = Clock::now();
  child.end_again = now + (child.is_hung ? child.end_wait : Duration(0));
  if (child.is_hung) child.end_wait = std::min(child.end_wait * 2, kLongestEndWait);
  child.is_hung = true;
}

}  // namespace tined::supervisor
