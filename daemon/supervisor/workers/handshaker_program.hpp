// The program that holds private keys and does TLS handshakes, tined-handshaker, and what it is
// started with: files that the supervisor has opened and never reads. Supervisor; any process that
// checks a configuration.
#pragma once

#include "supervisor/generation/generation.hpp"
#include "supervisor/workers/own_program.hpp"

namespace tined::supervisor {

class HandshakerProgram {
 public:
  HandshakerProgram() = default;
  HandshakerProgram(const HandshakerProgram&) = delete;
  HandshakerProgram& operator=(const HandshakerProgram&) = delete;

  /// This image of the program has had it open before: `file`.
  void Use(Descriptor file) noexcept { program_.Use(std::move(file)); }
  /// Opens it, if nobody has before. Throws config::ConfigError when `config` has listeners with
  /// TLS and it cannot be had.
  void Require(const config::Config& config, const local_path::Strangers& strangers);
  /// For Use; -1: it is not open.
  [[nodiscard]] int file() const noexcept { return program_.file(); }

  /// What a handshaker is given beside its generation.
  struct Borrowed {
    int number = 0;         ///< among its generation's
    bool is_trial = false;  ///< the generation's first
    int control = -1;
    int give = -1;
    int board = -1;
    int tickets = -1;
  };
  /// Becomes a handshaker of `generation`, in a fresh child of the supervisor. Comes back with an
  /// exit status when that fails; the log says why.
  [[nodiscard]] int Run(const Generation& generation, const Borrowed& borrowed) const noexcept;
  /// Becomes one that only says whether `config` can be used, whose files are `files`.
  [[nodiscard]] int RunCheck(const config::Config& config, const TlsFiles& files,
                             const children::Identity& identity, int control) const noexcept;

 private:
  OwnProgram program_{"tined-handshaker"};
};

}  // namespace tined::supervisor
