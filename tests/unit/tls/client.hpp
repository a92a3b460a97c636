// The other side of a session, for tests: seals and opens records as the RFCs describe them,
// written a second time, so that it does not believe what the record layer believes. It can send
// what no client should.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/unit/tls/bytes.hpp"
#include "tls/key_schedule.hpp"
#include "tls/record_cipher.hpp"
#include "tls/session.hpp"

namespace tined::tls::test {

/// A session that begins with made-up secrets, as after a full handshake.
inline Agreed Example(Suite suite, std::uint16_t largest_fragment = kLargestFragment) {
  const bool is_13 = IsKnown(Version::tls13, suite);
  Agreed agreed{.version = is_13 ? Version::tls13 : Version::tls12,
                .suite = suite,
                .largest_fragment = largest_fragment,
                .client = {},
                .server = {},
                .client_sequence = is_13 ? 0U : 1U,
                .server_sequence = is_13 ? 2U : 1U};
  const std::size_t used = is_13 ? (CipherOf(suite) == Cipher::aes_256_gcm ? 48 : 32) : 44;
  for (std::size_t i = 0; i < used; ++i) {
    agreed.client.bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
    agreed.server.bytes[i] = static_cast<std::uint8_t>(i * 11 + 2);
  }
  if (!is_13 && CipherOf(suite) == Cipher::aes_128_gcm) {
    std::fill_n(agreed.client.bytes.begin() + 16, 16, std::uint8_t{0});
    std::fill_n(agreed.server.bytes.begin() + 16, 16, std::uint8_t{0});
  }
  return agreed;
}

inline const std::vector<Suite>& Suites13() {
  static const std::vector<Suite> kSuites = {Suite::aes_128_gcm_sha256, Suite::aes_256_gcm_sha384,
                                             Suite::chacha20_poly1305_sha256};
  return kSuites;
}
inline const std::vector<Suite>& Suites12() {
  static const std::vector<Suite> kSuites = {Suite::ecdhe_ecdsa_aes_128_gcm_sha256,
                                             Suite::ecdhe_rsa_aes_256_gcm_sha384,
                                             Suite::ecdhe_rsa_chacha20_poly1305_sha256};
  return kSuites;
}
inline std::vector<Suite> AllSuites() {
  std::vector<Suite> all = Suites13();
  all.insert(all.end(), Suites12().begin(), Suites12().end());
  return all;
}

class Client {
 public:
  explicit Client(const Agreed& agreed)
      : is_13_(agreed.version == Version::tls13),
        suite_(agreed.suite),
        sending_{agreed.client, agreed.client_sequence},
        receiving_{agreed.server, agreed.server_sequence} {}

  /// A record; the zeros behind its type are for TLS 1.3.
  ByteString Record(ContentType type, ByteView content, std::size_t padding = 0) {
    if (!is_13_) return Seal(type, content);
    ByteString inner(content.begin(), content.end());
    inner.push_back(static_cast<std::uint8_t>(type));
    inner.resize(inner.size() + padding);
    return Inner(inner);
  }
  ByteString Data(std::string_view text) {
    return Record(ContentType::application_data, BytesOf(text));
  }
  ByteString Alert(std::uint8_t level, std::uint8_t number) {
    return Record(ContentType::alert, std::array<std::uint8_t, 2>{level, number});
  }
  /// TLS 1.3: what lies inside of a record, type and padding included.
  ByteString Inner(ByteView inner) { return Seal(ContentType::application_data, inner); }
  /// A KeyUpdate, after which the next key is in use.
  ByteString KeyUpdate(std::uint8_t value) {
    ByteString record = Record(ContentType::handshake, ByteString{24, 0, 0, 1, value});
    RenewSending();
    return record;
  }
  void RenewSending() { Renew(sending_); }
  /// A record is lost, or was never sent.
  void SkipSending() { ++sending_.sequence; }
  /// As if it had sent so many.
  void SetSent(std::uint64_t sequence) { sending_.sequence = sequence; }
  void SetReceived(std::uint64_t sequence) { receiving_.sequence = sequence; }

