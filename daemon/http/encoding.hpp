// Which content codings a client takes (RFC 9110, 12.5.3). Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "http/request.hpp"

namespace tined::http {

enum class Coding : std::uint8_t { identity, gzip, zstd, br };

/// The name in Content-Encoding: "gzip".
[[nodiscard]] std::string_view NameOf(Coding coding) noexcept;

class AcceptedCodings {
 public:
  /// 0 (not acceptable) to 1000.
  [[nodiscard]] int Weight(Coding coding) const noexcept {
    return weights_[static_cast<std::size_t>(coding)];
  }

 private:
  friend AcceptedCodings ParseAcceptEncoding(const Request& request) noexcept;
  std::array<int, 4> weights_ = {1000, 0, 0, 0};
};

/// Elements that are malformed do not count. Without the field any coding would be acceptable by
/// the letter; who says nothing is a simple client, and gets the file as it is.
[[nodiscard]] AcceptedCodings ParseAcceptEncoding(const Request& request) noexcept;

}  // namespace tined::http
