// The program that runs handlers in processes of their own, tined-executor, and what a spawner is
// started with. Supervisor; any process that checks a configuration.
#pragma once

#include "supervisor/generation/generation.hpp"
#include "supervisor/workers/own_program.hpp"

namespace tined::supervisor {

class ExecutorProgram {
 public:
  ExecutorProgram() = default;
  ExecutorProgram(const ExecutorProgram&) = delete;
  ExecutorProgram& operator=(const ExecutorProgram&) = delete;

  /// This image of the program has had it open before: `file`.
  void Use(Descriptor file) noexcept { program_.Use(std::move(file)); }
  /// Opens it, if nobody has before. Throws config::ConfigError when `config` has routes or streams
  /// that need it and it cannot be had.
  void Require(const config::Config& config, const local_path::Strangers& strangers);
  /// For Use; -1: it is not open.
  [[nodiscard]] int file() const noexcept { return program_.file(); }

  /// Becomes the spawner of a pool of `generation`, in a fresh child of the supervisor; `control`
  /// is its end of its control pair. Comes back with an exit status when that fails; the log says
  /// why.
  [[nodiscard]] int Run(const Generation& generation, std::size_t pool, int control) const noexcept;

 private:
  OwnProgram program_{"tined-executor"};
};

}  // namespace tined::supervisor
