#include "backends/processes/executor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "backends/crash_handler.hpp"
#include "backends/processes/answer.hpp"
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

ExecutorSlot* own_slot = nullptr;

/// Dies of it, as ever, and notes on whose behalf: the kernel says which descriptor it is about
/// (F_SETSIG) when the worker has gone; a handler's own SIGTERM is about none.
void OnTerminate(int signal, siginfo_t* info, void*) {
  const bool is_of_socket = info->si_code > 0 && info->si_code != SI_KERNEL;
  // Sent to all processes of the service: it is the supervisor's to decide who ends.
  if (!is_of_socket && info->si_pid != ::getpid()) return;
  if (is_of_socket) {
    char word = 0;
    const bool is_up = ::recv(info->si_fd, &word, 1, MSG_DONTWAIT) == 1 && word == kTimeIsUp;
    own_slot->told.store(is_up ? ExecutorSlot::kTimedOut : ExecutorSlot::kClientLeft);
  }
  (void)::signal(signal, SIG_DFL);
  (void)::raise(signal);
}

/// While it lives, the kernel ends this process (SIGTERM) when the other end of `socket` closes.
class EndsWithClient {
 public:
  explicit EndsWithClient(int socket) noexcept : socket_(socket) {
    ::fcntl(socket_, F_SETOWN, ::getpid());
    ::fcntl(socket_, F_SETSIG, SIGTERM);
    ::fcntl(socket_, F_SETFL, O_ASYNC);
  }
  EndsWithClient(const EndsWithClient&) = delete;
  EndsWithClient& operator=(const EndsWithClient&) = delete;
  ~EndsWithClient() { ::fcntl(socket_, F_SETFL, 0); }

 private:
  int socket_;
};

bool IsGone(int socket) noexcept {
  pollfd look{.fd = socket, .events = 0, .revents = 0};
  return ::poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) != 0;
}

class Executor {
 public:
  explicit Executor(const ExecutorStart& start) : start_(start) {}

  void Serve() {
    Say(ExecutorSlot::kWaiting);
    if (start_.tells_when_waiting) Tell();
    for (std::uint64_t taken = 0;;) {
      // The spawner that was is not there to replace this one: it ends when it has nothing to do.
      if (::getppid() != start_.spawner) return;
      const ReceivedRequest::Taken outcome = job_.Take(start_.jobs);
      if (outcome == ReceivedRequest::Taken::end) return;
      if (outcome == ReceivedRequest::Taken::no || job_.handler() >= start_.modules.size())
        continue;
      ++taken;
      const bool is_last = taken == start_.settings.requests_per_process;
      // What it runs for one request has no business with the next.
      if (is_last) ::close(start_.jobs);
      Run();
      Say(ExecutorSlot::kDone);
      if (is_last || LeavesBehind()) return;
      Say(ExecutorSlot::kWaiting);
    }
  }

 private:
  void Run() {
    Announce();
    {
      const EndsWithClient guard(job_.answer());
      // Whoever asked may have gone before the guard was there.
      if (IsGone(job_.answer())) return job_.End();
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
    SendAnswer(job_.answer(), later_ ? later_->draft() : draft_);
    later_.reset();
    draft_.Clear();
    job_.End();
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
    start_.slot.told.store(ExecutorSlot::kNothing, std::memory_order_relaxed);
    start_.slot.handler.store(job_.handler(), std::memory_order_relaxed);
    start_.slot.taken.fetch_add(1, std::memory_order_relaxed);
    Say(ExecutorSlot::kBusy);
    Tell();
  }

  void Say(ExecutorSlot::State state) noexcept {
    start_.slot.state.store(state, std::memory_order_release);
  }
  void Tell() noexcept { ::eventfd_write(start_.news, 1); }

  const ExecutorStart& start_;
  ReceivedRequest& job_ = start_.job;
  Draft draft_;
  Reactor reactor_;
  std::shared_ptr<Deferred> later_;  ///< the answer, when the module defers it
};

}  // namespace

sigset_t PrepareExecutors() {
  struct sigaction nothing {};
  nothing.sa_handler = [](int) {};
  Check(::sigaction(kSpawnerGone, &nothing, nullptr), "sigaction");
  struct sigaction terminate {};
  terminate.sa_sigaction = OnTerminate;
  terminate.sa_flags = static_cast<int>(SA_SIGINFO | SA_NODEFER | SA_RESTART);
  Check(::sigaction(SIGTERM, &terminate, nullptr), "sigaction");
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, kSpawnerGone);
  ::sigaddset(&wanted, SIGTERM);
  return wanted;
}

int RunExecutor(const ExecutorStart& start) noexcept {
  try {
    ::prctl(PR_SET_NAME, "tined executor");
    // What it leaves behind is found by its spawner: by group, or as children's children.
    Check(::setpgid(0, 0), "setpgid");
    Check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
    own_slot = &start.slot;
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
