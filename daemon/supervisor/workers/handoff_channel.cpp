#include "supervisor/workers/handoff_channel.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::supervisor {
namespace {

/// Between two channels: a worker that breaks each of them must not keep everybody busy.
constexpr Duration kPause = std::chrono::seconds(1);

}  // namespace

HandoffChannel::HandoffChannel(loop::Loop& loop, channels::HandoffEnds ends,
                               std::function<void()> on_replaced)
    : loop_(loop), ends_(std::move(ends)), on_replaced_(std::move(on_replaced)) {
  Watch();
}

/// What a worker does to the channel (shutdown(2)) it does to all: it has to be noticed.
void HandoffChannel::Watch() {
  if (!loop_.Add(take(), EPOLLRDHUP, on_broken_, watch_)) {
    log::Warning("cannot watch the handoff channel", {{"error", ErrnoText(errno)}});
  }
}

void HandoffChannel::Replace() {
  loop_.Remove(take(), watch_);
  const TimePoint now = Clock::now();
  if (now - made_ < kPause) return loop_.Arm(pause_, now + kPause);
  made_ = now;
  try {
    ends_ = channels::MakeHandoffChannel();
  } catch (const std::system_error& error) {
    log::Error("cannot make another handoff channel", {{"error", error.what()}});
    return loop_.Arm(pause_, now + kPause);
  }
  Watch();
  on_replaced_();
}

}  // namespace tined::supervisor
