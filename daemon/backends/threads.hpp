// A worker's pool of threads for code that may block: a bounded queue, a bounded number of threads,
// started when they are first needed. Results come back to the loop by an eventfd.
// Used by the loop's thread; Job says what runs where.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/descriptor.hpp"
#include "config/model.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  /// On a thread of the pool.
  virtual void Run() noexcept = 0;
  /// Afterwards, on the loop's thread.
  virtual void Finish() noexcept = 0;
};

class Threads final : public loop::Watcher {
 public:
  /// Both outlive the pool.
  Threads(loop::Loop& loop, const config::Threads& settings);
  /// Waits for what is running, and drops what waits.
  ~Threads() override;

  /// Has `job` run. False: the queue is full, or the system has no room for a first thread.
  [[nodiscard]] bool Post(std::shared_ptr<Job> job);
  /// The same whatever waits already: for what goes on with a job that was let in.
  [[nodiscard]] bool PostNext(std::shared_ptr<Job> job);
  /// Waits until nothing runs, dropping what waits; false when that takes longer than `patience`.
  [[nodiscard]] bool Quiesce(Duration patience);

  void OnReady(std::uint32_t events) noexcept override;

 private:
  [[nodiscard]] bool Enqueue(std::shared_ptr<Job> job, std::size_t most);
  void RunThread();
  [[nodiscard]] bool StartThread();
  void Finished(std::shared_ptr<Job> job);

  loop::Loop& loop_;
  const config::Threads& settings_;
  Descriptor event_;
  loop::WatchId watch_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;  ///< for all below
  std::condition_variable wanted_;
  std::condition_variable idle_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::shared_ptr<Job>> finished_;
  std::size_t busy_ = 0;  ///< threads that run a job
  bool is_stopping_ = false;
};

}  // namespace tined::backends
