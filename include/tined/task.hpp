// Answers that come later, as C++20 coroutines (module.hpp is the rest). Answer returns a
// Task<Response> in place of a Response, and awaits what takes its time:
//
//   #include <tined/task.hpp>
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
// With `run: event` the worker serves its other clients meanwhile; the same code runs with
// `run: thread` and `run: process`, where its thread or process waits with it. The request stays
// valid until the task ends. All of a task happens on one thread.
// When the client leaves, or the worker ends, the coroutine is destroyed where it waits: what its
// local objects hold is released by their destructors, and nothing else of it runs.
// g++ 12 crashes in `if (co_await ...)`: give what is awaited to a variable first.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <tined/module.hpp>

#include <cerrno>
#include <chrono>
#include <coroutine>
#include <cstring>
#include <mutex>
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
  /// To who awaits.
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
  // From here on it ends by itself.
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
    if (error_ != 0) Throw(error_, "cannot read " + file_.path);
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
  /// Any thread. Copies send to the same; what is sent first counts. When the last of them goes
  /// without a word, the one who waits gets an exception.
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
      // It is there for as long as this lock is held: whoever ends it takes the lock first.
      if (state.wait != nullptr) detail::host->signal(state.wait);
    }

    std::shared_ptr<State> token_;
  };

  /// Once, before the first co_await.
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

/// A connection that a module makes, TCP or unix. One task uses it, one call at a time. Each throws
/// std::system_error: what the network says, or ETIMEDOUT when nothing has moved for `timeout`.
class Socket {
 public:
  static constexpr std::chrono::milliseconds kTimeout = std::chrono::seconds(30);

  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), timeout_(other.timeout_) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(timeout_, other.timeout_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }

  /// `address`: "127.0.0.1:80", "[::1]:80" or "unix:/path". Names are not looked up.
  static Task<Socket> Connect(std::string address, std::chrono::milliseconds timeout = kTimeout) {
    sockaddr_storage to{};
    const socklen_t size = Parse(address, to);
    Socket socket(::socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), timeout);
    if (socket.fd_ < 0) detail::Throw(errno, "cannot make a socket");
    int error =
        ::connect(socket.fd_, reinterpret_cast<const sockaddr*>(&to), size) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
      co_await socket.Await(POLLOUT, "connect");
      socklen_t length = sizeof error;
      ::getsockopt(socket.fd_, SOL_SOCKET, SO_ERROR, &error, &length);
    }
    if (error != 0) detail::Throw(error, "cannot connect to " + address);
    co_return std::move(socket);
  }

  /// What has arrived, at least one byte; 0: the other side has ended.
  Task<std::size_t> Read(std::span<char> room) {
    for (;;) {
      const ssize_t got = ::recv(fd_, room.data(), room.size(), 0);
      if (got >= 0) co_return static_cast<std::size_t>(got);
      if (errno != EAGAIN && errno != EINTR) detail::Throw(errno, "cannot read");
      if (errno == EAGAIN) co_await Await(POLLIN, "read");
    }
  }
  /// Everything until the other side ends. Throws std::length_error behind `most` bytes.
  Task<std::string> ReadAll(std::size_t most = std::size_t{64} << 20) {
    std::string all;
    for (std::size_t size = 0;;) {
      all.resize(std::min(size + (std::size_t{16} << 10), most + 1));
      const std::size_t got = co_await Read({all.data() + size, all.size() - size});
      size += got;
      if (size > most) throw std::length_error("the other side sends more than was expected");
      if (got > 0) continue;
      all.resize(size);
      co_return std::move(all);
    }
  }
  /// All of it. The bytes stay where they are until it is done.
  Task<> Write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        co_await Await(POLLOUT, "write");
      } else if (errno != EINTR) {
        detail::Throw(errno, "cannot write");
      }
    }
  }
  /// The other side sees the end; what it has still to say can be read.
  void EndWriting() const noexcept { ::shutdown(fd_, SHUT_WR); }

  void set_timeout(std::chrono::milliseconds timeout) noexcept { timeout_ = timeout; }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  Socket(int fd, std::chrono::milliseconds timeout) noexcept : fd_(fd), timeout_(timeout) {}

  Task<> Await(short events, const char* what) const {
    const std::uint32_t ready = co_await detail::ReadyWait(fd_, events, timeout_);
    if (ready == 0) detail::Throw(ETIMEDOUT, std::string("cannot ") + what);
  }

  [[noreturn]] static void Refuse(const std::string& address) {
    throw std::invalid_argument("`" + address +
                                "` is no address: 127.0.0.1:80, [::1]:80 or unix:/path");
  }
  static socklen_t Parse(const std::string& address, sockaddr_storage& to) {
    if (address.starts_with("unix:")) {
      auto& local = reinterpret_cast<sockaddr_un&>(to);
      if (address.size() - 5 >= sizeof local.sun_path) Refuse(address);
      local.sun_family = AF_UNIX;
      std::memcpy(local.sun_path, address.data() + 5, address.size() - 5);
      return sizeof local;
    }
    const std::size_t colon = address.rfind(':');
    std::uint16_t port = 0;
    if (colon == std::string::npos) Refuse(address);
    const char* const end = address.data() + address.size();
    if (std::from_chars(address.data() + colon + 1, end, port).ptr != end) Refuse(address);
    const std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
      auto& six = reinterpret_cast<sockaddr_in6&>(to);
      six.sin6_family = AF_INET6;
      six.sin6_port = htons(port);
      const std::string inner = host.substr(1, host.size() - 2);
      if (::inet_pton(AF_INET6, inner.c_str(), &six.sin6_addr) != 1) Refuse(address);
      return sizeof six;
    }
    auto& four = reinterpret_cast<sockaddr_in&>(to);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) != 1) Refuse(address);
    return sizeof four;
  }

  int fd_;
  std::chrono::milliseconds timeout_;
};

}  // namespace tined
