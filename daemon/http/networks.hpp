// A set of clients' addresses: networks of an operator's list, asked whether one of them has a
// client. Found in logarithmic time, without memory of its own. Made once, then constant; any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "config/model.hpp"
#include "ledger/record.hpp"

namespace tined::http {

class Networks {
 public:
  explicit Networks(std::span<const config::Network> networks);

  /// An IPv4 client that came by an IPv6 socket (::ffff:10.0.0.1) is an IPv4 client.
  [[nodiscard]] bool Contains(const ledger::Peer& peer) const noexcept;
  [[nodiscard]] bool is_empty() const noexcept {
    return !has_any_ && !has_unix_ && v4_.empty() && v6_.empty();
  }

 private:
  using Address = std::array<std::uint8_t, 16>;  ///< network byte order; of IPv4 the first 4
  struct Range {
    Address first;
    Address last;
  };
  static void Settle(std::vector<Range>& ranges);
  [[nodiscard]] static bool Contains(const std::vector<Range>& ranges,
                                     const Address& address) noexcept;

  std::vector<Range> v4_;  ///< sorted, no two of them overlap
  std::vector<Range> v6_;
  bool has_any_ = false;
  bool has_unix_ = false;
};

}  // namespace tined::http
