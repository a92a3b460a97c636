#include "protocol/conversation.hpp"

#include <new>
#include <utility>

#include "ledger/composer.hpp"

namespace tined::protocol {

void Conversation::Renew() noexcept {
  ledger::Record* const emptied = record;
  const std::uint32_t its_number = number;
  *this = {};
  record = new (emptied) ledger::Record;
  number = its_number;
}

bool Restore(ledger::Arena& arena, channels::IncomingParcel& parcel,
             Conversation& conversation) noexcept {
  ledger::Record& to = *conversation.record;
  const ledger::Facts& facts = parcel.facts;
  const auto answered = static_cast<std::uint32_t>(facts.received - parcel.input.size());
  if (!arena.Copy(parcel.input, 1, conversation.input) ||
      !arena.Copy(parcel.state, 0, conversation.state)) {
    return false;
  }
  ledger::Composer output(arena, conversation.output, to.output_place, 0);
  output.Append(parcel.output);
  if (output.has_failed()) return false;
  if (parcel.file) {
    const auto file = std::make_shared<answer::OpenFile>(
        answer::OpenFile{std::move(parcel.file), parcel.file_io});
    if (!transport::AttachFile(arena, conversation, file, parcel.parts)) return false;
  }
  to.requests = facts.requests;
  to.sent_before = facts.sent_before;
  to.exchange.continue_sent = facts.continue_sent;
  to.exchange.replays = facts.replays;
  if (facts.is_counted != 0) to.exchange.rate_count = ledger::RateCount::counted;
  to.faults = facts.faults;
  to.kills = facts.kills;
  conversation.fate = facts.fate;
  to.PlaceInput(conversation.input.offset, answered);
  to.received.store(facts.received, std::memory_order_release);
  to.sent.store(facts.batch_position, std::memory_order_relaxed);
  // Versions that did not know of opening say nothing of it.
  if (parcel.is_opened || facts.received > 0) {
    const ledger::StatePlace state{conversation.state.offset,
                                   static_cast<std::uint32_t>(parcel.state.size())};
    to.CommitMessage(output.size(), answered, facts.closes_after_output != 0, &state);
  } else {
    to.Commit(output.size(), answered, facts.closes_after_output != 0);
  }
  // Should this worker die as well before it has judged: the next one must not take it for new.
  if (facts.fate != ledger::Fate::untouched) to.Begin(to.exchange);
  return true;
}

bool Describe(const ledger::Arena& arena, const Conversation& conversation,
              ledger::Parcel& parcel) noexcept {
  const ledger::Record& record = *conversation.record;
  if (conversation.tls) {
    const ledger::TlsState& state = conversation.tls->state;
    ledger::Observed observed = ledger::ObservedBy(state, record);
    observed.fate = conversation.fate;
    return ledger::Describe(record, arena.memory(), observed, parcel) &&
           ledger::DescribeTls(state, arena.memory(), {.window_sent = state.window_sent()}, parcel);
  }
  const ledger::Observed observed{
      .batch_position = record.sent, .sent_before = record.sent_before, .fate = conversation.fate};
  return ledger::Describe(record, arena.memory(), observed, parcel);
}

}  // namespace tined::protocol
