// What is left of a worker that stands in its exiting stop: reads its records and takes its
// descriptors. Supervisor. Processes that the worker had forked may still be writing to the memory:
// everything is copied before it is looked at.
#pragma once

#include <netinet/in.h>

#include <functional>
#include <unordered_set>
#include <vector>

#include "channels/handoff.hpp"
#include "channels/inbox.hpp"
#include "supervisor/rescue/blame.hpp"
#include "supervisor/rescue/dying_worker.hpp"
#include "supervisor/rescue/kernel_counts.hpp"

namespace tined::supervisor {

/// A connection taken out of it.
struct Salvage {
  channels::IncomingParcel parcel;
  KernelCounts counts;
  bool is_under_way = false;  ///< it was being given to another worker, who may have it
};

enum class SalvageOutcome {
  taken,
  cut,      ///< taken as well: what is out of its answer is sent, what was to be made is not
  nothing,  ///< no connection, or one whose client is gone
  lost,     ///< a client is there, but what was written of the connection makes no sense
  closed,   ///< it has cost as many workers as a connection may
};

class Wreck {
 public:
  Wreck(const DyingWorker& worker, const Findings& findings)
      : worker_(worker), findings_(findings) {}

  /// Records that may be in use are those below.
  [[nodiscard]] std::uint32_t record_count() const noexcept;
  [[nodiscard]] SalvageOutcome Take(std::uint32_t index, Salvage& salvage);
  /// The connection that it had received from another worker and not recorded. After all records.
  [[nodiscard]] SalvageOutcome TakeFromInbox(Salvage& salvage);
  /// Those that it had accepted and not recorded. After all others. Looks on as long as
  /// `goes_on()`.
  [[nodiscard]] std::vector<Salvage> TakeUnrecorded(const std::function<bool()>& goes_on);
  /// What becomes of a record that is not looked into: whether there is a connection is all it
  /// says.
  [[nodiscard]] SalvageOutcome Leave(std::uint32_t index) const noexcept;

 private:
  [[nodiscard]] SalvageOutcome TakeRecorded(std::uint32_t index, Salvage& salvage);
  [[nodiscard]] SalvageOutcome TakeSealed(const ledger::Record& record, std::uint32_t number,
                                          Salvage& salvage);
  void Blame(ledger::Facts& facts) noexcept;
  [[nodiscard]] Descriptor Fetch(int number) const noexcept;
  [[nodiscard]] ledger::Fate FateOf(std::uint32_t number,
                                    const ledger::Record& record) const noexcept;
  [[nodiscard]] bool Describe(const ledger::Record& record, std::uint32_t number,
                              Salvage& salvage) const;
  [[nodiscard]] bool DescribeTls(const ledger::Record& record, std::uint32_t number,
                                 Salvage& salvage) const;
  [[nodiscard]] bool Observe(const ledger::Record& record, int socket, ledger::Observed& observed,
                             KernelCounts& counts) const noexcept;
  [[nodiscard]] bool IsAcceptedFrom(int listening_socket, int socket) const noexcept;
  [[nodiscard]] bool ObserveTls(const ledger::Record& record, const ledger::TlsState& state,
                                int socket, ledger::ObservedTls& observed,
                                KernelCounts& counts) const noexcept;
  [[nodiscard]] bool IsUntouched(int socket) const noexcept;

  const DyingWorker& worker_;
  const Findings findings_;
  bool is_blamed_ = false;         ///< some connection was found that the end speaks against
  std::unordered_set<int> known_;  ///< numbers of the sockets that records tell of
  bool has_lies_ = false;          ///< some record made no sense: its socket may be any other
};

}  // namespace tined::supervisor
