#include "backends/modules/waits.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "backends/threads.hpp"
#include "base/error.hpp"

namespace tined::backends {
namespace {

class Wait : public tined_wait {
 public:
  explicit Wait(Deferred& deferred) noexcept : deferred_(deferred) {}
  ~Wait() override { deferred_.reactor().Forget(*this); }

  [[nodiscard]] Deferred& deferred() noexcept { return deferred_; }
  void OnSignal() noexcept override {}

 protected:
  /// What was waited for is there: `call` tells the module.
  template <typename Call>
  void End(Call call) noexcept {
    deferred_.End(*this, call);
  }

 private:
  Deferred& deferred_;
};

class ReadyWait final : public Wait, private loop::Watcher, private loop::Timer {
 public:
  ReadyWait(Deferred& deferred, int fd, void (*done)(void*, std::uint32_t), void* context) noexcept
      : Wait(deferred), fd_(fd), done_(done), context_(context) {}
  ~ReadyWait() override { Stop(); }

  void Begin(std::uint32_t events, std::uint64_t timeout_ms) {
    loop::Loop& loop = deferred().reactor().loop();
    if (fd_ >= 0 && !loop.Add(fd_, events, *this, watch_)) ThrowErrno("watch a descriptor");
    if (timeout_ms == UINT64_MAX) return;
    // A clock of 64 bits, and years enough.
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
    loop.Arm(*this, Clock::now() + Duration(std::min(timeout_ms, kMost)));
  }

 private:
  void OnReady(std::uint32_t events) noexcept override { Tell(events); }
  void OnDeadline() noexcept override { Tell(0); }
  void Tell(std::uint32_t events) noexcept {
    Stop();
    End([&] { done_(context_, events); });
  }
  void Stop() noexcept {
    loop::Loop::Disarm(*this);
    if (fd_ >= 0) deferred().reactor().loop().Remove(fd_, watch_);
  }

  const int fd_;
  void (*const done_)(void*, std::uint32_t);
  void* const context_;
  loop::WatchId watch_;
};

class SignalWait final : public Wait {
 public:
  SignalWait(Deferred& deferred, void (*done)(void*), void* context) noexcept
      : Wait(deferred), done_(done), context_(context) {}
  void OnSignal() noexcept override {
    End([this] { done_(context_); });
  }

 private:
  void (*const done_)(void*);
  void* const context_;
};

/// A file being read, perhaps on a thread of the pool, perhaps for nobody any more.
class FileJob final : public Job {
 public:
  FileJob(std::string path, std::uint64_t offset, std::uint64_t length)
      : path_(std::move(path)), offset_(offset), length_(length) {}

  void Run() noexcept override;
  void Finish() noexcept override {
    if (waiting_ != nullptr) waiting_->OnSignal();
  }

  /// The loop's thread: who waits; null: nobody.
  void WaitedFor(Reactor::Sleeper* waiting) noexcept {
    waiting_ = waiting;
    if (waiting == nullptr) is_wanted_ = false;
  }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  [[nodiscard]] int Read();

  const std::string path_;
  const std::uint64_t offset_;
  const std::uint64_t length_;
  std::string bytes_;
  int error_ = 0;
  std::atomic<bool> is_wanted_{true};
  Reactor::Sleeper* waiting_ = nullptr;
};

void FileJob::Run() noexcept {
  try {
    if (is_wanted_) error_ = Read();
  } catch (const std::exception&) {
    error_ = ENOMEM;
  }
}

/// Returns an errno; 0: done.
int FileJob::Read() {
  constexpr std::uint64_t kMost = std::uint64_t{64} << 20;
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  // The system would read the name up to there, and open another file.
  if (path_.find('\0') != path_.npos) return EINVAL;
  // Non-blocking: a pipe without a writer would hold everything up.
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (!S_ISREG(status.st_mode)) return EINVAL;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t wanted = std::min(length_, size - std::min(offset_, size));
  if (wanted > kMost) return EFBIG;
  bytes_.resize(wanted);
  std::size_t done = 0;
  while (done < wanted && is_wanted_) {
    const ssize_t got = ::pread(file.get(), bytes_.data() + done, std::min(kPiece, wanted - done),
                                static_cast<off_t>(offset_ + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes_.resize(done);
  return 0;
}

class FileWait final : public Wait {
 public:
  FileWait(Deferred& deferred, std::shared_ptr<FileJob> job, void (*done)(void*, tined_text, int),
           void* context) noexcept
      : Wait(deferred), job_(std::move(job)), done_(done), context_(context) {
    job_->WaitedFor(this);
  }
  ~FileWait() override { job_->WaitedFor(nullptr); }

  void Begin() {
    Reactor& reactor = deferred().reactor();
    if (Threads* const threads = reactor.threads()) {
      if (!threads->PostNext(job_)) {
        errno = EAGAIN;
        ThrowErrno("start a thread");
      }
    } else {
      job_->Run();
      reactor.Signal(*this);
    }
  }
  void OnSignal() noexcept override {
    End([this] {
      const std::string& bytes = job_->bytes();
      done_(context_, {bytes.data(), bytes.size()}, job_->error());
    });
  }

 private:
  const std::shared_ptr<FileJob> job_;
  void (*const done_)(void*, tined_text, int);
  void* const context_;
};

/// What throws is not kept.
template <typename W>
tined_wait& Keep(Deferred& deferred, std::unique_ptr<W> wait) {
  tined_wait& kept = *wait;
  deferred.Keep(std::move(wait));
  return kept;
}

}  // namespace

tined_wait& WaitReady(Deferred& deferred, int fd, std::uint32_t events, std::uint64_t timeout_ms,
                      void (*done)(void*, std::uint32_t), void* context) {
  auto wait = std::make_unique<ReadyWait>(deferred, fd, done, context);
  wait->Begin(events, timeout_ms);
  return Keep(deferred, std::move(wait));
}

tined_wait& WaitFile(Deferred& deferred, std::string path, std::uint64_t offset,
                     std::uint64_t length, void (*done)(void*, tined_text, int), void* context) {
  auto job = std::make_shared<FileJob>(std::move(path), offset, length);
  auto wait = std::make_unique<FileWait>(deferred, std::move(job), done, context);
  wait->Begin();
  return Keep(deferred, std::move(wait));
}

tined_wait& WaitSignal(Deferred& deferred, void (*done)(void*), void* context) {
  return Keep(deferred, std::make_unique<SignalWait>(deferred, done, context));
}

void Signal(tined_wait& wait) noexcept {
  auto& signalled = static_cast<Wait&>(wait);
  signalled.deferred().reactor().Signal(signalled);
}

void Cancel(tined_wait& wait) noexcept {
  const std::unique_ptr<tined_wait> dropped = static_cast<Wait&>(wait).deferred().Drop(wait);
}

}  // namespace tined::backends
