// A worker's pool of threads for code that may block: a bounded queue, a bounded number of threads,
// started when they are first needed, a bounded time for each handler. Results come back to the
// loop by an eventfd. Used by the loop's thread; Job says what runs where.
//
// A thread cannot be ended from outside. One whose handler does not come back in time is written
// off: its request is answered without it, another thread takes its place, and the worker is one to
// be replaced (Scoreboard::threads.lost).
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "backends/thread_stack.hpp"
#include "base/descriptor.hpp"
#include "base/thread_check.hpp"
#include "config/model.hpp"
#include "ledger/ledger.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// Is called on a thread of the pool.
  virtual void Run() noexcept = 0;
  /// Is called after Run, on the loop's thread.
  virtual void Finish() noexcept = 0;

  /// Is called on the loop's thread, while Run goes on, once the job has run for as long as a
  /// handler may. False: it is no handler, and has all the time. True: nobody waits for it any
  /// more.
  [[nodiscard]] virtual bool OnOverdue() noexcept { return false; }
  /// Tells the log of an overdue job. `stack` is where its thread is; empty: not known.
  virtual void LogOverdue(std::string_view /*stack*/) const noexcept {}
};

class Threads final : public loop::Watcher {
 public:
  /// All outlive the pool, which tells in `figures` how it is.
  Threads(loop::Loop& loop, const config::Threads& settings, ledger::ThreadFigures& figures);
  /// Waits for what is running, and drops what waits. Not with threads that are lost: the process
  /// ends, then, without (Quiesce).
  ~Threads() override;

  /// Has `job` run. False: the queue is full, or the system has no room for a first thread.
  [[nodiscard]] bool Post(std::shared_ptr<Job> job);
  /// Has `job` run whatever waits already: for what goes on with a job that was let in.
  [[nodiscard]] bool PostNext(std::shared_ptr<Job> job);
  /// Waits until nothing runs, dropping what waits; false when that takes longer than `patience`,
  /// or when threads are lost.
  [[nodiscard]] bool Quiesce(Duration patience);

  void OnReady(std::uint32_t events) noexcept override;

 private:
  struct Runner {
    std::thread thread;
    ThreadStack stack;
    // What follows belongs to whoever holds the mutex.
    std::shared_ptr<Job> job;  ///< null: it waits for one
    TimePoint since;           ///< when that began
    bool is_lost = false;
  };
  /// A job whose time is over.
  struct Overdue {
    Runner* runner;
    std::shared_ptr<Job> job;
  };

  [[nodiscard]] bool Enqueue(std::shared_ptr<Job> job, std::size_t most);
  void Run(Runner& runner);
  void RunOne(Runner& runner, std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool StartThread();
  [[nodiscard]] bool MayStartThread() const noexcept;
  void Finished(std::shared_ptr<Job> job);
  void Tell() noexcept;
  void TellFull();
  void LookForOverdue();
  void WriteOff();

  [[no_unique_address]] ThreadCheck thread_;
  loop::Loop& loop_;
  const config::Threads& settings_;
  ledger::ThreadFigures& figures_;
  Descriptor event_;
  loop::WatchId watch_;
  std::vector<std::unique_ptr<Runner>> runners_;
  std::vector<Overdue> overdue_;  ///< that are being asked for their stacks
  loop::Alarm look_{[this] { LookForOverdue(); }};
  loop::Alarm write_off_{[this] { WriteOff(); }};
  TimePoint told_full_;            ///< when the log was told last of a full queue
  std::uint64_t turned_away_ = 0;  ///< jobs turned away since the log was told

  std::mutex mutex_;  ///< for all below
  std::condition_variable wanted_;
  std::condition_variable idle_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::shared_ptr<Job>> finished_;
  std::size_t busy_ = 0;  ///< threads that run a job and are not lost
  std::size_t lost_ = 0;
  bool is_stopping_ = false;
};

}  // namespace tined::backends
