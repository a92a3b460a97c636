#include "supervisor/workers/slots.hpp"

#include <algorithm>
#include <utility>

#include "supervisor/workers/child_terms.hpp"

namespace tined::supervisor {
void Slots::Begin(int size, const config::Restart& restart, Child& first) {
  policy_.Change(restart);
  EmptyAll();
  size_ = std::min(size, kMost);
  Grow();
  slots_.front()->child = &first;
  FillAll();
}

void Slots::Resize(int size) {
  size_ = std::clamp(size, 1, kMost);
  Grow();
  for (std::size_t i = static_cast<std::size_t>(size_); i < slots_.size(); ++i) slots_[i]->Empty();
  FillAll();
}

void Slots::Grow() {
  while (slots_.size() < static_cast<std::size_t>(size_)) {
    slots_.push_back(std::make_unique<Slot>());
  }
}

void Slots::EmptyAll() noexcept {
  for (const std::unique_ptr<Slot>& slot : slots_) slot->Empty();
}

void Slots::FillAll() {
  for (int slot = 0; slot < size_; ++slot) {
    if (At(slot).child == nullptr && !At(slot).restart) Fill(slot);
  }
}

void Slots::Fill(int slot) {
  Slot& filled = At(slot);
  filled.restart.reset();
  filled.child = fork_(slot);
  if (filled.child != nullptr) return;
  const TimePoint now = Clock::now();
  FillLater(slot, now + std::max(policy_.OnDeath(slot, now, now), ChildTerms::kForkRetry));
}

void Slots::FillLater(int slot, TimePoint when) {
  Slot& waiting = At(slot);
  waiting.restart = std::make_unique<loop::Alarm>([this, slot] { Fill(slot); });
  waiting.restart_at = when;
  loop_.Arm(*waiting.restart, when);
}

bool Slots::Replace(int slot) {
  const Child* const child = ChildOf(slot);
  if (child == nullptr || child->state != ChildState::serving) return false;
  Slot& filled = At(slot);
  if (filled.successor != nullptr) return false;
  filled.successor = fork_(slot);
  return filled.successor != nullptr;
}

Child* Slots::OnReady(Child& child) {
  if (!Has(child) || At(child.slot).successor != &child) return nullptr;
  Slot& slot = At(child.slot);
  slot.successor = nullptr;
  return std::exchange(slot.child, &child);
}

void Slots::Refill(const Child& child, TimePoint now, Duration wait) {
  Slot& slot = At(child.slot);
  ++slot.restarts;
  slot.child = std::exchange(slot.successor, nullptr);
  if (slot.child != nullptr) return;
  if (wait == Duration(0)) return Fill(child.slot);
  FillLater(child.slot, now + wait);
}

void Slots::Forget(const Child& child) noexcept {
  if (Has(child)) At(child.slot).successor = nullptr;
}

void Slots::Remember(const Child& child) {
  const auto slot = static_cast<std::size_t>(child.slot);
  if (slot >= slots_.size()) return;
  slots_[slot]->past.Add(child.board());
  slots_[slot]->past.connections_open = 0;
}

bool Slots::IsComplete() const noexcept {
  const auto serves = [](const auto& slot) {
    return slot->child != nullptr && slot->child->state == ChildState::serving;
  };
  return std::all_of(slots_.begin(), slots_.begin() + size_, serves);
}

bool Slots::IsReplacing() const noexcept {
  return std::any_of(slots_.begin(), slots_.begin() + size_,
                     [](const auto& slot) { return slot->successor != nullptr; });
}

bool Slots::Has(const Child& child) const noexcept {
  const auto slot = static_cast<std::size_t>(child.slot);
  return slot < slots_.size() &&
         (slots_[slot]->child == &child || slots_[slot]->successor == &child);
}

bool Slots::IsFilledBy(const Child& child) const noexcept {
  return Has(child) && At(child.slot).child == &child;
}

Child* Slots::ChildOf(int slot) const noexcept {
  return slot >= 0 && slot < size_ ? At(slot).child : nullptr;
}

std::optional<Duration> Slots::WaitOf(int slot) const noexcept {
  const Slot& waiting = At(slot);
  if (waiting.child != nullptr || waiting.restart == nullptr) return {};
  return std::max(std::chrono::ceil<Duration>(waiting.restart_at - Clock::now()), Duration(0));
}

int Slots::Restarts() const noexcept {
  int sum = 0;
  for (const std::unique_ptr<Slot>& slot : slots_) sum += slot->restarts;
  return sum;
}

Counts Slots::Past() const {
  Counts counts;
  for (const std::unique_ptr<Slot>& slot : slots_) counts.Add(slot->past);
  return counts;
}

std::vector<State::Slot> Slots::Describe() const {
  std::vector<State::Slot> slots;
  for (const std::unique_ptr<Slot>& slot : slots_) slots.push_back({slot->past, slot->restarts});
  return slots;
}

void Slots::Adopt(int size, const std::vector<State::Slot>& slots) {
  size_ = std::clamp(size, 0, kMost);
  for (const State::Slot& each : slots) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->past = each.past;
    slots_.back()->restarts = each.restarts;
  }
  Grow();
}

}  // namespace tined::supervisor
