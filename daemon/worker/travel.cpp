#include "worker/travel.hpp"

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "channels/claim.hpp"

namespace tined::worker {

using channels::SendResult;

Departure::Departure(ledger::Arena& arena, protocol::Conversation& conversation) noexcept
    : conversation_(conversation), is_possible_(protocol::Describe(arena, conversation, parcel_)) {
  if (is_possible_) return;
  log::Error("a connection does not make sense and stays with its worker",
             {{"listener", conversation.record->listener_name()}});
}

SendResult Departure::Send(int channel, int socket) noexcept {
  ledger::Record& record = *conversation_.record;
  if (parcel_.tls) {
    claim_ = channels::MakeClaim();
    if (!claim_) return SendResult::full;
    parcel_.tls->claim = conversation_.tls->state.claim = claim_.get();
  }
  const ledger::Phase before = record.phase;
  record.Enter(ledger::Phase::giving);
  const int file = parcel_.parts.empty() ? -1 : record.file;
  const SendResult result = channels::SendParcel(channel, parcel_, socket, file);
  if (result != SendResult::sent) {
    record.Enter(before);
    if (parcel_.tls) conversation_.tls->state.claim = -1;
  }
  return result;
}

Arrival Arrive(ledger::Arena& arena, ledger::TlsState& state, transport::Tls* tls,
               channels::IncomingParcel& parcel, protocol::Conversation& conversation) noexcept {
  if (parcel.tls && !transport::RestoreTls(arena, *parcel.tls, state,
                                           tls->KeysFor(conversation.number), conversation)) {
    return Arrival::no_session;
  }
  if (protocol::Restore(arena, parcel, conversation)) return Arrival::whole;
  static log::Seldom no_memory;
  no_memory.Warning("no memory to go on with a connection, closing it",
                    {{"listener", conversation.record->listener_name()}});
  return Arrival::no_memory;
}

}  // namespace tined::worker
