// What the supervisor gives to the program that runs handlers in processes of their own
// (tined-executor) when it starts it: one document (CBOR, RFC 8949) in a sealed memory file, whose
// descriptor's number is the program's only argument. Both programs are of one version: each
// refuses another's. Supervisor writes, spawner reads.
#pragma once

#include <vector>

#include "base/descriptor.hpp"
#include "children/identity.hpp"
#include "config/model.hpp"

namespace tined::executor {

struct Start {
  /// An excerpt: what is to be logged and how, the policy of restarts, the settings of the pool as
  /// those of all processes, and every use of a module in its place (config::ModulesOf). Only those
  /// of the pool have `run: process`, settings and an image.
  config::Config config;
  std::size_t pool = 0;  ///< its place in config::ProcessPoolsOf; once read, it is the only one
  children::Identity
      identity;  ///< who the spawner is to be; it begins as whoever the supervisor is
  int generation = 0;
  // Descriptors that were left open for the program:
  int control = -1;            ///< its end of the control pair
  int jobs = -1;               ///< the executors' end of the job channel
  int board = -1;              ///< memory with a shared::ExecutorBoard
  std::vector<int> mailboxes;  ///< the executors' ends of the workers'

  /// All of them, the images of the modules included, without order.
  [[nodiscard]] std::vector<int> Descriptors() const;
};

/// `start` in a memory file that nobody can change; of its configuration, the excerpt. Throws
/// std::system_error.
[[nodiscard]] Descriptor Write(const Start& start);
/// Throws std::runtime_error with the reason in words when this program cannot begin with it.
[[nodiscard]] Start Read(int memory);

}  // namespace tined::executor
