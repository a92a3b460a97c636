// Bytes that travel as TLS records (RFC 8446, RFC 5246), of a session that a handshaker has
// established. What arrives is opened into the input that the record describes; what the batch
// holds is sealed into a window, which is committed before its first byte leaves and does not
// change until the kernel has taken all of it (tls/record_writer.hpp). So another process goes on
// in the middle of a record. Worker's loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tls/crypto.hpp"
#include "tls/key_cache.hpp"
#include "tls/record_reader.hpp"
#include "tls/record_writer.hpp"
#include "transport/transport.hpp"

namespace tined::transport {

class Tls final : public Transport {
 public:
  /// All are borrowed. `files` reads what is sealed of files.
  Tls(ledger::Arena& arena, backends::FileReader& files, const tls::Crypto& crypto) noexcept
      : arena_(arena), files_(files), crypto_(crypto), reader_(crypto) {}

  [[nodiscard]] Received Receive(Buffers& buffers) noexcept override;
  [[nodiscard]] Received Resume(Buffers& buffers) noexcept override;
  [[nodiscard]] Sent Send(Buffers& buffers) noexcept override;
  void SendAtOnce(Buffers& buffers, std::string_view bytes) noexcept override;
  void SayEnd(Buffers& buffers) noexcept override;
  [[nodiscard]] bool CanTravel(const Buffers&) const noexcept override { return true; }

  /// Where the keys of the connection with this record are kept while it is busy: as many as are
  /// busy at a time in most workers have one to themselves.
  [[nodiscard]] tls::KeyCache& KeysFor(std::uint32_t number) noexcept {
    return keys_[number % keys_.size()];
  }

 private:
  [[nodiscard]] bool MakeRecordRoom(Buffers& buffers) noexcept;
  [[nodiscard]] Received OpenAll(Buffers& buffers) noexcept;
  [[nodiscard]] Sent SendWindow(Buffers& buffers, std::uint64_t& budget) noexcept;
  [[nodiscard]] bool MakeWindowRoom(Buffers& buffers, std::uint64_t wanted) noexcept;
  [[nodiscard]] Sent SealWindow(Buffers& buffers, bool& has_more) noexcept;
  [[nodiscard]] Sent SealBatch(Buffers& buffers, tls::RecordWriter& writer) noexcept;
  [[nodiscard]] Sent FillRecord(Buffers& buffers, std::uint64_t position,
                                std::span<std::uint8_t> room, std::size_t& filled) noexcept;
  void Commit(Buffers& buffers, tls::RecordWriter& writer) noexcept;
  void SayLast(Buffers& buffers, tls::Alert alert) noexcept;
  void SayRefusal(Buffers& buffers) noexcept;
  void SendNow(Buffers& buffers, tls::RecordWriter& writer) noexcept;
  [[nodiscard]] tls::RecordWriter WriterFor(Buffers& buffers) noexcept;

  ledger::Arena& arena_;
  backends::FileReader& files_;
  tls::Crypto crypto_;
  tls::RecordReader reader_;
  std::array<tls::KeyCache, 512> keys_;
};

}  // namespace tined::transport
