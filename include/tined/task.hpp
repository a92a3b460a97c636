// Answers that come later, as C++20 coroutines (module.hpp is the rest). Answer returns a
// Task<Response> in place of a Response, and awaits what takes its time:
//
//   #include <tined/socket.hpp>
//
//   class Later {
//    public:
//     tined::Task<tined::Response> Answer(const tined::Request& request) {
//       co_await tined::Sleep(std::chrono::milliseconds(100));
//       tined::Socket upstream = co_await tined::Socket::Connect("127.0.0.1:7");
//       co_await upstream.Write("hello");
//       co_return tined::Response::Text(co_await upstream.ReadAll());
//     }
//   };
//   TINED_MODULE(Later, "later")
//
// This header has tasks, times and files; socket.hpp connections, completion.hpp what other threads
// bring.
//
// With `run: event` the worker serves its other clients meanwhile; the same code runs with
// `run: thread` and `run: process`, where its thread or process waits with it. The request stays
// valid until the task ends. All of a task happens on one thread.
// When the client leaves, or the worker ends, the coroutine is destroyed where it waits: what its
// local objects hold is released by their destructors, and nothing else of it runs.
// g++ 12 crashes in `if (co_await ...)`: give what is awaited to a variable first.
#pragma once

#include <tined/module.hpp>

#include <cerrno>
#include <chrono>
#include <coroutine>
#include <system_error>

