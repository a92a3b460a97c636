#include "ledger/parcel.hpp"

#include "base/snapshot.hpp"

namespace tined::ledger {
namespace {

/// The parts that count: none when the worker died before the bytes in front of them did.
bool DescribeParts(const Record& record, const Holdings& holdings, Parcel& parcel) {
  const std::uint32_t count = record.part_count;
  if (count == 0 || parcel.output.empty()) return true;
  if (count > kMostParts) return false;
  if (count == 1) {
    parcel.parts = {record.part};
  } else {
    const std::uint32_t place = record.parts_place;
    if (!holdings.Hold(place, count * sizeof(FilePart))) return false;
    parcel.parts.resize(count);
    CopyOnce(parcel.parts.data(), holdings.arena.data() + place, count * sizeof(FilePart));
  }
  if (parcel.parts.front().after > parcel.output.size()) parcel.parts.clear();
  return true;
}

}  // namespace

bool Holdings::Hold(std::uint64_t offset, std::uint64_t size) const noexcept {
  if (size > arena.size() || offset > arena.size() - size) return false;
  return tags.empty() || Arena::Owns(tags, owner, offset, size);
}

std::size_t SizeOf(const Parcel& parcel) noexcept {
  const std::size_t tls =
      parcel.tls ? parcel.tls->records.size() + parcel.tls->window.size() + parcel.tls->facts.size()
                 : 0;
  return parcel.input.size() + parcel.output.size() + parcel.parts.size() * sizeof(FilePart) +
         parcel.state.size() + tls;
}

Observed ObservedBy(const TlsState& state, const Record& record) noexcept {
  const std::uint64_t received = record.received.load(std::memory_order_relaxed);
  const tls::Outbound& sealed = state.outbound();
  return {.unrecorded = state.inbound().produced - static_cast<std::uint32_t>(received),
          .batch_position = sealed.consumed - record.sent_before,
          .sent_before = sealed.consumed};
}

bool DescribeTls(const TlsState& state, const Holdings& holdings, const ObservedTls& observed,
                 Parcel& parcel) {
  auto tls = std::make_unique<TlsPart>();
  tls->session = state.session;
  tls->selector = state.selected();
  tls->handshake_received = state.handshake_received;
  tls->received = state.received.load(std::memory_order_relaxed) + observed.unrecorded;
  tls->window_sent = observed.window_sent;
  const char* const arena = holdings.arena.data();
  const std::uint64_t records = state.input_size() + observed.unrecorded;
  if (records > 0 && !holdings.Hold(state.input_offset(), records)) return false;
  if (records > 0) tls->records = {arena + state.input_offset(), records};
  const tls::Outbound& sealed = state.outbound();
  if (observed.window_sent != sealed.window_size) {
    if (!holdings.Hold(sealed.window_place, sealed.window_size)) return false;
    tls->window = {arena + sealed.window_place, sealed.window_size};
  }
  const StatePlace facts = state.facts;
  if (state.has_short_facts()) {
    tls->short_facts = state.short_facts;
    tls->facts = {tls->short_facts.data(), facts.size};
  } else {
    if (!holdings.Hold(facts.offset, facts.size)) return false;
    tls->facts = {arena + facts.offset, facts.size};
  }
  parcel.tls = std::move(tls);
  return SizeOf(parcel) <= kLargestParcel && Validate(parcel, !parcel.parts.empty()) == nullptr;
}

bool Describe(const Record& record, const Holdings& holdings, const Observed& observed,
              Parcel& parcel) {
  parcel = {};
  const std::uint64_t committed = record.committed.load(std::memory_order_acquire);
  const std::uint64_t place = record.input_place.load(std::memory_order_relaxed);
  const std::uint64_t received = record.received.load(std::memory_order_relaxed);
  const auto answered = static_cast<std::uint32_t>(committed >> 32);
  const bool is_close = (committed & Record::kClose) != 0;
  const std::uint32_t output_size = static_cast<std::uint32_t>(committed) & Record::kSize;
  // Behind the last answer nothing counts: what still comes in is dropped, unrecorded, and nobody
  // asks for a state.
  const StatePlace state =
      is_close ? StatePlace() : record.states[(committed & Record::kSecondState) != 0 ? 1 : 0];
  const std::uint64_t unrecorded = is_close ? 0 : observed.unrecorded;
  const std::uint64_t input_size =
      is_close ? 0 : std::uint64_t{static_cast<std::uint32_t>(received) - answered} + unrecorded;
  const std::uint32_t input_offset =
      static_cast<std::uint32_t>(place) + (answered - static_cast<std::uint32_t>(place >> 32));
  const std::uint32_t output_offset = record.output_place.load(std::memory_order_relaxed);
  if (input_size > 0 && !holdings.Hold(input_offset, input_size)) return false;
  if (output_size > 0 && !holdings.Hold(output_offset, output_size)) return false;
  if (state.size > 0 && !holdings.Hold(state.offset, state.size)) return false;
  const std::span<const char> arena = holdings.arena;
  if (state.size > 0) parcel.state = {arena.data() + state.offset, state.size};
  parcel.is_opened = (committed & Record::kOpened) != 0;
  if (input_size > 0) parcel.input = {arena.data() + input_offset, input_size};
  if (output_size > 0) parcel.output = {arena.data() + output_offset, output_size};
  if (!DescribeParts(record, holdings, parcel)) return false;
  if (SizeOf(parcel) > kLargestParcel) return false;
  parcel.file_io = FileIoOf(record.file_io);
  const bool has_batch = output_size > 0;
  parcel.facts = {
      .listener = record.listener,
      .socket_id = record.socket_id,
      .peer = record.peer,
      .requests = record.requests,
      .received = received + unrecorded,
      .sent_before = has_batch ? record.sent_before : observed.sent_before,
      .batch_position = has_batch ? observed.batch_position : 0,
      .closes_after_output = is_close ? std::uint8_t{1} : std::uint8_t{0},
      .continue_sent = record.exchange.continue_sent != 0 ? std::uint8_t{1} : std::uint8_t{0},
      .replays = record.exchange.replays,
      .is_counted =
          record.exchange.rate_count == RateCount::counted ? std::uint8_t{1} : std::uint8_t{0},
      .is_stream = record.is_stream != 0 ? std::uint8_t{1} : std::uint8_t{0},
      .fate = observed.fate,
      .faults = record.faults,
      .kills = record.kills};
  return Validate(parcel, !parcel.parts.empty()) == nullptr;
}

config::FileIo FileIoOf(std::uint8_t number) noexcept {
  constexpr auto kLast = static_cast<std::uint8_t>(config::FileIo::async);
  return number <= kLast ? static_cast<config::FileIo>(number) : config::FileIo::sendfile;
}

namespace {

/// What is wrong with a session on its way, or nullptr.
const char* Fault(const TlsPart& tls) noexcept {
  if (!tls::IsIntact(tls.session, tls.selector)) return "its session is not as it was left";
  const tls::Outbound& sealed = tls.session.outbound_of(tls.selector);
  const bool is_out = tls.window_sent == sealed.window_size;
  if (tls.window_sent > sealed.window_size ||
      tls.window.size() != (is_out ? 0 : sealed.window_size)) {
    return "its sealed window is off";
  }
  const auto left =
      static_cast<std::uint32_t>(tls.received) - tls.session.inbound_of(tls.selector).consumed;
  if (left != tls.records.size()) return "its records are not those that were received";
  return tls.facts.size() > kLargestFacts ? "what is said of its client is too long" : nullptr;
}

}  // namespace

const char* Validate(const Parcel& parcel, bool has_file) noexcept {
  const Facts& facts = parcel.facts;
  if (facts.listener.back() != '\0' || facts.listener.front() == '\0')
    return "it names no listener";
  if (facts.fate > Fate::culprit) return "its request has an unknown fate";
  if (facts.closes_after_output > 1 || facts.continue_sent > 1 || facts.is_stream > 1 ||
      facts.is_counted > 1 || facts.is_new > 1) {
    return "a flag of it is off";
  }
  if (facts.received < parcel.input.size()) return "it has more input than was received";
  if (parcel.state.size() > kLargestState) return "its state is too long";
  if (has_file != !parcel.parts.empty()) return "its file and its file parts do not fit";
  std::uint64_t after = 0;
  std::uint64_t batch = parcel.output.size();
  constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 62;
  for (const FilePart& part : parcel.parts) {
    if (part.after < after || part.after > parcel.output.size()) return "its file parts are off";
    if (part.offset > kLargestFile || part.length > kLargestFile) return "a file part is off";
    after = part.after;
    batch += part.length;
    if (batch > kLargestFile) return "its file parts are too long";
  }
  if (facts.batch_position > batch) return "more of it was sent than there is";
  return parcel.tls ? Fault(*parcel.tls) : nullptr;
}

void Detach(Parcel& parcel) {
  std::vector<std::string_view*> views{&parcel.input, &parcel.output, &parcel.state};
  if (parcel.tls) {
    views.insert(views.end(), {&parcel.tls->records, &parcel.tls->window, &parcel.tls->facts});
  }
  std::vector<char> storage;
  for (const std::string_view* const view : views) {
    storage.insert(storage.end(), view->begin(), view->end());
  }
  parcel.storage = std::move(storage);
  std::string_view rest(parcel.storage.data(), parcel.storage.size());
  for (std::string_view* const view : views) {
    *view = rest.substr(0, view->size());
    rest.remove_prefix(view->size());
  }
}

}  // namespace tined::ledger
