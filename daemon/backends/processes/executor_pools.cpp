#include "backends/processes/executor_pools.hpp"

#include <stdexcept>
#include <utility>

namespace tined::backends {

ExecutorPools::ExecutorPools(loop::Loop& loop, const config::Config& config,
                             const std::vector<channels::ExecutorPool>& pools) {
  std::vector<config::ProcessPool> settings = config::ProcessPoolsOf(config);
  for (std::size_t i = 0; i < pools.size(); ++i) {
    pools_.push_back(std::make_unique<Executors>(
        loop, Descriptor(pools[i].jobs),
        ExecutorChannels::Mailbox{Descriptor(pools[i].mailbox), pools[i].mailbox_number},
        *pools[i].board, std::move(settings.at(i))));
  }
}

ExecutorPools::Target ExecutorPools::TargetOf(const config::Module& module) const {
  for (const std::unique_ptr<Executors>& pool : pools_) {
    std::uint32_t number = 0;
    for (const config::ModuleUse& use : pool->uses()) {
      if (use.module == &module) return {*pool, number};
      ++number;
    }
  }
  throw std::logic_error("a module with `run: process` is in no pool");
}

void ExecutorPools::GoOnWith(std::size_t pool, Descriptor channel) noexcept {
  if (pool < pools_.size()) pools_[pool]->GoOnWith(std::move(channel));
}

}  // namespace tined::backends