namespace tined {

template <typename T>
class Task;

namespace detail {

[[noreturn]] inline void Throw(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

/// A request whose answer comes later: one, from `Answer` to the response or to its cancelling.
class LaterAnswer {
 public:
  template <AnswersLater M>
  friend void AnswerLater(M& module, tined_response* response);

  [[nodiscard]] tined_deferred* deferred() const noexcept { return deferred_; }
  /// Goes on with a coroutine that has waited. This may be gone afterwards.
  void Resume(std::coroutine_handle<> waiting) {
    Run([&] { waiting.resume(); });
  }

 private:
  template <typename M>
  void Begin(M& module);
  template <typename Step>
  void Run(Step step) noexcept;
  void Finish();
  static void Cancel(void* context) noexcept { delete static_cast<LaterAnswer*>(context); }

  tined_deferred* deferred_ = nullptr;
  std::optional<Request> request_;
  std::unique_ptr<Task<Response>> task_;
};

/// What all promises have: whose answer it is for, who awaits it, and how it ended.
class PromiseBase {
 public:
  LaterAnswer* answer = nullptr;
  std::coroutine_handle<> awaiting = std::noop_coroutine();
  std::exception_ptr error;

  static std::suspend_always initial_suspend() noexcept { return {}; }
  static auto final_suspend() noexcept { return Return(); }
  void unhandled_exception() noexcept { error = std::current_exception(); }

 private:
  /// Goes on with whoever awaits.
  struct Return {
    static bool await_ready() noexcept { return false; }
    template <typename Promise>
    static std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      return ended.promise().awaiting;
    }
    static void await_resume() noexcept {}
  };
};

template <typename T>
class Promise : public PromiseBase {
 public:
  Task<T> get_return_object() noexcept;
  template <typename Value>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }
  T Result() {
    if (error) std::rethrow_exception(error);
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class Promise<void> : public PromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  static void return_void() noexcept {}
  void Result() const {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

/// A coroutine that gives a T. It begins when it is awaited, by another task, and throws there what
/// it throws; a task of `Answer` is begun by tined. Destroyed with this object.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  [[nodiscard]] static bool await_ready() noexcept { return false; }
  template <typename Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> awaiting) noexcept {
    coroutine_.promise().answer = awaiting.promise().answer;
    coroutine_.promise().awaiting = awaiting;
    return coroutine_;
  }
  T await_resume() { return coroutine_.promise().Result(); }

 private:
  friend promise_type;
  friend detail::LaterAnswer;
  explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <typename T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

template <AnswersLater M>
void AnswerLater(M& module, tined_response* response) {
  auto answer = std::make_unique<LaterAnswer>();
  answer->deferred_ = host->defer(response, LaterAnswer::Cancel, answer.get());
  if (answer->deferred_ == nullptr) Throw(errno, "cannot answer later");
  // From here on the answer ends by itself.
  LaterAnswer& begun = *answer.release();
  begun.Run([&] { begun.Begin(module); });
}

template <typename M>
void LaterAnswer::Begin(M& module) {
  request_.emplace(host->deferred_request(deferred_));
  task_ = std::make_unique<Task<Response>>(module.Answer(*request_));
  task_->coroutine_.promise().answer = this;
  task_->coroutine_.resume();
}

/// What `step` throws is no part of the coroutine, which keeps what it throws itself.
template <typename Step>
void LaterAnswer::Run(Step step) noexcept {
  try {
    step();
    if (task_->coroutine_.done()) Finish();
    return;
  } catch (const std::exception& error) {
    host->response_fail(host->deferred_response(deferred_), Text(error.what()));
  } catch (...) {
    host->response_fail(host->deferred_response(deferred_),
                        Text("an exception of an unknown type"));
  }
  host->deferred_finish(deferred_);
  delete this;
}

inline void LaterAnswer::Finish() {
  Give(host->deferred_response(deferred_), task_->await_resume());
  host->deferred_finish(deferred_);
  delete this;
}

/// A wait of the host, for as long as a coroutine is suspended in it.
class Wait {
 public:
  Wait() = default;
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() {
    if (wait_ != nullptr) host->wait_cancel(wait_);
  }
  static bool await_ready() noexcept { return false; }

 protected:
  template <typename Promise>
  tined_deferred* Suspend(std::coroutine_handle<Promise> waiting) noexcept {
    answer_ = waiting.promise().answer;
    waiting_ = waiting;
    return answer_->deferred();
  }
  void Begun(tined_wait* wait, const char* what) {
    wait_ = wait;
    if (wait == nullptr) Throw(errno, what);
  }
  /// The host has called: this object is gone when it returns.
  void Resume() {
    wait_ = nullptr;
    answer_->Resume(waiting_);
  }

 private:
  LaterAnswer* answer_ = nullptr;
  std::coroutine_handle<> waiting_;
  tined_wait* wait_ = nullptr;
};

/// co_await gives the events; 0: none in time.
class ReadyWait : public Wait {
 public:
  ReadyWait(int fd, short events, std::chrono::milliseconds timeout) noexcept
      : fd_(fd), events_(static_cast<std::uint32_t>(events)), timeout_(timeout) {}
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    const std::int64_t timeout = std::max<std::int64_t>(timeout_.count(), 0);
    const auto done = [](void* self, std::uint32_t events) {
      static_cast<ReadyWait*>(self)->events_ = events;
      static_cast<ReadyWait*>(self)->Resume();
    };
    Begun(host->wait_ready(Suspend(waiting), fd_, events_, static_cast<std::uint64_t>(timeout),
                           done, this),
          "cannot wait");
  }
  [[nodiscard]] std::uint32_t await_resume() const noexcept { return events_; }

 private:
  const int fd_;
  std::uint32_t events_;
  const std::chrono::milliseconds timeout_;
};

class SleepWait : public ReadyWait {
 public:
  explicit SleepWait(std::chrono::milliseconds time) noexcept : ReadyWait(-1, 0, time) {}
  static void await_resume() noexcept {}
};

class FileWait : public Wait {
 public:
  explicit FileWait(File file) noexcept : file_(std::move(file)) {}
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    const auto done = [](void* context, tined_text bytes, int error) {
      auto* const self = static_cast<FileWait*>(context);
      self->error_ = error;
      self->Keep(View(bytes));
      self->Resume();
    };
    Begun(
        host->wait_file(Suspend(waiting), Text(file_.path), file_.offset, file_.length, done, this),
        "cannot read a file");
  }
  std::string await_resume() {
    // An error's text ends at a NUL, and what is behind the name with it.
    if (error_ != 0) Throw(error_, "cannot read " + file_.path.substr(0, file_.path.find('\0')));
    return std::move(bytes_);
  }

 private:
  void Keep(std::string_view bytes) noexcept {
    try {
      bytes_ = bytes;
    } catch (const std::exception&) {
      error_ = ENOMEM;
    }
  }

  const File file_;
  std::string bytes_;
  int error_ = 0;
};

}  // namespace detail

/// co_await Sleep(100ms). Others are served meanwhile; precise to 8 ms.
[[nodiscard]] inline detail::SleepWait Sleep(std::chrono::milliseconds time) noexcept {
  return detail::SleepWait(time);
}

/// co_await ReadFile("/path") gives the file's bytes, or those of a part: { path, offset, length }.
/// Regular files, 64 MiB at the most. Throws std::system_error.
[[nodiscard]] inline detail::FileWait ReadFile(File file) noexcept {
  return detail::FileWait(std::move(file));
}
[[nodiscard]] inline detail::FileWait ReadFile(std::string path) noexcept {
  return detail::FileWait({std::move(path)});
}

}  // namespace tined
