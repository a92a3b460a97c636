#include "backends/upstreams/upstream.hpp"

#include <algorithm>
#include <utility>

namespace tined::backends {

Upstream::Upstream(loop::Loop& loop, const config::Upstream& settings, Server::Keeping keeping,
                   std::string route)
    : loop_(loop), settings_(settings), route_(std::move(route)) {
  for (const config::Address& address : settings.to) {
    servers_.push_back(std::make_unique<Server>(loop, address, keeping));
  }
}

bool Upstream::IsBetter(const Server& a, const Server& b) const noexcept {
  if (a.IsGood() != b.IsGood()) return a.IsGood();
  return settings_.balance == config::Upstream::Balance::least_busy && a.busy() < b.busy();
}

Server* Upstream::Choose(const std::vector<const Server*>& tried) noexcept {
  Server* best = nullptr;
  std::size_t place = 0;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const std::size_t at = (next_ + i) % servers_.size();
    Server& each = *servers_[at];
    if (each.busy() >= settings_.connections || std::ranges::count(tried, &each) > 0) continue;
    if (best != nullptr && !IsBetter(each, *best)) continue;
    best = &each;
    place = at;
  }
  if (best != nullptr) next_ = (place + 1) % servers_.size();
  return best;
}

bool Upstream::IsFull() const noexcept {
  return std::ranges::any_of(
      servers_, [this](const auto& each) { return each->busy() >= settings_.connections; });
}

}  // namespace tined::backends
