#include "shared/named_counters.hpp"

#include <algorithm>

#include "base/characters.hpp"
#include "base/snapshot.hpp"

namespace tined::shared {
namespace {

bool IsName(std::string_view name, std::size_t room) noexcept {
  const auto is_good = [](char c) {
    return IsLetterOrDigit(c) || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() < room && std::all_of(name.begin(), name.end(), is_good);
}

}  // namespace

std::string NamedCounter::name() const {
  if (state_.load(std::memory_order_acquire) != kUsed) return {};
  const Snapshot<Text> text(name_);
  const std::string name(text->begin(), std::find(text->begin(), text->end(), '\0'));
  return IsName(name, text->size()) ? name : std::string();
}

NamedCounter* NamedCounters::Find(std::string_view name) {
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

}  // namespace tined::shared
