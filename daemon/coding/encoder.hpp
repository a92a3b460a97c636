// Content codings (RFC 9110, 8.4.1) made while an answer is sent. zlib, brotli and zstd have the
// algorithms; their memory is bounded here, to half a megabyte for each encoder. Worker's loop
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "config/model.hpp"
#include "http/encoding.hpp"

namespace tined::coding {

class Encoder {
 public:
  enum class Flush : std::uint8_t {
    piece,  ///< a receiver can decode all that was added so far
    end,    ///< nothing is added any more
  };

  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual ~Encoder() = default;

  /// Appends to `out` what becomes of `bytes`. False: it could not be made, and nothing ever will.
  [[nodiscard]] virtual bool Add(std::string_view bytes, Flush flush, std::string& out) = 0;
};

/// One for gzip, zstd or br; null: there is no memory for it, or `coding` is identity.
[[nodiscard]] std::unique_ptr<Encoder> MakeEncoder(http::Coding coding,
                                                   config::Compress::Effort effort);

/// All of `bytes` at once; empty: it could not be made.
[[nodiscard]] std::string Encoded(http::Coding coding, config::Compress::Effort effort,
                                  std::string_view bytes);

}  // namespace tined::coding
