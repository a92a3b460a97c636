#include "tls/record_writer.hpp"

#include <string.h>

#include <algorithm>
#include <array>

namespace tined::tls {
namespace {

constexpr std::uint8_t kWarning = 1;
constexpr std::uint8_t kFatal = 2;

constexpr std::size_t kAlertSize = 2;
constexpr std::size_t kKeyUpdateSize = 5;

/// Whether a window begins with a message: the refusal of 1.2, or a KeyUpdate, which is also due
/// when as many records as one key may seal are sealed.
bool BeginsWithMessage(const Session& session, Selector selector) noexcept {
  const bool is_key_worn = session.version == Version::tls13 && IsGcm(CipherOf(session.suite)) &&
                           session.outbound_of(selector).sequence >= kRecordsOfKey;
  return is_key_worn || IsMessageOwed(session, selector);
}

}  // namespace

std::size_t RecordWriter::LeadOf(const Session& session, Selector selector) noexcept {
  const RecordShape shape(session);
  if (!BeginsWithMessage(session, selector)) return shape.begin;
  const bool is_12 = session.version == Version::tls12;
  return shape.overhead() + (is_12 ? kAlertSize : kKeyUpdateSize) + shape.begin;
}

RecordWriter::RecordWriter(const Crypto& crypto, Session& session, Selector selector,
                           KeyCache& cache, std::span<std::uint8_t> room) noexcept
    : crypto_(crypto),
      session_(session),
      selector_(selector),
      cache_(cache),
      room_(room),
      shape_(session),
      next_(session.outbound_of(selector)),
      is_over_(!IsOutboundIntact(session, selector) || next_.is_closed != 0 ||
               room.size() < kSmallestWindow) {
  if (!is_over_) SealOwed();
}

std::size_t RecordWriter::Write(ByteView plain) noexcept {
  std::size_t written = 0;
  while (written < plain.size()) {
    const std::size_t size = Reserve(plain.size() - written).size();
    if (size == 0) break;
    Seal(ContentType::application_data, plain.subspan(written, size));
    written += size;
  }
  next_.consumed += written;
  return written;
}

std::span<std::uint8_t> RecordWriter::Reserve(std::size_t wanted) const noexcept {
  if (is_over_) return {};
  const std::size_t left = room_left();
  std::size_t size = std::min<std::size_t>(wanted, session_.largest_fragment);
  if (size > left) size = left >= kWorthwhile || is_empty() ? left : 0;
  if (size == 0) return {};
  return room_.subspan(size_ + shape_.begin, size);
}

void RecordWriter::SealReserved(std::size_t size) noexcept {
  Seal(ContentType::application_data, room_.subspan(size_ + shape_.begin, size));
  next_.consumed += size;
}

bool RecordWriter::WriteAlert(Alert alert) noexcept {
  if (is_over_ || room_left() < kAlertSize) return false;
  const bool is_warning = alert == Alert::close_notify || alert == Alert::user_canceled;
  const std::array<std::uint8_t, kAlertSize> content = {is_warning ? kWarning : kFatal,
                                                        static_cast<std::uint8_t>(alert)};
  Seal(ContentType::alert, content);
  next_.is_closed = 1;
  is_over_ = true;
  return true;
}

Selector RecordWriter::Finish(std::uint32_t window_begin, std::uint32_t window_place) noexcept {
  next_.window_begin = window_begin;
  next_.window_size = static_cast<std::uint32_t>(size_);
  next_.window_place = window_place;
  if (next_.epoch > 0 && next_.epoch == session_.outbound_of(selector_).epoch) {
    // The secret before: it was replaced by one that counts.
    ::explicit_bzero(&session_.outbound_secrets[(next_.epoch + 1U) & 1U], sizeof(Secret));
  }
  const Selector other = selector_.WithOtherOutbound();
  Outbound& spare = session_.outbound[other.outbound()];
  spare = next_;
  SetCheck(session_, spare);
  return other;
}

void RecordWriter::Seal(ContentType type, ByteView content) noexcept {
  const Secret& secret = session_.outbound_secrets[next_.epoch & 1U];
  const Keys& keys = cache_.Outbound(crypto_.schedule, session_, secret);
  SealRecord(crypto_.aead, {shape_, keys, next_.sequence}, type, content, room_.data() + size_);
  ++next_.sequence;
  size_ += content.size() + shape_.overhead();
}

void RecordWriter::SealOwed() noexcept {
  if (!BeginsWithMessage(session_, selector_)) return;
  const Inbound& inbound = session_.inbound_of(selector_);
  const bool asks = IsRenewalOwed(session_, selector_);
  if (session_.version == Version::tls12) {
    constexpr std::array<std::uint8_t, kAlertSize> kRefusal = {
        kWarning, static_cast<std::uint8_t>(Alert::no_renegotiation)};
    Seal(ContentType::alert, kRefusal);
  } else {
    SealKeyUpdate(asks);
  }
  next_.answered = inbound.asked;
  if (asks) next_.renewal = RenewalIn(inbound);
}

void RecordWriter::SealKeyUpdate(bool asks) noexcept {
  const std::array<std::uint8_t, kKeyUpdateSize> message = {24, 0, 0, 1,
                                                            static_cast<std::uint8_t>(asks)};
  Seal(ContentType::handshake, message);
  Secret secret =
      crypto_.schedule.NextOf(session_.suite, session_.outbound_secrets[next_.epoch & 1U]);
  ++next_.epoch;
  next_.sequence = 0;
  session_.outbound_secrets[next_.epoch & 1U] = secret;
  ::explicit_bzero(&secret, sizeof secret);
}

std::size_t RecordWriter::room_left() const noexcept {
  const std::size_t taken = size_ + shape_.overhead();
  return room_.size() > taken ? room_.size() - taken : 0;
}

}  // namespace tined::tls
