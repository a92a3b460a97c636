// Records of an exported session, to see whether a client can go on with what was exported.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tls/record_cipher.hpp"

namespace tined::handshake {

/// One direction of a session.
class Direction {
 public:
  Direction(const tls::Session& session, const tls::Secret& secret, std::uint64_t sequence)
      : shape_(session),
        keys_(tls::KeySchedule().KeysOf(session.version, session.suite, secret)),
        sequence_(sequence) {}

  /// One record with application bytes.
  std::string Seal(std::string_view text) {
    std::string record(text.size() + shape_.overhead(), '\0');
    tls::SealRecord(*aead_, Next(), tls::ContentType::application_data, BytesOf(text),
                    reinterpret_cast<std::uint8_t*>(record.data()));
    return record;
  }

  /// What is in the first of some records, which is taken off; "error" if it cannot be opened.
  std::string Open(std::string& records) {
    const std::size_t size = tls::kHeaderSize + tls::ReadHeader(BytesOf(records)).size;
    std::string text(size, '\0');
    const bool is_right = tls::OpenRecord(*aead_, Next(), BytesOf(records).first(size),
                                          reinterpret_cast<std::uint8_t*>(text.data()));
    records.erase(0, size);
    return is_right ? text.substr(0, size - shape_.overhead()) : "error";
  }

 private:
  static tls::ByteView BytesOf(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  }
  tls::RecordSeat Next() { return {shape_, keys_, sequence_++}; }

  std::unique_ptr<tls::Aead> aead_ = tls::MakeAead(tls::Library::openssl);
  tls::RecordShape shape_;
  tls::Keys keys_;
  std::uint64_t sequence_;
};

inline Direction ToServer(const tls::Session& session) {
  return {session, session.inbound_secrets[0], session.inbound[0].sequence};
}
inline Direction ToClient(const tls::Session& session) {
  return {session, session.outbound_secrets[0], session.outbound[0].sequence};
}

}  // namespace tined::handshake
