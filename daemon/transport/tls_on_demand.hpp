// The TLS transport of a worker, made for the first connection that needs it: one without any pays
// nothing for it. Worker's loop thread.
#pragma once

#include <memory>

#include "tls/aead.hpp"
#include "tls/key_schedule.hpp"
#include "transport/tls.hpp"

namespace tined::transport {

class TlsOnDemand {
 public:
  /// Both are borrowed.
  TlsOnDemand(ledger::Arena& arena, backends::FileReader& files, tls::Library library) noexcept
      : arena_(arena), files_(files), library_(library) {}
  TlsOnDemand(const TlsOnDemand&) = delete;
  TlsOnDemand& operator=(const TlsOnDemand&) = delete;

  /// Null: there is none to be had, the log says why.
  [[nodiscard]] Tls* Get() noexcept;

 private:
  struct Engine;

  ledger::Arena& arena_;
  backends::FileReader& files_;
  const tls::Library library_;
  std::shared_ptr<Engine> engine_;  ///< shared for the sake of its hidden destructor
};

}  // namespace tined::transport
