// What another thread brings to a task (task.hpp) that waits for it.
#pragma once

#include <tined/task.hpp>

#include <mutex>

namespace tined {

/// Something that another thread brings: hand a Sender to that thread, then co_await this.
///
///   tined::Completion<int> result;
///   std::thread([sender = result.sender()] { sender.Send(Compute()); }).detach();
///   const int value = co_await result;
///
/// The sender may be used when nobody waits any more: nothing happens then.
template <typename T>
class Completion {
  struct State {
    std::mutex mutex;  // for all below
    std::optional<T> value;
    std::exception_ptr error;
    tined_wait* wait = nullptr;
  };

 public:
  /// Sends the result, from any thread. Copies send to the same; what is sent first counts. When
  /// the last of them goes without a word, the one who waits gets an exception.
  class Sender {
   public:
    void Send(T value) const {
      Tell([&](State& state) { state.value.emplace(std::move(value)); });
    }
    /// Whoever waits gets it thrown.
    void Fail(std::exception_ptr error) const {
      Tell([&](State& state) { state.error = std::move(error); });
    }

   private:
    friend class Completion;
    explicit Sender(std::shared_ptr<State> state)
        : token_(state.get(), [state](State*) noexcept { Abandon(*state); }) {}

    static void Abandon(State& state) noexcept {
      Tell(state, [](State& to) {
        to.error = std::make_exception_ptr(std::runtime_error("nothing was sent"));
      });
    }
    template <typename Set>
    void Tell(Set set) const {
      Tell(*token_, set);
    }
    template <typename Set>
    static void Tell(State& state, Set set) {
      const std::lock_guard lock(state.mutex);
      if (state.value || state.error) return;
      set(state);
      // The wait is there for as long as this lock is held: whoever ends it takes the lock first.
      if (state.wait != nullptr) detail::host->signal(state.wait);
    }

    std::shared_ptr<State> token_;
  };

  /// Is called once, before the first co_await.
  [[nodiscard]] Sender sender() const { return Sender(state_); }

  auto operator co_await() const noexcept { return Awaiter(state_); }

 private:
  class Awaiter {
   public:
    explicit Awaiter(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() {
      const std::lock_guard lock(state_->mutex);
      if (state_->wait != nullptr) detail::host->wait_cancel(state_->wait);
      state_->wait = nullptr;
    }

    [[nodiscard]] bool await_ready() const {
      const std::lock_guard lock(state_->mutex);
      return state_->value || state_->error;
    }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> waiting) {
      const std::lock_guard lock(state_->mutex);
      if (state_->value || state_->error) return false;
      answer_ = waiting.promise().answer;
      waiting_ = waiting;
      state_->wait = detail::host->wait_signal(answer_->deferred(), Done, this);
      if (state_->wait == nullptr) detail::Throw(errno, "cannot wait");
      return true;
    }
    T await_resume() {
      const std::lock_guard lock(state_->mutex);
      if (state_->error) std::rethrow_exception(state_->error);
      return std::move(*state_->value);
    }

   private:
    static void Done(void* context) {
      auto* const self = static_cast<Awaiter*>(context);
      {
        const std::lock_guard lock(self->state_->mutex);
        self->state_->wait = nullptr;
      }
      self->answer_->Resume(self->waiting_);
    }

    const std::shared_ptr<State> state_;
    detail::LaterAnswer* answer_ = nullptr;
    std::coroutine_handle<> waiting_;
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace tined
