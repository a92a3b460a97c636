// What a child begins with: a worker that the supervisor has just forked, a spawner. Everything is
// borrowed and outlives the child's function; the descriptors are the child's own: the child closes
// them.
#pragma once

#include <functional>
#include <vector>

#include "config/model.hpp"
#include "ledger/ledger.hpp"
#include "shared/crowd.hpp"
#include "shared/executor_board.hpp"
#include "shared/quarantine.hpp"
#include "shared/rate_table.hpp"
#include "shared/tally.hpp"

namespace tined::channels {

/// One bound, listening, non-blocking socket and the configuration it serves.
struct OpenListener {
  const config::Listener* settings = nullptr;
  int descriptor = -1;  ///< -1: handshakers accept there, connections come down the channel
  ledger::SocketId id = 0;
  std::uint16_t port = 0;  ///< that it is bound to; 0: a unix socket
};

/// Executors that a worker can ask.
struct ExecutorPool {
  int jobs = -1;  ///< where they take requests from (backends/processes/job_channel.hpp)
  shared::ExecutorBoard* board = nullptr;  ///< what they tell, and are told
  int mailbox = -1;  ///< where they introduce themselves (backends/processes/mailbox.hpp); -1: none
  std::uint16_t mailbox_number = 0;  ///< among those that they know
};

struct WorkerStart {
  const config::Config* config = nullptr;
  std::vector<OpenListener> listeners;
  ledger::Ledger* ledger = nullptr;
  const shared::Quarantine* quarantine = nullptr;
  shared::Crowd::Member* place = nullptr;  ///< among all workers
  shared::RateTable* rates = nullptr;
  shared::Tally::Member* tally = nullptr;    ///< of requests in flight, what this one counts
  shared::Tally::Member* clients = nullptr;  ///< of connections, by client
  int control = -1;       ///< the child's end of its control pair (control_pair.hpp)
  int take_channel = -1;  ///< connections of other workers arrive here (inbox.hpp); -1: none do
  int give_channel = -1;  ///< connections to give are sent here; -1: they end with the worker
  int successor = -1;     ///< readable when others serve in place of a supervisor that is gone; -1:
                          ///< nobody is expected to
  std::vector<ExecutorPool> executors;  ///< by their place in config::ProcessPoolsOf
  int access_log = -1;                  ///< open for appending; -1: none
  int slot = 0;
  int generation = 1;
};

/// Runs a worker until it has drained; the result is its exit status. It begins with every
/// signal blocked but those that tell of a crash (SIGSEGV and its kin). main.cpp chooses it.
using WorkerFunction = std::function<int(const WorkerStart&)>;

struct SpawnerStart {
  const config::Config* config = nullptr;
  shared::ExecutorBoard* board = nullptr;
  int control = -1;            ///< the child's end of its control pair: it says `ready`
  int jobs = -1;               ///< the executors' end of the job channel, blocking
  std::vector<int> mailboxes;  ///< their ends of the workers', by number; none if none stays
  int generation = 1;
};

}  // namespace tined::channels