  struct Received {
    ContentType type;
    ByteString content;
    std::size_t size;  ///< of the record
  };
  /// What whole records at the front of `stream` hold; KeyUpdates are obeyed.
  std::vector<Received> Read(ByteView stream) {
    std::vector<Received> all;
    while (stream.size() >= 5) {
      const std::size_t size = 5U + (std::size_t{stream[3]} << 8 | stream[4]);
      if (stream.size() < size) break;
      all.push_back(Open(stream.first(size)));
      stream = stream.subspan(size);
    }
    BOOST_TEST(stream.empty());
    return all;
  }
  /// The application bytes in `stream`, which brings nothing else.
  std::string ReadData(ByteView stream) {
    std::string text;
    for (const Received& received : Read(stream)) {
      BOOST_TEST((received.type == ContentType::application_data));
      text.append(received.content.begin(), received.content.end());
    }
    return text;
  }
  /// As ReadData, of a stream that has KeyUpdates in it.
  std::string ReadWithUpdates(ByteView stream) {
    std::string text;
    for (const Received& received : Read(stream)) {
      if (received.type != ContentType::application_data) continue;
      text.append(received.content.begin(), received.content.end());
    }
    return text;
  }

 private:
  struct Direction {
    Secret secret;
    std::uint64_t sequence;
  };

  void Renew(Direction& direction) { direction = {schedule_.NextOf(suite_, direction.secret), 0}; }
  Keys KeysOf(const Direction& direction) {
    return schedule_.KeysOf(is_13_ ? Version::tls13 : Version::tls12, suite_, direction.secret);
  }
  [[nodiscard]] bool IsExplicit() const { return !is_13_ && IsGcm(CipherOf(suite_)); }

  /// iv XOR sequence, or with TLS 1.2's GCM the fixed part and `explicit_part`.
  [[nodiscard]] Nonce NonceOf(Nonce iv, std::uint64_t sequence, ByteView explicit_part) const {
    for (std::size_t i = 0; i < 8; ++i) {
      if (IsExplicit()) {
        iv[4 + i] = explicit_part[i];
      } else {
        iv[11 - i] ^= static_cast<std::uint8_t>(sequence >> 8 * i);
      }
    }
    return iv;
  }
  [[nodiscard]] ByteString AdditionalData(const Direction& direction, ByteView header,
                                          std::size_t plain_size) const {
    if (is_13_) return {header.begin(), header.begin() + 5};
    ByteString additional;
    for (int i = 7; i >= 0; --i) {
      additional.push_back(static_cast<std::uint8_t>(direction.sequence >> 8 * i));
    }
    additional.insert(additional.end(), header.begin(), header.begin() + 3);
    additional.push_back(static_cast<std::uint8_t>(plain_size >> 8));
    additional.push_back(static_cast<std::uint8_t>(plain_size));
    return additional;
  }

  ByteString Seal(ContentType type, ByteView plain) {
    const std::size_t explicit_size = IsExplicit() ? 8 : 0;
    const std::size_t size = explicit_size + plain.size() + 16;
    ByteString record = {static_cast<std::uint8_t>(type), 3, 3,
                         static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    // A client's explicit nonces are its own choice: here they count down.
    for (std::size_t i = 0; i < explicit_size; ++i) {
      record.push_back(static_cast<std::uint8_t>(~sending_.sequence >> 8 * i));
    }
    const Keys keys = KeysOf(sending_);
    const Nonce nonce = NonceOf(keys.iv, sending_.sequence, ByteView(record).subspan(5));
    const ByteString additional = AdditionalData(sending_, record, plain.size());
    record.resize(5 + size);
    aead_->Seal(keys.key, nonce, additional, {plain, {}}, record.data() + 5 + explicit_size);
    ++sending_.sequence;
    return record;
  }

  Received Open(ByteView record) {
    const std::size_t explicit_size = IsExplicit() ? 8 : 0;
    const ByteView sealed = record.subspan(5 + explicit_size);
    const Keys keys = KeysOf(receiving_);
    ByteString plain(sealed.size() - 16);
    BOOST_TEST_REQUIRE(
        aead_->Open(keys.key, NonceOf(keys.iv, receiving_.sequence, record.subspan(5)),
                    AdditionalData(receiving_, record, plain.size()), sealed, plain.data()));
    ++receiving_.sequence;
    Received received{static_cast<ContentType>(record[0]), plain, record.size()};
    if (is_13_) {
      BOOST_TEST(record[0] == 23);
      received.type = static_cast<ContentType>(plain.back());
      received.content.pop_back();
      if (received.type == ContentType::handshake) Renew(receiving_);
    }
    return received;
  }

  bool is_13_;
  Suite suite_;
  Direction sending_;
  Direction receiving_;
  std::unique_ptr<Aead> aead_ = MakeAead(Library::openssl);
  KeySchedule schedule_;
};

}  // namespace tined::tls::test
