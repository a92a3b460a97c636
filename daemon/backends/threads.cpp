#include "backends/threads.hpp"

#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/signal_stack.hpp"

namespace tined::backends {
namespace {

/// A thread that is overdue has this long to note its stack, or to come back after all.
constexpr Duration kOverdueGrace = std::chrono::milliseconds(100);
/// At least so long passes between two lines about a pool that is full.
constexpr Duration kTellInterval = std::chrono::seconds(10);

}  // namespace

Threads::Threads(loop::Loop& loop, const config::Threads& settings, ledger::ThreadFigures& figures)
    : loop_(loop),
      settings_(settings),
      figures_(figures),
      event_(Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  if (!loop_.Add(event_.get(), EPOLLIN, *this, watch_)) ThrowErrno("watch an eventfd");
}

Threads::~Threads() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    queue_.clear();
  }
  wanted_.notify_all();
  for (const auto& runner : runners_) runner->thread.join();
  loop_.Remove(event_.get(), watch_);
}

bool Threads::StartThread() {
  try {
    Runner& runner = *runners_.emplace_back(std::make_unique<Runner>());
    runner.thread = std::thread([this, &runner] { Run(runner); });
    return true;
  } catch (const std::system_error& error) {
    runners_.pop_back();
    log::Warning("cannot start a thread", {{"threads", runners_.size()}, {"error", error.what()}});
    return runners_.size() > lost_;
  }
}

/// Threads that are lost have successors, within reason: the worker is being replaced.
bool Threads::MayStartThread() const noexcept {
  const auto count = static_cast<std::size_t>(settings_.count);
  return runners_.size() - lost_ < count && runners_.size() < 2 * count;
}

bool Threads::Post(std::shared_ptr<Job> job) {
  if (Enqueue(std::move(job), static_cast<std::size_t>(settings_.queue))) return true;
  TellFull();
  return false;
}

bool Threads::PostNext(std::shared_ptr<Job> job) { return Enqueue(std::move(job), SIZE_MAX); }

/// `most`: jobs that may wait for a thread, this one included.
bool Threads::Enqueue(std::shared_ptr<Job> job, std::size_t most) {
  thread_.Check();
  std::unique_lock lock(mutex_);
  const std::size_t free = runners_.size() - lost_ - busy_;
  if (queue_.size() >= free) {
    const bool is_full = !MayStartThread();
    if (is_full && queue_.size() - free >= most) return false;
    if (!is_full && !StartThread()) return false;
  }
  queue_.push_back(std::move(job));
  Tell();
  lock.unlock();
  wanted_.notify_one();
  if (!look_.is_armed()) loop_.Arm(look_, loop_.now() + settings_.timeout);
  return true;
}

void Threads::Run(Runner& runner) {
  ::prctl(PR_SET_NAME, "tined handler");
  const SignalStack signal_stack;
  runner.stack.Attach();
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    RunOne(runner, lock);
  }
}

void Threads::RunOne(Runner& runner, std::unique_lock<std::mutex>& lock) {
  runner.job = std::move(queue_.front());
  runner.since = Clock::now();
  queue_.pop_front();
  ++busy_;
  Tell();
  lock.unlock();
  runner.job->Run();
  lock.lock();
  // A thread that was lost is back, late as it is.
  --(std::exchange(runner.is_lost, false) ? lost_ : busy_);
  Tell();
  if (busy_ == 0) idle_.notify_all();
  Finished(std::move(runner.job));
}

/// The caller holds the mutex.
void Threads::Finished(std::shared_ptr<Job> job) {
  finished_.push_back(std::move(job));
  // One wake-up serves all that have finished until the loop looks.
  if (finished_.size() == 1) ::eventfd_write(event_.get(), 1);
}

/// The caller holds the mutex.
void Threads::Tell() noexcept {
  figures_.busy.Set(busy_);
  figures_.waiting.Set(queue_.size());
  figures_.lost.Set(lost_);
}

void Threads::OnReady(std::uint32_t) noexcept {
  thread_.Check();
  eventfd_t ignored = 0;
  ::eventfd_read(event_.get(), &ignored);
  std::vector<std::shared_ptr<Job>> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (const std::shared_ptr<Job>& job : finished) job->Finish();
}

void Threads::TellFull() {
  ++turned_away_;
  if (told_full_ != TimePoint() && loop_.now() - told_full_ < kTellInterval) return;
  told_full_ = loop_.now();
  log::Warning(
      "all threads are at work and as many requests wait as may: more are turned away (503)",
      {{"threads", settings_.count},
       {"waiting", figures_.waiting.get()},
       {"lost", figures_.lost.get()},
       {"turned_away", std::exchange(turned_away_, 0)}});
}

/// Answers for jobs whose time is over, and asks where their threads are. Looks again when the next
/// one's time may be over.
void Threads::LookForOverdue() {
  const TimePoint now = Clock::now();
  std::optional<TimePoint> next;
  std::vector<Overdue> found;
  {
    const std::lock_guard lock(mutex_);
    if (!queue_.empty()) next = now + settings_.timeout;
    for (const auto& runner : runners_) {
      if (runner->job == nullptr || runner->is_lost) continue;
      if (now - runner->since >= settings_.timeout) {
        found.push_back({runner.get(), runner->job});
      } else {
        next = std::min(next.value_or(TimePoint::max()), runner->since + settings_.timeout);
      }
    }
  }
  if (next) loop_.Arm(look_, *next);
  for (Overdue& each : found) {
    const auto is_it = [&](const Overdue& asked) { return asked.job == each.job; };
    const bool is_asked = std::any_of(overdue_.begin(), overdue_.end(), is_it);
    if (is_asked || !each.job->OnOverdue()) continue;
    each.runner->stack.Ask();
    overdue_.push_back(std::move(each));
  }
  if (!overdue_.empty() && !write_off_.is_armed())
    loop_.Arm(write_off_, loop_.now() + kOverdueGrace);
}

/// Counts threads that have not come back as lost.
void Threads::WriteOff() {
  for (const Overdue& each : std::exchange(overdue_, {})) {
    each.job->LogOverdue(each.runner->stack.Take());
    const std::lock_guard lock(mutex_);
    if (each.runner->job != each.job) continue;
    each.runner->is_lost = true;
    --busy_;
    ++lost_;
    Tell();
  }
  // A job that waits for a lost thread gets another.
  const std::lock_guard lock(mutex_);
  while (queue_.size() > runners_.size() - lost_ - busy_ && MayStartThread() && StartThread()) {
  }
}

bool Threads::Quiesce(Duration patience) {
  thread_.Check();
  std::unique_lock lock(mutex_);
  queue_.clear();
  return idle_.wait_for(lock, patience, [this] { return busy_ == 0; }) && lost_ == 0;
}

}  // namespace tined::backends
