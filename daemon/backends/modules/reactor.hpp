// What answers that come later wait in: a loop, and signals that other threads give it. The
// worker's loop, or one of its own for a thread that does nothing else until an answer is there.
#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/descriptor.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class Threads;

class Reactor final : private loop::Watcher {
 public:
  /// What another thread can wake. Not to be destroyed before it is forgotten, or has been woken.
  class Sleeper : public boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::safe_link>> {
   public:
    Sleeper() = default;
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    /// Is called on the reactor's thread.
    virtual void OnSignal() noexcept = 0;

   protected:
    ~Sleeper() = default;
  };

  /// Makes a reactor with a loop of its own, which Prepare makes.
  Reactor() = default;
  /// Makes a reactor on a worker's loop, whose pool reads files; `handling` is where others see
  /// what it is at. All outlive the reactor.
  Reactor(loop::Loop& loop, Threads& threads, std::atomic<std::uint64_t>& handling) noexcept
      : loop_(&loop), threads_(&threads), handling_(&handling) {}
  ~Reactor() override;

  /// Everything below works. Throws std::system_error when the system has no descriptor for it.
  void Prepare();
  [[nodiscard]] loop::Loop& loop() noexcept { return *loop_; }
  /// Null: this thread may block.
  [[nodiscard]] Threads* threads() const noexcept { return threads_; }
  [[nodiscard]] std::atomic<std::uint64_t>* handling() const noexcept { return handling_; }

  /// Has `sleeper` called in one of the next turns; once, however often it is signalled before
  /// that. Any thread.
  void Signal(Sleeper& sleeper) noexcept;
  void Forget(Sleeper& sleeper) noexcept;

  /// Turns the loop, which is the reactor's own, once.
  void Turn() { loop_->Turn(); }
  /// Ends the wait of a Turn. Any thread.
  void Wake() noexcept;

 private:
  void OnReady(std::uint32_t events) noexcept override;
  /// Takes the first one off the list; null: there is none.
  [[nodiscard]] Sleeper* TakeSignalled() noexcept;

  using Sleepers = boost::intrusive::list<Sleeper, boost::intrusive::constant_time_size<false>>;

  std::unique_ptr<loop::Loop> own_loop_;
  loop::Loop* loop_ = nullptr;
  Threads* threads_ = nullptr;
  std::atomic<std::uint64_t>* handling_ = nullptr;
  Descriptor event_;
  loop::WatchId watch_;

  std::mutex mutex_;  ///< for what follows
  Sleepers signalled_;
};

}  // namespace tined::backends
