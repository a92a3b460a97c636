// The worker's side of all executors: a pool of them each, as the configuration has them apart, so
// that modules that share no pool never share a process. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "backends/processes/executors.hpp"
#include "channels/assignment.hpp"
#include "config/model.hpp"

namespace tined::backends {

class ExecutorPools {
 public:
  /// `pools` are those of config::ProcessPoolsOf(`config`), which outlives this object; their
  /// channels are owned by it from now on.
  ExecutorPools(loop::Loop& loop, const config::Config& config,
                const std::vector<channels::ExecutorPool>& pools);
  ExecutorPools(const ExecutorPools&) = delete;
  ExecutorPools& operator=(const ExecutorPools&) = delete;

  /// The executors of a module, and the number by which they know it.
  struct Target {
    Executors& executors;
    std::uint32_t number;
  };
  /// `module` is one of the configuration's, with `run: process`.
  [[nodiscard]] Target TargetOf(const config::Module& module) const;
  /// The channel of one of them was broken: requests go down this one from now on.
  void GoOnWith(std::size_t pool, Descriptor channel) noexcept;

 private:
  std::vector<std::unique_ptr<Executors>> pools_;
};

}  // namespace tined::backends
