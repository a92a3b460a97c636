// What request an executor has: its ticket, in a page that the kernel writes while the executor
// receives the request, so that there is no moment at which a request is taken and nobody knows by
// whom. Of executors that stay, each has a page of its own: the executor, its spawner and the
// workers that it works for see it; no other executor does, for the ticket's word is secret.
#pragma once

#include "backends/processes/ticket.hpp"
#include "base/descriptor.hpp"

namespace tined::backends {

/// Made by the spawner before the fork, used by both.
class Claim {
 public:
  /// Throws std::system_error.
  Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim();

  /// Spawner, once the executor is forked: no later one inherits it.
  void KeepFromOthers() noexcept;
  [[nodiscard]] Ticket& ticket() noexcept { return *ticket_; }
  /// Executor: for its workers.
  [[nodiscard]] int descriptor() const noexcept { return file_.get(); }

 private:
  Descriptor file_;
  Ticket* const ticket_;
};

/// Worker: sees the claim of an executor, which may be hostile.
class SeenClaim {
 public:
  /// Throws std::system_error: `file` (borrowed) is no claim.
  explicit SeenClaim(int file);
  SeenClaim(const SeenClaim&) = delete;
  SeenClaim& operator=(const SeenClaim&) = delete;
  ~SeenClaim();

  /// What stands there, copied once. It may be of a request that is long answered.
  [[nodiscard]] Ticket Look() const noexcept;

 private:
  const void* const memory_;
};

}  // namespace tined::backends
