#include "backends/processes/executor.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <system_error>

#include "backends/crash_handler.hpp"
#include "backends/processes/answer.hpp"
#include "backends/processes/withdrawal.hpp"
#include "backends/processes/worker_channels.hpp"
#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::backends {
namespace {

/// Sent by the kernel when the spawner has ended: it need only interrupt the wait for a request.
constexpr int kSpawnerGone = SIGUSR1;

void TakeSignals(const sigset_t& wanted) {
  Check(::prctl(PR_SET_PDEATHSIG, kSpawnerGone), "prctl");
  // What sigprocmask calls, from another page.
  const int error = ::pthread_sigmask(SIG_UNBLOCK, &wanted, nullptr);
  if (error != 0) throw std::system_error(error, std::generic_category(), "pthread_sigmask");
}

void LimitMemory(Bytes memory) {
  if (memory == Bytes()) return;
  const rlimit limit{memory.count, memory.count};
  Check(::setrlimit(RLIMIT_AS, &limit), "setrlimit");
}

/// A request that arrives does not take the CPU from the worker that sends it: it comes to its
/// other clients before, and executors have several requests, and it several answers, at one turn
/// each.
void YieldToWorkers() noexcept {
  constexpr sched_param kNone{};
  // Where it is refused, executors are as all others.
  (void)::sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &kNone);
}

class Executor {
 public:
  explicit Executor(const ExecutorStart& start) : start_(start) {
    if (start.claim != nullptr) {
      channels_.emplace(WorkerChannels::Inherited{start.board, start.mailboxes, *start.claim});
    }
  }

  void Serve() {
    SayWaiting();
    if (start_.tells_when_waiting) Tell();
    for (std::uint64_t taken = 0;;) {
      // The spawner that was is not there to replace this one: it ends when it has nothing to do.
      if (::getppid() != start_.spawner) return;
      const ReceivedRequest::Taken outcome =
          channels_ ? job_.Take(start_.jobs, start_.claim->ticket()) : job_.Take(start_.jobs);
      if (outcome == ReceivedRequest::Taken::end) return;
      if (outcome == ReceivedRequest::Taken::no || job_.handler() >= start_.modules.size())
        continue;
      ++taken;
      const bool is_last = taken == start_.settings.requests_per_process;
      // What it runs for one request has no business with the next.
      if (is_last) ::close(start_.jobs);
      Run();
      Say(ExecutorSlot::kDone);
      if (channels_) start_.board.busy.Remove(start_.number);
      if (is_last || LeavesBehind()) return;
      SayWaiting();
    }
  }

 private:
  void Run() {
    Announce();
    if (channels_ && job_.answer() < 0) {
      RunOnLastingChannel();
    } else {
      RunOnOwnChannel();
    }
  }

  void RunOnOwnChannel() {
    {
      SignalOf(job_.answer());
      const EndsWithClient guard(job_.answer(), job_.id());
      // Whoever asked may have gone before the guard was there.
      if (HasHungUp(job_.answer())) return job_.End();
      Handle();
    }
    ::fcntl(job_.answer(), F_SETFL, 0);
    (void)Send(job_.answer());
    job_.End();
  }

  void RunOnLastingChannel() {
    const Ticket& ticket = job_.ticket();
    const bool was_missed = TakeMissedSignal();
    const int channel = channels_->Of(ticket, was_missed);
    if (channel < 0) return;
    {
      const EndsWithClient guard(channel, ticket.id);
      if (guard.IsTooLate(was_missed) || !channels_->IsWanted(ticket)) return;
      Handle();
    }
    if (!Send(channel)) channels_->DropIfEnded(ticket);
  }

  void Handle() {
    // What ends this process now is the handler's doing.
    const ledger::HandlingMark mark({.record = 1}, nullptr);
    backends::Module& module = *start_.modules[job_.handler()];
    if (job_.is_message()) {
      module.Receive(job_.message(), draft_, &job_.id());
    } else {
      later_ = module.Answer(job_.request(), draft_, reactor_, &job_.id());
      while (later_ && !later_->is_done()) reactor_.Turn();
    }
  }

  bool Send(int channel) {
    const bool is_sent = SendAnswer(channel, job_.ticket(), later_ ? later_->draft() : draft_);
    later_.reset();
    draft_.Clear();
    return is_sent;
  }

  /// The request has left processes behind: they end with this one.
  [[nodiscard]] bool LeavesBehind() const noexcept {
    if (start_.has_children) return false;
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  }

  void Announce() {
    if (job_.is_message()) {
      WriteLine(job_.message(), start_.slot.request);
    } else {
      WriteLine(job_.request(), start_.slot.request);
    }
    start_.slot.id = job_.id();
    start_.slot.told.store(0, std::memory_order_relaxed);
    start_.slot.handler.store(job_.handler(), std::memory_order_relaxed);
    start_.slot.taken.fetch_add(1, std::memory_order_relaxed);
    Say(ExecutorSlot::kBusy);
    if (!channels_) return Tell();
    shared::ExecutorBoard& board = start_.board;
    board.requests.fetch_add(1, std::memory_order_relaxed);
    board.busy.Add(start_.number);
    board.waiting.Remove(start_.number);
    // The spawner writes what it wants before it counts who waits: one of the two sees the other.
    if (board.waiting.Count() < board.wanted.load()) Tell();
  }

  void SayWaiting() noexcept {
    Say(ExecutorSlot::kWaiting);
    if (channels_) start_.board.waiting.Add(start_.number);
  }

  void Say(ExecutorSlot::State state) noexcept {
    start_.slot.state.store(state, std::memory_order_release);
  }
  void Tell() noexcept { ::eventfd_write(start_.news, 1); }

  const ExecutorStart& start_;
  ReceivedRequest& job_ = start_.job;
  std::optional<WorkerChannels> channels_;  ///< none: each answer has a channel of its own
  Draft draft_;
  Reactor reactor_;
  std::shared_ptr<Deferred> later_;  ///< the answer, when the module defers it
};

}  // namespace

sigset_t PrepareExecutors() {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  Check(::sigaction(kSpawnerGone, &nothing, nullptr), "sigaction");
  PrepareWithdrawals();
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, kSpawnerGone);
  ::sigaddset(&wanted, SIGTERM);
  return wanted;
}

int RunExecutor(const ExecutorStart& start) noexcept {
  try {
    ::prctl(PR_SET_NAME, "tined executor");
    YieldToWorkers();
    // What it leaves behind is found by its spawner: by group, or as children's children.
    Check(::setpgid(0, 0), "setpgid");
    Check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
    HandleWithdrawals(start.slot.told);
    NoteCrashesIn(start.slot.crash);
    TakeSignals(start.signals);
    LimitMemory(start.settings.memory);
    if (!start.confinement.Enter()) ThrowErrno("confine");
    for (const auto& module : start.modules) module->Note(Module::Fork::in_executor);
    for (const auto& module : start.modules) module->Start();
    siginfo_t info{};
    ExecutorStart ready = start;
    ready.has_children = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    Executor(ready).Serve();
    // The modules are not destroyed: they are the spawner's, who configured them.
    for (const auto& module : start.modules) module->Stop();
    return 0;
  } catch (const std::exception& error) {
    log::Error("the executor cannot go on", {{"pid", ::getpid()}, {"reason", error.what()}});
    return 1;
  }
}

}  // namespace tined::backends
