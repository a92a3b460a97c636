// What one image of the supervisor leaves to the next when it re-executes itself: plain numbers and
// names, written as JSON into a memfd whose descriptor the next image finds in its environment.
// Descriptors in it are open in both images: execve(2) keeps them. Supervisor.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "shared/kept.hpp"
#include "supervisor/upgrade/counts.hpp"

namespace tined::supervisor {

struct State {
  /// Grows with every change that an earlier program would misunderstand.
  static constexpr int kFormat = 2;
  static constexpr std::size_t kNone = ~std::size_t{0};

  struct Socket {
    std::string key;
    int descriptor = -1;
    std::string path;  ///< of a unix socket whose name is the supervisor's; else empty
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };
  /// The name systemd passed a socket with, and its place in `sockets`.
  struct Named {
    std::string name;
    std::size_t socket = 0;
  };
  struct Listener {
    std::string name;
    std::size_t socket = 0;  ///< its place in `sockets`
    bool is_stream = false;
    // What its connections have. An image that does not say may have had all of it: who takes them
    // over looks at each.
    bool has_tls = true;
    bool has_certificates = true;
  };
  struct Generation {
    int number = 0;
    std::int64_t drain_timeout = 0;  ///< milliseconds
    bool rescue = true;
    std::string access_log;  ///< its path; empty: none
    bool has_user = false;   ///< its workers' identity is another than the supervisor's:
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;
    int scale = 0;  ///< workers, if an order has said how many; 0: as configured
    std::vector<Listener> listeners;
  };
  struct Child {
    pid_t pid = -1;
    int slot = 0;
    int generation = 0;
    std::string state;
    bool is_traced = false;
    bool is_hung = false;
    std::int64_t started = 0;  ///< Clock, nanoseconds
    std::int64_t deadline = 0;
    int process = -1;
    int line = -1;
    int ledger = -1;
    std::uint32_t records = 0;
    std::uint32_t arena = 0;
    // Its parts of what is counted; kNone: it has none.
    std::size_t in_flight_part = kNone;
    std::size_t clients_part = kNone;
  };
  /// What workers count together, for limits. An image that does not say has counted nothing.
  struct Limits {
    shared::Kept rates;
    shared::Kept in_flight;
    shared::Kept clients;
  };
  struct Slot {
    Counts past;
    int restarts = 0;
  };
  struct Pool {
    int size = 0;
    int take_channel = -1;
    int give_channel = -1;
    std::uint64_t rescued = 0;
    std::uint64_t lost = 0;
    std::vector<Slot> slots;
    std::vector<Child> children;
    Limits limits;
  };
  /// What executors have done.
  struct Executors {
    std::uint64_t started = 0;
    std::uint64_t requests = 0;
    std::uint64_t crashed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t timed_out = 0;
    std::map<std::string, std::uint64_t> modules;  ///< their modules' counters
    int program = -1;  ///< the writer's tined-executor, to go back to with its own file; -1: none
  };
  struct Handshaker {
    pid_t pid = -1;
    int generation = 0;
    std::int64_t drain_time = 0;  ///< milliseconds that it may take to end
    int control = -1;
  };
  /// What handshakers have done, and those that are there.
  struct Handshakers {
    std::uint64_t established = 0;
    std::uint64_t resumed = 0;
    std::uint64_t failed = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t restarts = 0;
    int program = -1;  ///< the writer's tined-handshaker, as that of executors; -1: none
    int tickets = -1;  ///< the key ring of all handshakers; -1: there never was one
    std::vector<Handshaker> processes;
  };
  struct Tally {
    int generations = 1;  ///< numbers given out
    int reloads_done = 0;
    int reloads_failed = 0;
    int upgrades_done = 0;
    int upgrades_failed = 0;
  };

  int format = kFormat;
  std::string ledger;   ///< LedgerForm() of the writer
  std::string version;  ///< of the program that wrote this
  std::string binary;   ///< where the program is looked for
  int program = -1;     ///< the writer's own file, to go back to; -1: it is what is gone back to
  std::string fault;    ///< why the image before could not go on; empty: it could
  std::int64_t started = 0;
  Tally tally;
  Executors executors;
  Handshakers handshakers;
  int generation = 0;  ///< the current one's number
  std::vector<Socket> sockets;
  std::vector<Named> passed;
  std::vector<Generation> generations;
  Pool pool;
  int successor = -1;           ///< what workers wait on when the supervisor is gone; -1: nothing
  std::size_t control = kNone;  ///< the control socket's place in `sockets`

  /// Every descriptor that it names.
  [[nodiscard]] std::vector<int> Descriptors() const;
};

/// The form of the memory and the messages shared with workers (channels/form.hpp): two programs
/// must agree on it.
[[nodiscard]] std::string LedgerForm();

/// A memfd with `state` in it, close-on-exec. Throws std::system_error.
[[nodiscard]] Descriptor Write(const State& state);
/// Throws std::runtime_error with the reason in words when this program cannot go on from there.
[[nodiscard]] State Read(int memory);

/// Names the descriptor in the environment.
inline constexpr const char* kStateVariable = "TINED_STATE";
/// What a program says to `--check` when it finds a state that it can go on from.
inline constexpr const char* kCanTakeOver = "can take over the running service";

}  // namespace tined::supervisor
