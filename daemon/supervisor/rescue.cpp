#include "supervisor/rescue.hpp"

#include <sys/ioctl.h>

#include "base/log.hpp"
#include "supervisor/wreck.hpp"

namespace tined::supervisor {
namespace {

/// How often it is looked whether a connection that was under way has arrived.
constexpr Duration kLookInterval = std::chrono::milliseconds(20);

bool IsEmpty(int channel) noexcept {
  int bytes = 0;
  return ::ioctl(channel, FIONREAD, &bytes) == 0 && bytes == 0;
}

}  // namespace

Rescue::Haul Rescue::TakeAll(const Child& child, std::uint32_t culprit) {
  Wreck wreck(child, culprit);
  Haul haul;
  const auto keep = [&](SalvageOutcome outcome, Salvage& salvage) {
    if (outcome == SalvageOutcome::lost) ++haul.lost;
    if (outcome != SalvageOutcome::taken) return;
    ++haul.taken;
    if (salvage.is_under_way) {
      Hold(std::move(salvage.parcel), salvage.counts);
    } else {
      outbox_.Send(std::move(salvage.parcel));
    }
  };
  for (std::uint32_t index = 0; index < wreck.record_count(); ++index) {
    Salvage salvage;
    const SalvageOutcome outcome = wreck.Take(index, salvage);
    keep(outcome, salvage);
  }
  Salvage arrived;
  const SalvageOutcome outcome = wreck.TakeFromInbox(arrived);
  keep(outcome, arrived);
  for (Salvage& accepted : wreck.TakeUnrecorded()) keep(SalvageOutcome::taken, accepted);
  return haul;
}

void Rescue::Hold(ledger::IncomingParcel parcel, const KernelCounts& counts) {
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
