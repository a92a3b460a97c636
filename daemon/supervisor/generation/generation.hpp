// One configuration in force: what its workers are forked with. Shared by the pool and its
// children; the last of them lets it go. Supervisor.
#pragma once

#include <memory>
#include <vector>

#include "base/descriptor.hpp"
#include "base/shared_file.hpp"
#include "children/identity.hpp"
#include "config/model.hpp"
#include "shared/executor_board.hpp"
#include "supervisor/generation/mailboxes.hpp"
#include "supervisor/generation/module_images.hpp"
#include "supervisor/generation/tls_files.hpp"
#include "supervisor/listening/listening.hpp"

namespace tined::supervisor {

struct Generation {
  int number = 1;
  std::unique_ptr<const config::Config> config;
  children::Identity identity;
  int scale = 0;          ///< number of workers in place of the configured one; 0: that one
  OpenSockets sockets;    ///< emptied when the generation retires, so that removed ones close
  Descriptor access_log;  ///< empty: none
  ModuleImages modules;
  TlsFiles tls;

  /// A pool of executors, its job channel (backends/processes/job_channel.hpp) and what they tell.
  struct Executors {
    config::ProcessPool pool;
    Descriptor give;  ///< the workers' end
    Descriptor take;  ///< the executors' end, blocking
    std::shared_ptr<SharedFile<shared::ExecutorBoard>> board;
    std::shared_ptr<Mailboxes> mailboxes;  ///< the workers'; none if no executor stays

    /// Somebody who has an end of the job channel has shut it down (shutdown(2)).
    [[nodiscard]] bool IsBroken() const noexcept;
    /// Another job channel: this one is broken. Throws std::system_error.
    void Renew();
  };
  /// By their place in config::ProcessPoolsOf; empty: nothing has `run: process`, or the service
  /// stops.
  std::vector<std::unique_ptr<Executors>> executors;

  /// Opens (again) the access log; its descriptor is new. Throws std::system_error.
  void OpenAccessLog();
  /// Workers it wants: one a usable CPU if neither an order nor the configuration says it.
  [[nodiscard]] int WorkerCount() const;
  /// Handshakers it wants; 0: no listener has TLS.
  [[nodiscard]] int HandshakerCount() const;
};

using GenerationPointer = std::shared_ptr<Generation>;

/// What a generation is made of.
struct Loaded {
  config::Config config;
  children::Identity identity;  ///< of whom `config` has workers run as
};

/// Everything that a generation needs, opened; sockets of `current` (may be null) are shared.
/// `patience` as in UnixListener::Terms. Throws std::runtime_error, and then nothing has changed.
[[nodiscard]] GenerationPointer Prepare(Loaded loaded, const Generation* current,
                                        const PassedSockets& passed, Duration patience);

}  // namespace tined::supervisor
