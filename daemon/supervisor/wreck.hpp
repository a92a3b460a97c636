// What is left of a worker that stands in its exiting stop: reads its records and takes its
// descriptors. Supervisor.
#pragma once

#include <netinet/in.h>

#include <unordered_set>
#include <vector>

#include "ledger/handoff.hpp"
#include "supervisor/child.hpp"
#include "supervisor/kernel_counts.hpp"

namespace tined::supervisor {

/// A connection taken out of it.
struct Salvage {
  ledger::IncomingParcel parcel;
  KernelCounts counts;
  bool is_under_way = false;  ///< it was being given to another worker, who may have it
};

enum class SalvageOutcome {
  taken,
  nothing,  ///< no connection, or one whose client is gone
  lost,     ///< a client is there, but what was written of the connection makes no sense
};

class Wreck {
 public:
  /// `culprit`: as in Rescue::TakeAll.
  Wreck(const Child& child, std::uint32_t culprit) : child_(child), culprit_(culprit) {}

  /// Records that may be in use are those below.
  [[nodiscard]] std::uint32_t record_count() const noexcept;
  [[nodiscard]] SalvageOutcome Take(std::uint32_t index, Salvage& salvage);
  /// The connection that it had received from another worker and not recorded. After all records.
  [[nodiscard]] SalvageOutcome TakeFromInbox(Salvage& salvage);
  /// Those that it had accepted and not recorded. After all others.
  [[nodiscard]] std::vector<Salvage> TakeUnrecorded();

 private:
  [[nodiscard]] Descriptor Fetch(int number) const noexcept;
  [[nodiscard]] ledger::Fate FateOf(std::uint32_t index) const noexcept;
  [[nodiscard]] bool Observe(const ledger::Record& record, int socket, ledger::Observed& observed,
                             KernelCounts& counts) const noexcept;
  [[nodiscard]] bool IsAcceptedFrom(int listening_socket, int socket) const noexcept;

  const Child& child_;
  const std::uint32_t culprit_;
  std::unordered_set<int> known_;  ///< numbers of the sockets that records tell of
};

}  // namespace tined::supervisor
