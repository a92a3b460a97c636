// How a word of its worker's ends an executor, and which one does not.
#include "backends/processes/withdrawal.hpp"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "base/descriptor.hpp"
#include "base/shared.hpp"
#include "tests/kill.hpp"

namespace tined::backends {
namespace {

using Why = Withdrawal::Why;

constexpr RequestId kOwn = {'o', 'w', 'n'};
constexpr RequestId kOther = {'o', 't', 'h', 'e', 'r'};

/// Waits until the other end of a socket is closed. By epoll_wait(2): ThreadSanitizer keeps a
/// signal back that comes during read(2), until that returns.
void WaitForEnd(int socket) {
  const Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLRDHUP, .data = {}};
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, socket, &event);
  while (::epoll_wait(epoll.get(), &event, 1, -1) != 1) continue;
}

/// A process that has a request, and its worker's end of the channel. The process goes on until it
/// is ended, or the test closes `goes_on`.
class AtWork {
 public:
  /// `before`: what it does between its channel's being there and its request.
  explicit AtWork(
      const std::function<void()>& before = [] {}, bool gets_ready = true) {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    worker.Reset(ends[0]);
    Descriptor executor(ends[1]);
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    goes_on.Reset(ends[0]);
    Descriptor end(ends[1]);
    pid_ = ::fork();
    BOOST_REQUIRE(pid_ >= 0);
    if (pid_ != 0) {
      executor.Reset();
      if (!gets_ready) return;
      char ready = 0;
      BOOST_REQUIRE(::read(goes_on.get(), &ready, 1) == 1);
      return;
    }
    worker.Reset();
    goes_on.Reset();
    PrepareWithdrawals();
    HandleWithdrawals(*told);
    SignalOf(executor.get());
    before();
    const EndsWithClient guard(executor.get(), kOwn);
    char byte = 'r';
    (void)!::write(end.get(), &byte, 1);
    WaitForEnd(end.get());
    ::_exit(guard.IsTooLate(false) ? 1 : 0);
  }
  void Tell(const RequestId& id, Why why) const { SendWithdrawal(worker.get(), {id, why}); }
  /// The signal that it has died of, or minus its exit status.
  int Wait() const {
    int status = 0;
    BOOST_REQUIRE(::waitpid(pid_, &status, 0) == pid_);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
  }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] Why Told() const { return Why{told->load()}; }

  Descriptor worker;
  Descriptor goes_on;
  Shared<std::atomic<std::uint32_t>> told;

 private:
  pid_t pid_ = 0;
};

BOOST_AUTO_TEST_SUITE(WithdrawalTest)

BOOST_AUTO_TEST_CASE(time_that_is_up_is_never_taken_for_a_client_that_has_left) {
  for (int i = 0; i < 200; ++i) {
    AtWork executor;
    executor.Tell(kOwn, Why::timed_out);
    executor.worker.Reset();
    BOOST_REQUIRE(executor.Wait() == SIGTERM);
    BOOST_REQUIRE((executor.Told() == Why::timed_out));
  }
}

BOOST_AUTO_TEST_CASE(a_worker_that_ends_ends_it) {
  AtWork executor;
  executor.worker.Reset();
  BOOST_TEST(executor.Wait() == SIGTERM);
  BOOST_TEST((executor.Told() == Why::client_left));
}

BOOST_AUTO_TEST_CASE(a_word_about_another_request_ends_nobody) {
  AtWork executor;
  for (int i = 0; i < 20; ++i) executor.Tell(kOther, Why::client_left);
  BOOST_TEST(::send(executor.worker.get(), "?", 1, 0) == 1);
  executor.goes_on.Reset();
  BOOST_TEST(executor.Wait() == 0);
  BOOST_TEST(executor.told->load() == 0U);
}

BOOST_AUTO_TEST_CASE(a_word_among_others_is_found) {
  AtWork executor;
  executor.Tell(kOther, Why::client_left);
  executor.Tell(kOwn, Why::timed_out);
  executor.Tell(kOther, Why::client_left);
  BOOST_TEST(executor.Wait() == SIGTERM);
  BOOST_TEST((executor.Told() == Why::timed_out));
}

BOOST_AUTO_TEST_CASE(a_signal_of_somebody_elses_ends_nobody) {
  AtWork executor;
  test::Kill(executor.pid(), SIGTERM);
  executor.goes_on.Reset();
  BOOST_TEST(executor.Wait() == 0);
}

BOOST_AUTO_TEST_CASE(its_own_signal_ends_it_on_nobodys_behalf) {
  const AtWork executor([] { (void)::raise(SIGTERM); }, /*gets_ready=*/false);
  BOOST_TEST(executor.Wait() == SIGTERM);
  BOOST_TEST(executor.told->load() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::backends
