#include "supervisor/upgrade/errand.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/pipe.hpp"
#include "children/kill.hpp"

namespace tined::supervisor {
namespace {

/// What is read in one go: a child that writes without end must not keep the loop.
constexpr int kMostReads = 16;

}  // namespace

void Errand::Begin(const std::function<void(int output)>& run) {
  Pipe pipe = MakePipe();
  Check(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK), "fcntl");
  if (!loop_.Add(pipe.read.get(), EPOLLIN, on_output_, watch_)) ThrowErrno("watch a child's pipe");
  output_end_ = std::move(pipe.read);
  output_.clear();
  const pid_t pid = ::fork();
  if (pid == 0) {
    run(pipe.write.get());
    ::_exit(1);
  }
  if (pid < 0) {
    const int error = errno;
    Forget();
    errno = error;
    ThrowErrno("fork");
  }
  pid_ = pid;
  reaper_.Register(pid, {[this](const children::Death& death) { OnExit(death); }, {}});
  loop_.Arm(timeout_, Clock::now() + settings_.patience);
}

void Errand::Cancel() {
  if (pid_ > 0) {
    children::Kill(pid_, SIGKILL);
    reaper_.Forget(pid_);
  }
  Forget();
}

void Errand::Forget() {
  pid_ = -1;
  loop_.Remove(output_end_.get(), watch_);
  output_end_.Reset();
  loop::Loop::Disarm(timeout_);
}

/// Reads what there is at this moment; the end of it comes before the exit, or never, when a
/// process that it has left behind has the other end.
void Errand::ReadOutput() {
  std::array<char, 4096> bytes;
  for (int i = 0; i < kMostReads; ++i) {
    const ssize_t got = ::read(output_end_.get(), bytes.data(), bytes.size());
    if (got < 0) return;
    if (got == 0) {
      loop_.Remove(output_end_.get(), watch_);
      return output_end_.Reset();
    }
    output_.append(bytes.data(), static_cast<std::size_t>(got));
    output_.resize(std::min(output_.size(), settings_.longest_output));
  }
}

void Errand::OnExit(const children::Death& death) {
  if (output_end_) ReadOutput();
  Forget();
  on_end_(output_, death);
}

}  // namespace tined::supervisor
