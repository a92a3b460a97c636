// Makes header blocks of fields (RFC 7541). libnghttp2 has the algorithm and decides which fields
// are worth a place in the client's table. Nothing of it has to outlive a worker: a successor, who
// does not know what that table holds, begins its first block by setting the table's size to 0,
// which empties it, and then to what both sides have room for. So an encoder may also be let go
// while its connection is idle. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "http2/field.hpp"
#include "http2/settings.hpp"

struct nghttp2_hd_deflater;

namespace tined::http2 {

class HpackEncoder {
 public:
  enum class Place : std::uint8_t {
    first,      ///< no block was sent on the connection
    successor,  ///< there may have been some, by an encoder that is no more
  };
  /// `client_table_size`: its SETTINGS_HEADER_TABLE_SIZE. False as a bool when there is no memory.
  HpackEncoder(Place place, std::uint32_t client_table_size) noexcept;
  explicit operator bool() const noexcept { return deflater_ != nullptr; }

  /// The client's setting has changed: the next block says what becomes of the table. False when
  /// there is no memory, which ends this encoder.
  [[nodiscard]] bool SetClientTableSize(std::uint32_t size) noexcept;

  /// Appends the block of these fields, whose names are in lower case. False when there is no
  /// memory: the encoder is not to be used again, for the client has not seen what it has noted.
  [[nodiscard]] bool Encode(std::span<const Field> fields, std::string& block) noexcept;

 private:
  struct Delete {
    void operator()(nghttp2_hd_deflater* deflater) const noexcept;
  };
  std::unique_ptr<nghttp2_hd_deflater, Delete> deflater_;
};

}  // namespace tined::http2
