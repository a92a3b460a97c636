// How often there may be requests (`limits.rate`), counted by all workers together. Made when a
// worker starts, then constant. Worker's loop thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "config/model.hpp"
#include "http/request.hpp"
#include "shared/rate_table.hpp"

namespace tined::exchange {

class RateRule {
 public:
  /// `scope`: what its requests are of, the same over reloads. `table` outlives this.
  RateRule(const config::RateLimit& limit, std::string_view scope, shared::RateTable& table);

  /// Counts a request. Nothing: it is within the limit. Else: when the next one will be.
  [[nodiscard]] std::optional<shared::RateTable::Nanoseconds> Take(const http::Request& request,
                                                                   TimePoint now) const noexcept;

 private:
  [[nodiscard]] std::uint64_t KeyOf(const http::Request& request) const noexcept;
  [[nodiscard]] std::uint64_t KeyOfClient(const ledger::Peer* client) const noexcept;
  [[nodiscard]] std::uint64_t KeyOf(std::string_view kind, std::string_view thing) const noexcept;

  shared::RateTable& table_;
  std::uint64_t scope_;
  shared::RateTable::Bucket bucket_;
  bool is_of_route_;
  std::string field_;  ///< by whose value requests are told apart; empty: by none
  http::Name field_id_ = http::Name::unknown;
  int ipv6_prefix_;
};

}  // namespace tined::exchange
