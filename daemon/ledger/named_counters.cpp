#include "ledger/named_counters.hpp"

#include <algorithm>

namespace tined::ledger {
namespace {

bool IsName(std::string_view name, std::size_t room) noexcept {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() < room && std::all_of(name.begin(), name.end(), is_good);
}

}  // namespace

std::string_view NamedCounter::name() const noexcept {
  if (state_.load(std::memory_order_acquire) != kUsed) return {};
  const auto* const end = std::find(name_.begin(), name_.end(), '\0');
  const std::string_view name(name_.data(), static_cast<std::size_t>(end - name_.begin()));
  return IsName(name, name_.size()) ? name : std::string_view();
}

NamedCounter* NamedCounters::Find(std::string_view name) noexcept {
  if (!IsName(name, all_.front().name_.size())) return nullptr;
  for (NamedCounter& counter : all_) {
    std::uint8_t state = NamedCounter::kFree;
    if (counter.state_.compare_exchange_strong(state, NamedCounter::kBeingNamed)) {
      std::copy(name.begin(), name.end(), counter.name_.begin());
      counter.state_.store(NamedCounter::kUsed, std::memory_order_release);
      return &counter;
    }
    if (state == NamedCounter::kUsed && counter.name() == name) return &counter;
  }
  return nullptr;
}

}  // namespace tined::ledger
