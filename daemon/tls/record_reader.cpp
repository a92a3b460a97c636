#include "tls/record_reader.hpp"

#include <string.h>

#include <cstring>
#include <optional>

#include "tls/message.hpp"
#include "tls/record_cipher.hpp"

namespace tined::tls {
namespace {

using Kind = Opened::Kind;

Opened Fault(Alert alert) noexcept { return {.kind = Kind::fault, .alert = alert}; }

Opened Needs(Kind what, std::size_t size) noexcept {
  return {.kind = what, .size = static_cast<std::uint32_t>(size)};
}

/// What is wrong with a record as far as its header tells. Nobody waits for the rest of it.
std::optional<Alert> Judge(const Session& session, const RecordShape& shape,
                           const RecordHeader& header) noexcept {
  const std::size_t content_begin = shape.begin - kHeaderSize;
  if (session.version == Version::tls13) {
    // The version is to be ignored (RFC 8446, 5.1). All padding counts.
    if (header.type != ContentType::application_data) return Alert::unexpected_message;
    if (header.size > kLargestFragment + shape.end) return Alert::record_overflow;
  } else {
    if (header.type < ContentType::alert || header.type > ContentType::application_data) {
      return Alert::unexpected_message;
    }
    if (header.version != static_cast<std::uint16_t>(Version::tls12)) {
      return Alert::protocol_version;
    }
    if (header.size > session.largest_fragment + content_begin + shape.end) {
      return Alert::record_overflow;
    }
  }
  if (header.size < content_begin + kTagSize) return Alert::bad_record_mac;
  return std::nullopt;
}

struct Content {
  ContentType type;
  ByteView bytes;
};

/// Takes off the padding, and the type in front of it. None: there are only zeros.
std::optional<Content> Unpad(ByteView inner) noexcept {
  std::size_t size = inner.size();
  // A client may send 16 KiB of it for each byte.
  for (std::uint64_t word = 0; size >= sizeof word; size -= sizeof word) {
    std::memcpy(&word, &inner[size - sizeof word], sizeof word);
    if (word != 0) break;
  }
  while (size > 0 && inner[size - 1] == 0) --size;
  if (size == 0) return std::nullopt;
  return Content{static_cast<ContentType>(inner[size - 1]), inner.first(size - 1)};
}

Kind KindOf(Meaning::Kind kind) noexcept {
  switch (kind) {
    case Meaning::Kind::application:
      return Kind::application;
    case Meaning::Kind::nothing:
      return Kind::nothing;
    case Meaning::Kind::key_update:
      return Kind::key_update;
    case Meaning::Kind::close_notify:
      return Kind::close_notify;
    case Meaning::Kind::alert:
      return Kind::alert;
    case Meaning::Kind::fault:
      break;
  }
  return Kind::fault;
}

/// The client's next key, in the place of the one before last.
void Renew(KeySchedule& schedule, Session& session, Inbound& next) noexcept {
  Secret secret = schedule.NextOf(session.suite, session.inbound_secrets[next.epoch & 1U]);
  ++next.epoch;
  next.sequence = 0;
  session.inbound_secrets[next.epoch & 1U] = secret;
  ::explicit_bzero(&secret, sizeof secret);
}

/// Fills in the version that does not count. A secret that has been replaced is needed no more as
/// soon as the next one counts.
void Prepare(Session& session, Selector selector, const Inbound& next) noexcept {
  if (next.epoch > 0 && next.epoch == session.inbound_of(selector).epoch) {
    ::explicit_bzero(&session.inbound_secrets[(next.epoch + 1U) & 1U], sizeof(Secret));
  }
  Inbound& spare = session.inbound[selector.WithOtherInbound().inbound()];
  spare = next;
  SetCheck(session, spare);
}

}  // namespace

Opened RecordReader::Open(Session& session, Selector selector, KeyCache& cache, ByteView received,
                          std::span<std::uint8_t> room) const noexcept {
  if (!IsInboundIntact(session, selector)) return {.kind = Kind::broken};
  if (session.inbound_of(selector).is_closed != 0) return {.kind = Kind::close_notify};
  if (received.size() < kHeaderSize) return Needs(Kind::needs_input, kHeaderSize - received.size());
  const RecordShape shape(session);
  const RecordHeader header = ReadHeader(received);
  if (const auto alert = Judge(session, shape, header)) return Fault(*alert);
  const std::size_t size = kHeaderSize + header.size;
  if (received.size() < size) return Needs(Kind::needs_input, size - received.size());
  const std::size_t inner_size = size - shape.begin - kTagSize;
  if (room.size() < inner_size) return Needs(Kind::needs_room, inner_size);
  return OpenWhole(session, selector, cache, received.first(size), room.first(inner_size));
}

Opened RecordReader::OpenWhole(Session& session, Selector selector, KeyCache& cache,
                               ByteView record, std::span<std::uint8_t> room) const noexcept {
  Inbound next = session.inbound_of(selector);
  const Keys& keys =
      cache.Inbound(crypto_.schedule, session, session.inbound_secrets[next.epoch & 1U]);
  if (!OpenRecord(crypto_.aead, {RecordShape(session), keys, next.sequence}, record, room.data())) {
    return Fault(Alert::bad_record_mac);
  }
  std::optional<Content> content = Content{ReadHeader(record).type, room};
  if (session.version == Version::tls13) content = Unpad(room);
  if (!content.has_value()) return Fault(Alert::unexpected_message);
  if (content->bytes.size() > session.largest_fragment) return Fault(Alert::record_overflow);

  const Meaning meaning = Understand(session.version, content->type, content->bytes, next);
  if (meaning.kind == Meaning::Kind::fault) return Fault(meaning.alert);
  Opened opened{.kind = KindOf(meaning.kind),
                .alert = meaning.alert,
                .record_size = static_cast<std::uint32_t>(record.size())};
  if (opened.kind == Kind::application) {
    opened.size = static_cast<std::uint32_t>(content->bytes.size());
  }
  ++next.sequence;
  if (opened.kind == Kind::key_update) Renew(crypto_.schedule, session, next);
  next.consumed += opened.record_size;
  next.produced += opened.size;
  Prepare(session, selector, next);
  return opened;
}

}  // namespace tined::tls
