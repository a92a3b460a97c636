// A request that nobody waits for any more: what its worker tells the executor that has it, and how
// that ends the executor. The word comes down the channel that the answer would go up, and the
// kernel raises SIGTERM for it (O_ASYNC, F_SETSIG: fcntl(2)), as it does when the worker dies. The
// signal only says that there is something to look at: of several, one may be all that arrives.
// What ends the executor is the word, which names its request, or the end of the channel.
#pragma once

#include <atomic>
#include <cstdint>

#include "backends/request_id.hpp"

namespace tined::backends {

struct Withdrawal {
  enum class Why : std::uint32_t { client_left = 1, timed_out = 2 };
  RequestId id{};
  Why why = Why::client_left;
};

/// Worker: never blocks. An executor that has no room for it does not look at its channel.
void SendWithdrawal(int channel, const Withdrawal& withdrawal) noexcept;

/// Executor, before the first request: SIGTERM, whichever thread it comes to, is handled here. It
/// goes on being a handler's to send to itself; what others send is ignored. `told` says on whose
/// behalf this process ends (Withdrawal::Why; 0: nobody's) and outlives it.
void HandleWithdrawals(std::atomic<std::uint32_t>& told) noexcept;
/// Spawner: the signal's disposition, which its executors inherit.
void PrepareWithdrawals();

/// Executor: from now on SIGTERM comes when there is something to look at on `channel`.
void SignalOf(int channel) noexcept;

/// While it lives, this process ends when the request is withdrawn or its worker dies. One at a
/// time. `channel` is borrowed.
class EndsWithClient {
 public:
  EndsWithClient(int channel, const RequestId& id) noexcept;
  EndsWithClient(const EndsWithClient&) = delete;
  EndsWithClient& operator=(const EndsWithClient&) = delete;
  ~EndsWithClient();

  /// Whether that was so before this object was there, as a signal has told: `was_missed`, or one
  /// that came later. For a channel whose signals had begun before the request was sent.
  [[nodiscard]] bool IsTooLate(bool was_missed) const noexcept;
};

/// Executor: whether a signal has come while there was no request, since this was last called.
[[nodiscard]] bool TakeMissedSignal() noexcept;
/// Nobody is at the other end of `channel`. Takes nothing from it.
[[nodiscard]] bool HasHungUp(int channel) noexcept;

}  // namespace tined::backends
