#include "backends/processes/withdrawal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.hpp"

namespace tined::backends {
namespace {

/// What the signal's handler looks at. Changed by the thread that serves alone; the handler may run
/// in any.
struct Watched {
  std::atomic<int> channel{-1};         ///< -1: no request
  RequestId id{};                       ///< settled while there is a channel
  std::atomic<bool> has_missed{false};  ///< a signal came while there was no request
  std::atomic_flag is_looked_at;        ///< by a thread
  std::atomic<std::uint32_t>* told = nullptr;
};
Watched watched;

/// Takes all words that have come. 0: the request goes on.
std::uint32_t Look(int channel) noexcept {
  constexpr int kMostErrors = 3;
  for (int errors = 0; errors < kMostErrors;) {
    Withdrawal word;
    const ssize_t size = ::recv(channel, &word, sizeof word, MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return 0;
    if (size == 0) break;
    if (size < 0) {
      // The worker has closed its end and left something unread: told first, and once.
      if (errno != EINTR) ++errors;
      continue;
    }
    if (size == sizeof word && word.id == watched.id) return static_cast<std::uint32_t>(word.why);
  }
  return static_cast<std::uint32_t>(Withdrawal::Why::client_left);
}

/// Ends this process as the signal would have.
void Die(int signal) noexcept {
  (void)::signal(signal, SIG_DFL);
  sigset_t own;
  ::sigemptyset(&own);
  ::sigaddset(&own, signal);
  (void)::pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  (void)::raise(signal);
}

/// The signal stays blocked meanwhile in this thread, and other threads wait: the first that takes
/// a word says what it was, before another one finds the channel at its end.
void OnTerminate(int signal, siginfo_t* info, void*) {
  const int saved = errno;
  const bool is_of_channel = info->si_code > 0 && info->si_code != SI_KERNEL;
  if (!is_of_channel) {
    // Sent to all processes of the service: it is the supervisor's to decide who ends.
    if (info->si_pid == ::getpid()) Die(signal);
    return;
  }
  while (watched.is_looked_at.test_and_set()) continue;
  const int channel = watched.channel.load();
  std::uint32_t why = 0;
  if (channel >= 0) {
    why = Look(channel);
  } else {
    watched.has_missed.store(true);
  }
  if (why != 0) {
    watched.told->store(why);
    Die(signal);
  }
  watched.is_looked_at.clear();
  errno = saved;
}

}  // namespace

void SendWithdrawal(int channel, const Withdrawal& withdrawal) noexcept {
  (void)::send(channel, &withdrawal, sizeof withdrawal, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void PrepareWithdrawals() {
  struct sigaction terminate {};
  terminate.sa_sigaction = OnTerminate;
  terminate.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESTART);
  Check(::sigaction(SIGTERM, &terminate, nullptr), "sigaction");
}

void HandleWithdrawals(std::atomic<std::uint32_t>& told) noexcept { watched.told = &told; }

void SignalOf(int channel) noexcept {
  ::fcntl(channel, F_SETOWN, ::getpid());
  ::fcntl(channel, F_SETSIG, SIGTERM);
  ::fcntl(channel, F_SETFL, O_ASYNC);
}

EndsWithClient::EndsWithClient(int channel, const RequestId& id) noexcept {
  watched.id = id;
  watched.channel.store(channel);
}

EndsWithClient::~EndsWithClient() { watched.channel.store(-1); }

bool EndsWithClient::IsTooLate(bool was_missed) const noexcept {
  const bool is_missed = watched.has_missed.exchange(false);
  return (was_missed || is_missed) && Look(watched.channel.load(std::memory_order_relaxed)) != 0;
}

bool TakeMissedSignal() noexcept { return watched.has_missed.exchange(false); }

bool HasHungUp(int channel) noexcept {
  pollfd look{.fd = channel, .events = 0, .revents = 0};
  return ::poll(&look, 1, 0) != 0 && (look.revents & (POLLHUP | POLLNVAL)) != 0;
}

}  // namespace tined::backends
