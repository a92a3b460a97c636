#include "worker/taker.hpp"

#include <utility>

#include "base/log.hpp"
#include "tls/facts.hpp"

namespace tined::worker {
namespace {

/// Every worker is woken for each connection, not one of them: that one could die, or be told to
/// drain, before it took it, and nobody else would know.
constexpr std::uint32_t kChannelEvents = EPOLLIN;

/// Whether a connection has all that a listener demands by now, which may be more than the one that
/// accepted it did.
bool Meets(const config::Demands& demands, const ledger::Parcel& parcel) noexcept {
  const bool is_certified = demands.client_certificate && parcel.tls != nullptr &&
                            tls::Decode(parcel.tls->facts).client.has_value();
  return demands.AreMetBy({parcel.tls != nullptr, is_certified});
}

}  // namespace

void Taker::Resume() noexcept {
  if (channel_ < 0 || watch_.generation != 0 || around_.connections.room() == 0 ||
      is_refraining()) {
    return;
  }
  if (!around_.loop.Add(channel_, kChannelEvents, *this, watch_)) {
    log::Warning("cannot wait for connections from other workers", {});
  }
}

void Taker::Pause() noexcept { around_.loop.Remove(channel_, watch_); }

void Taker::Refrain(Duration time) noexcept {
  refrains_until_ = around_.loop.now() + time;
  Pause();
}

/// Null: none of this worker's may go on with it.
exchange::Routes* Taker::FindRoutes(const ledger::Parcel& parcel) const noexcept {
  const bool is_stream = parcel.facts.is_stream != 0;
  for (const std::unique_ptr<exchange::Routes>& routes : around_.routes) {
    if (routes->socket_id() != parcel.facts.socket_id) continue;
    const bool is_one = (routes->stream() != nullptr) == is_stream;
    return is_one && Meets(routes->demands(), parcel) ? routes.get() : nullptr;
  }
  return nullptr;
}

/// A connection whose worker could not end it itself: it died, or its supervisor did. What is on
/// its way to the client still arrives whole.
void Taker::SeeOff(channels::IncomingParcel parcel) noexcept {
  ledger::Facts& facts = parcel.facts;
  log::Info(
      "ends a connection whose listener is gone, speaks another protocol by now, or demands more",
      {{"listener", facts.listener.data()}});
  if (facts.is_stream != 0) {
    // Nothing that answers HTTP may see a stream's bytes.
    facts.closes_after_output = 1;
    facts.fate = ledger::Fate::untouched;
    parcel.input = {};
    parcel.state = {};
  }
  around_.connections.TakeOver(std::move(parcel), around_.farewell);
}

void Taker::TellOfExcess() noexcept {
  const Connections& connections = around_.connections;
  if (connections.count() <= connections.capacity()) {
    has_told_ = false;
  } else if (!std::exchange(has_told_, true)) {
    log::Info("took over more connections than it accepts, and accepts none until some have ended",
              {{"connections", connections.count()}, {"most", connections.capacity()}});
  }
}

void Taker::OnReady(std::uint32_t) noexcept {
  // An acceptor may have filled the worker.
  if (around_.connections.room() == 0) return Pause();
  switch (TakeOne()) {
    case channels::ReceiveResult::empty:
      return;
    case channels::ReceiveResult::closed:
      // Somebody has shut it down. The supervisor notices, and there will be another one.
      Pause();
      channel_ = -1;
      return;
    case channels::ReceiveResult::received:
      break;
  }
  if (around_.connections.room() == 0) Pause();
}

void Taker::ChangeChannel(int channel) noexcept {
  while (watch_.generation != 0 && around_.connections.room() > 0 &&
         TakeOne() == channels::ReceiveResult::received) {
  }
  Pause();
  channel_ = channel;
}

channels::ReceiveResult Taker::TakeOne() noexcept {
  channels::IncomingParcel parcel;
  const channels::ReceiveResult result = inbox_.Receive(channel_, parcel);
  if (result != channels::ReceiveResult::received) return result;
  if (parcel.claim && !channels::WinClaim(parcel.claim.get())) {
    // Somebody else goes on with it: the giver died, and the supervisor was sooner.
    inbox_.Clear();
    return result;
  }
  if (exchange::Routes* const routes = FindRoutes(parcel)) {
    around_.connections.TakeOver(std::move(parcel), *routes);
  } else {
    SeeOff(std::move(parcel));
  }
  inbox_.Clear();
  TellOfExcess();
  return result;
}

}  // namespace tined::worker
