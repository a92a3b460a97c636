#include "supervisor/rescue/rescue.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <exception>

#include "base/log.hpp"
#include "supervisor/rescue/budget.hpp"

namespace tined::supervisor {
namespace {

/// How often it is looked whether a connection that was under way has arrived.
constexpr Duration kLookInterval = std::chrono::milliseconds(20);

/// As many connections can be on their way at once, and more.
constexpr std::size_t kMostWon = 4096;

/// Means this socket, in whatever process; 0 when that cannot be asked.
std::uint64_t CookieOf(int socket) noexcept {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (::getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return 0;
  return cookie;
}

bool IsEmpty(int channel) noexcept {
  int bytes = 0;
  return ::ioctl(channel, FIONREAD, &bytes) == 0 && bytes == 0;
}

void LogClosed(const ledger::Facts& facts) {
  log::Warning("a connection has ended workers again and again, closing it",
               {{"listener", facts.listener.data()},
                {"faults", static_cast<int>(facts.faults)},
                {"kills", static_cast<int>(facts.kills)}});
}

}  // namespace

/// Whether a connection that more than one may have is this process's to send on. Of one that lay
/// in an inbox, whose claim is gone, the dead worker had won it, unless it was won here.
bool Rescue::Owns(const Salvage& salvage) {
  const channels::IncomingParcel& parcel = salvage.parcel;
  if (!parcel.claim) return true;
  const std::uint64_t cookie = CookieOf(parcel.socket.get());
  if (!channels::WinClaim(parcel.claim.get())) {
    return !salvage.is_under_way && std::find(won_.begin(), won_.end(), cookie) == won_.end();
  }
  won_.push_back(cookie);
  if (won_.size() > kMostWon) won_.pop_front();
  return true;
}

void Rescue::Keep(Salvage& salvage) {
  if (salvage.is_under_way && !salvage.parcel.claim) {
    Hold(std::move(salvage.parcel), salvage.counts);
  } else {
    outbox_.Send(std::move(salvage.parcel));
  }
}

Rescue::Haul Rescue::TakeAll(const DyingWorker& worker, const Findings& findings) {
  Wreck wreck(worker, findings);
  Haul haul;
  Budget budget;
  // One that cannot be had (for want of memory, say) must not cost the others.
  const auto attempt = [&](auto take) {
    try {
      Salvage salvage;
      const SalvageOutcome outcome = take(salvage);
      if (outcome == SalvageOutcome::nothing || !Owns(salvage)) return;
      if (outcome == SalvageOutcome::closed) LogClosed(salvage.parcel.facts);
      const bool is_cut = outcome == SalvageOutcome::cut;
      const bool is_taken = outcome == SalvageOutcome::taken || is_cut;
      const bool is_kept = is_taken && budget.Spend(ledger::SizeOf(salvage.parcel));
      if (is_taken && !is_kept) haul.fault = "they are more than one death may cost";
      if (is_kept) Keep(salvage);
      ++(is_kept && !is_cut ? haul.taken : haul.lost);
    } catch (const std::exception& error) {
      ++haul.lost;
      haul.fault = error.what();
    }
  };
  const std::uint32_t records = wreck.record_count();
  for (std::uint32_t index = 0; index < records; ++index) {
    const bool is_affordable = budget.Spend(0);
    attempt([&](Salvage& salvage) {
      return is_affordable ? wreck.Take(index, salvage) : wreck.Leave(index);
    });
  }
  if (!budget.Spend(0)) return haul;
  attempt([&](Salvage& salvage) { return wreck.TakeFromInbox(salvage); });
  for (Salvage& accepted : wreck.TakeUnrecorded([&] { return budget.Spend(0); })) {
    attempt([&](Salvage& salvage) {
      salvage = std::move(accepted);
      return salvage.parcel.facts.has_cost_enough() ? SalvageOutcome::closed
                                                    : SalvageOutcome::taken;
    });
  }
  return haul;
}

void Rescue::Hold(channels::IncomingParcel parcel, const KernelCounts& counts) {
  ledger::Detach(parcel);
  held_.push_back({std::move(parcel), counts});
  if (!look_.is_armed()) loop_.Arm(look_, loop_.now() + kLookInterval);
}

/// A held connection that moves, or that a living worker has a record of, has arrived. One that is
/// seen neither there nor in the channel, twice in a row, was never sent.
void Rescue::LookForHeld() {
  constexpr int kEnoughLooks = 2;
  const bool is_empty = IsEmpty(take_channel_);
  std::vector<Held> rest;
  for (Held& held : held_) {
    KernelCounts counts;
    const CountOutcome outcome = Count(held.parcel.socket.get(), counts);
    if (outcome != CountOutcome::counted || counts != held.counts ||
        is_served_(held.parcel.facts)) {
      continue;
    }
    held.quiet_looks = is_empty ? held.quiet_looks + 1 : 0;
    if (held.quiet_looks < kEnoughLooks) {
      rest.push_back(std::move(held));
    } else {
      outbox_.Send(std::move(held.parcel));
    }
  }
  held_ = std::move(rest);
  if (!held_.empty()) loop_.Arm(look_, loop_.now() + kLookInterval);
}

}  // namespace tined::supervisor
