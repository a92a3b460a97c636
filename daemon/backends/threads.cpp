#include "backends/threads.hpp"

#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/signal_stack.hpp"

namespace tined::backends {

Threads::Threads(loop::Loop& loop, const config::Threads& settings)
    : loop_(loop),
      settings_(settings),
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
  for (std::thread& thread : threads_) thread.join();
  loop_.Remove(event_.get(), watch_);
}

bool Threads::StartThread() {
  try {
    threads_.emplace_back([this] { RunThread(); });
    return true;
  } catch (const std::system_error& error) {
    log::Warning("cannot start a thread", {{"threads", threads_.size()}, {"error", error.what()}});
    return !threads_.empty();
  }
}

bool Threads::Post(std::shared_ptr<Job> job) {
  return Enqueue(std::move(job), static_cast<std::size_t>(settings_.queue));
}

bool Threads::PostNext(std::shared_ptr<Job> job) { return Enqueue(std::move(job), SIZE_MAX); }

/// `most`: jobs that may wait for a thread, this one included.
bool Threads::Enqueue(std::shared_ptr<Job> job, std::size_t most) {
  std::unique_lock lock(mutex_);
  const std::size_t free = threads_.size() - busy_;
  if (queue_.size() >= free) {
    const bool is_full = threads_.size() >= static_cast<std::size_t>(settings_.count);
    if (is_full && queue_.size() - free >= most) return false;
    if (!is_full && !StartThread()) return false;
  }
  queue_.push_back(std::move(job));
  lock.unlock();
  wanted_.notify_one();
  return true;
}

void Threads::RunThread() {
  ::prctl(PR_SET_NAME, "tined handler");
  const SignalStack signal_stack;
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    lock.unlock();
    job->Run();
    lock.lock();
    --busy_;
    if (busy_ == 0) idle_.notify_all();
    Finished(std::move(job));
  }
}

/// With the mutex held.
void Threads::Finished(std::shared_ptr<Job> job) {
  finished_.push_back(std::move(job));
  // One wake-up for all that have finished until the loop looks.
  if (finished_.size() == 1) ::eventfd_write(event_.get(), 1);
}

void Threads::OnReady(std::uint32_t) noexcept {
  eventfd_t ignored = 0;
  ::eventfd_read(event_.get(), &ignored);
  std::vector<std::shared_ptr<Job>> finished;
  {
    const std::lock_guard lock(mutex_);
    finished.swap(finished_);
  }
  for (const std::shared_ptr<Job>& job : finished) job->Finish();
}

bool Threads::Quiesce(Duration patience) {
  std::unique_lock lock(mutex_);
  queue_.clear();
  return idle_.wait_for(lock, patience, [this] { return busy_ == 0; });
}

}  // namespace tined::backends
