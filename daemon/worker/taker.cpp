#include "worker/taker.hpp"

#include "base/log.hpp"

namespace tined::worker {
namespace {

constexpr std::uint32_t kEvents = EPOLLIN | EPOLLEXCLUSIVE;

}  // namespace

void Taker::Resume() noexcept {
  if (channel_ < 0 || watch_.generation != 0 || around_.connections.is_full() || is_refraining()) {
    return;
  }
  if (!around_.loop.Add(channel_, kEvents, *this, watch_)) {
    log::Warning("cannot wait for connections from other workers", {});
  }
}

void Taker::Pause() noexcept { around_.loop.Remove(channel_, watch_); }

void Taker::Refrain(Duration time) noexcept {
  refrains_until_ = around_.loop.now() + time;
  Pause();
}

Routes* Taker::FindRoutes(const ledger::Facts& facts) const noexcept {
  for (const std::unique_ptr<Routes>& routes : around_.routes) {
    if (routes->listener_name() == facts.listener) return routes.get();
  }
  return nullptr;
}

void Taker::OnReady(std::uint32_t) noexcept {
  // An acceptor may have filled the worker.
  if (around_.connections.is_full()) return Pause();
  ledger::IncomingParcel parcel;
  if (inbox_.Receive(channel_, parcel) != ledger::ReceiveResult::received) return;
  if (Routes* const routes = FindRoutes(parcel.facts)) {
    around_.connections.TakeOver(std::move(parcel), *routes);
  } else {
    log::Info("closed a connection whose listener is no longer configured",
              {{"listener", parcel.facts.listener.data()}});
  }
  inbox_.Clear();
  if (around_.connections.is_full()) {
    Pause();
  } else {
    around_.loop.Rotate(channel_, kEvents, watch_);
  }
}

}  // namespace tined::worker
