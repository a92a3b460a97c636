#include "tls/record_cipher.hpp"

#include <string.h>

#include <algorithm>

namespace tined::tls {
namespace {

constexpr std::size_t kExplicitNonceSize = 8;
constexpr std::uint16_t kWireVersion = 0x0303;  // both versions' records say so

void Put(std::uint64_t number, std::size_t size, std::uint8_t* out) noexcept {
  for (std::size_t i = size; i-- > 0; number >>= 8) out[i] = static_cast<std::uint8_t>(number);
}

std::uint64_t Get(const std::uint8_t* from, std::size_t size) noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | from[i];
  return number;
}

bool HasExplicitNonce(const RecordSeat& seat) noexcept { return seat.shape.begin > kHeaderSize; }

/// The nonce that a record is sealed with. An explicit one counts on from that of the handshake's
/// last record, so that it meets none which was used.
Nonce NonceOf(const RecordSeat& seat) noexcept {
  Nonce nonce = seat.keys.iv;
  std::uint8_t* const count = nonce.data() + nonce.size() - sizeof(std::uint64_t);
  const std::uint64_t base = Get(count, sizeof base);
  Put(HasExplicitNonce(seat) ? base + seat.sequence : base ^ seat.sequence, sizeof base, count);
  return nonce;
}

/// The additional data: in TLS 1.3 the header, in 1.2 what the header would be without sealing.
class AdditionalData {
 public:
  AdditionalData(const RecordSeat& seat, const std::uint8_t* header, std::size_t content) noexcept {
    if (seat.shape.version == Version::tls13) {
      std::copy_n(header, kHeaderSize, bytes_.begin());
      size_ = kHeaderSize;
      return;
    }
    Put(seat.sequence, 8, bytes_.data());
    std::copy_n(header, 3, bytes_.begin() + 8);
    Put(content, 2, bytes_.data() + 11);
  }
  [[nodiscard]] ByteView view() const noexcept { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, 13> bytes_{};
  std::size_t size_ = 13;
};

}  // namespace

RecordHeader ReadHeader(ByteView bytes) noexcept {
  return {static_cast<ContentType>(bytes[0]), static_cast<std::uint16_t>(Get(&bytes[1], 2)),
          static_cast<std::size_t>(Get(&bytes[3], 2))};
}

RecordShape::RecordShape(const Session& session) noexcept
    : version(session.version), begin(kHeaderSize), end(kTagSize) {
  if (version == Version::tls13) {
    end += 1;
  } else if (IsGcm(CipherOf(session.suite))) {
    begin += kExplicitNonceSize;
  }
}

void SealRecord(Aead& aead, const RecordSeat& seat, ContentType type, ByteView content,
                std::uint8_t* out) noexcept {
  const bool is_13 = seat.shape.version == Version::tls13;
  const auto inner_type = static_cast<std::uint8_t>(type);
  out[0] = is_13 ? static_cast<std::uint8_t>(ContentType::application_data) : inner_type;
  Put(kWireVersion, 2, out + 1);
  Put(content.size() + seat.shape.overhead() - kHeaderSize, 2, out + 3);
  const Nonce nonce = NonceOf(seat);
  if (HasExplicitNonce(seat)) {
    std::copy(nonce.end() - kExplicitNonceSize, nonce.end(), out + kHeaderSize);
  }
  const AdditionalData additional(seat, out, content.size());
  std::uint8_t* const to = out + seat.shape.begin;
  Aead::Plain plain{content, is_13 ? ByteView(&inner_type, 1) : ByteView()};
  if (is_13 && content.data() == to) {
    to[content.size()] = inner_type;
    plain = {ByteView(to, content.size() + 1), {}};
  }
  aead.Seal(seat.keys.key, nonce, additional.view(), plain, to);
}

bool OpenRecord(Aead& aead, const RecordSeat& seat, ByteView record, std::uint8_t* out) noexcept {
  const ByteView sealed = record.subspan(seat.shape.begin);
  const std::size_t size = sealed.size() - kTagSize;
  Nonce nonce = NonceOf(seat);
  if (HasExplicitNonce(seat)) {
    // The other side's own: all that has to be right is the tag.
    std::copy_n(record.begin() + kHeaderSize, kExplicitNonceSize, nonce.end() - kExplicitNonceSize);
  }
  const AdditionalData additional(seat, record.data(), size);
  if (aead.Open(seat.keys.key, nonce, additional.view(), sealed, out)) return true;
  ::explicit_bzero(out, size);
  return false;
}

}  // namespace tined::tls
