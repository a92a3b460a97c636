#include "exchange/rate_rule.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "http/list.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

constexpr std::string_view kHeader = "header:";

shared::RateTable::Bucket BucketOf(const config::RateLimit& limit) {
  const std::chrono::nanoseconds each(limit.requests.each);
  return {.interval = each / limit.requests.count,
          .burst = limit.burst.value_or(limit.requests.count)};
}

std::string_view BytesOf(const ledger::Peer& client, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(client.address.data()), size};
}

}  // namespace

RateRule::RateRule(const config::RateLimit& limit, std::string_view scope, shared::RateTable& table)
    : table_(table),
      scope_(table.KeyOf(scope)),
      bucket_(BucketOf(limit)),
      is_of_route_(limit.per == "route"),
      ipv6_prefix_(limit.ipv6_prefix) {
  if (!limit.per.starts_with(kHeader)) return;
  field_ = limit.per.substr(kHeader.size());
  field_id_ = boost::beast::http::string_to_field(field_);
}

std::uint64_t RateRule::KeyOf(std::string_view kind, std::string_view thing) const noexcept {
  std::array<char, 32> bytes{};
  std::memcpy(bytes.data(), &scope_, sizeof scope_);
  const std::size_t kind_end = sizeof scope_ + kind.size();
  std::copy(kind.begin(), kind.end(), bytes.begin() + sizeof scope_);
  std::copy(thing.begin(), thing.end(), bytes.begin() + kind_end);
  return table_.KeyOf({bytes.data(), kind_end + thing.size()});
}

std::uint64_t RateRule::KeyOfClient(const ledger::Peer* client) const noexcept {
  if (client == nullptr || client->family == AF_UNSPEC) return KeyOf("u", {});
  ledger::Peer address = http::Unmapped(*client);
  if (address.family == AF_INET) return KeyOf("4", BytesOf(address, 4));
  for (int byte = 0; byte < 16; ++byte) {
    const int left = std::clamp(ipv6_prefix_ - byte * 8, 0, 8);
    auto& whole = address.address[static_cast<std::size_t>(byte)];
    whole = static_cast<std::uint8_t>(whole & (0xff00 >> left));
  }
  return KeyOf("6", BytesOf(address, 16));
}

std::uint64_t RateRule::KeyOf(const http::Request& request) const noexcept {
  if (is_of_route_) return KeyOf("r", {});
  if (field_.empty()) return KeyOfClient(request.peer);
  const std::string_view* said = nullptr;
  for (const http::Field& field : request.fields) {
    if (field.id != field_id_ || !http::EqualsIgnoreCase(field.name, field_)) continue;
    // Which of several a handler goes by is not known: they are as good as none.
    if (said != nullptr) return KeyOfClient(request.peer);
    said = &field.value;
  }
  if (said == nullptr) return KeyOfClient(request.peer);
  const std::uint64_t value = table_.KeyOf(*said);
  return KeyOf("h", {reinterpret_cast<const char*>(&value), sizeof value});
}

std::optional<shared::RateTable::Nanoseconds> RateRule::Take(const http::Request& request,
                                                             TimePoint now) const noexcept {
  return table_.Take(KeyOf(request), bucket_, now);
}

}  // namespace tined::exchange
