// Makes fields of header blocks (RFC 7541), with a client's table of those that it has sent before.
// libnghttp2 has the algorithm. Its state cannot be shared with another process, but what the table
// holds says all of it: Save() puts that into a few KiB of shared memory, and a decoder that is
// made of those goes on exactly where the one before was. Worker's loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http2/field.hpp"
#include "http2/settings.hpp"

struct nghttp2_hd_inflater;

namespace tined::http2 {

/// What the copy of a table without entries takes.
inline constexpr std::size_t kTableHeaderSize = 4;
/// Every table fits: an entry counts for more there than it takes here.
inline constexpr std::size_t kLargestTableCopy = kTableHeaderSize + kDefaultTableSize;

class HpackDecoder {
 public:
  enum class Outcome : std::uint8_t {
    fields,     ///< all of them are in the list
    too_large,  ///< they are beyond its limits; the table is as it has to be for the next block
    flood,      ///< so far beyond that it is not read to its end: the connection is over
    broken,     ///< COMPRESSION_ERROR: the connection is over
  };
  /// Fields that count for this many times their limit are a flood: a byte may stand for 4 KiB.
  static constexpr std::size_t kFloodFactor = 16;

  /// A new connection's: the table is empty. False as a bool when there is no memory.
  HpackDecoder() noexcept;
  /// One that goes on with what Save wrote. False as a bool when `copy` is none, or makes no sense.
  explicit HpackDecoder(std::string_view copy) noexcept;
  explicit operator bool() const noexcept { return inflater_ != nullptr; }

  /// Reads a block that is whole, in the pieces that its frames had, into `fields`, which are
  /// cleared before.
  [[nodiscard]] Outcome Decode(std::span<const std::string_view> fragments,
                               FieldList& fields) noexcept;
  /// The last block may have changed the table: a copy of how it was before is worth nothing.
  [[nodiscard]] bool has_changed() const noexcept { return has_changed_; }

  /// Writes the table into `room`, of kLargestTableCopy bytes, and returns how many it took.
  [[nodiscard]] std::size_t Save(std::span<char> room) const noexcept;

 private:
  struct Delete {
    void operator()(nghttp2_hd_inflater* inflater) const noexcept;
  };

  [[nodiscard]] Outcome DecodeWhole(std::string_view block, FieldList& fields) noexcept;
  [[nodiscard]] bool Restore(std::string_view copy);

  std::unique_ptr<nghttp2_hd_inflater, Delete> inflater_;
  bool has_changed_ = false;
};

}  // namespace tined::http2
