#include "backends/processes/claim.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

#include "base/shared_file.hpp"

namespace tined::backends {

Claim::Claim()
    : file_(MakeSharedFile("tined-claim", sizeof(Ticket))),
      ticket_(new (MapSharedFile(file_.get(), sizeof(Ticket))) Ticket) {}

Claim::~Claim() { UnmapSharedFile(ticket_, sizeof(Ticket)); }

void Claim::KeepFromOthers() noexcept {
  // Without it, later executors could read this one's words. It can fail for want of memory alone.
  (void)::madvise(ticket_, sizeof(Ticket), MADV_DONTFORK);
  file_.Reset();
}

SeenClaim::SeenClaim(int file) : memory_(MapSharedFile(file, sizeof(Ticket))) {}

SeenClaim::~SeenClaim() { UnmapSharedFile(const_cast<void*>(memory_), sizeof(Ticket)); }

Ticket SeenClaim::Look() const noexcept {
  Ticket copy;
  std::memcpy(&copy, memory_, sizeof copy);
  return copy;
}

}  // namespace tined::backends
