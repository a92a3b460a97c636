#include "backends/executor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "backends/answer.hpp"
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
      Run();
      if (++taken == start_.settings.requests_per_process) return;
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
      later_ = start_.modules[job_.handler()]->Answer(job_.request(), draft_, reactor_);
      while (later_ && !later_->is_done()) reactor_.Turn();
    }
    SendAnswer(job_.answer(), later_ ? later_->draft() : draft_);
    later_.reset();
    draft_.Clear();
    job_.End();
  }

  void Announce() {
    job_.WriteLine(start_.slot.request);
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
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, kSpawnerGone);
  ::sigaddset(&wanted, SIGTERM);
  return wanted;
}

int RunExecutor(const ExecutorStart& start) noexcept {
  try {
    ::prctl(PR_SET_NAME, "tined executor");
    TakeSignals(start.signals);
    LimitMemory(start.settings.memory);
    if (!start.confinement.Enter()) ThrowErrno("confine");
    for (const auto& module : start.modules) module->Start();
    Executor(start).Serve();
    // Not destroyed: they are the spawner's, who configured them.
    for (const auto& module : start.modules) module->Stop();
    return 0;
  } catch (const std::exception& error) {
    log::Error("the executor cannot go on", {{"pid", ::getpid()}, {"reason", error.what()}});
    return 1;
  }
}

}  // namespace tined::backends
