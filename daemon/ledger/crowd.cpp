#include "ledger/crowd.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

#include "base/error.hpp"

namespace tined::ledger {

Crowd::Crowd() {
  void* const memory =
      ::mmap(nullptr, sizeof(Table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) ThrowErrno("map the workers' counts of connections");
  table_ = new (memory) Table;
}

Crowd::~Crowd() { ::munmap(table_, sizeof(Table)); }

void Crowd::Say(int slot, std::uint32_t connections) noexcept {
  const auto place = static_cast<std::uint32_t>(slot);
  if (place >= kPlaces) return;
  table_->places[place].connections.store(connections, std::memory_order_relaxed);
  std::uint32_t used = table_->used.load(std::memory_order_relaxed);
  while (used <= place && !table_->used.compare_exchange_weak(used, place + 1)) {
  }
}

std::uint32_t Crowd::Fewest() const noexcept {
  const std::size_t used = std::min<std::size_t>(table_->used.load(), kPlaces);
  std::uint32_t fewest = kNobody;
  for (std::size_t i = 0; i < used; ++i) {
    fewest = std::min(fewest, table_->places[i].connections.load(std::memory_order_relaxed));
  }
  return fewest;
}

}  // namespace tined::ledger
