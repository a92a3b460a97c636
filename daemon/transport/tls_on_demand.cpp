#include "transport/tls_on_demand.hpp"

#include <exception>
#include <stdexcept>

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "tls/seal_audit.hpp"

namespace tined::transport {

struct TlsOnDemand::Engine {
  Engine(ledger::Arena& arena, backends::FileReader& files, tls::Library library)
      : aead(tls::Audited(tls::MakeAead(library))) {
    if (!aead) throw std::runtime_error("the library that tls.crypto names is not to be had here");
    transport.emplace(arena, files, tls::Crypto{*aead, schedule});
  }

  std::unique_ptr<tls::Aead> aead;
  tls::KeySchedule schedule;
  std::optional<Tls> transport;
};

Tls* TlsOnDemand::Get() noexcept {
  try {
    if (!engine_) engine_ = std::make_shared<Engine>(arena_, files_, library_);
    return &*engine_->transport;
  } catch (const std::exception& error) {
    static log::Seldom none;
    none.Warning("cannot go on with a connection that has TLS", {{"reason", error.what()}});
    return nullptr;
  }
}

}  // namespace tined::transport
