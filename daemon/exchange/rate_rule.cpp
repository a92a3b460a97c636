#include "exchange/rate_rule.hpp"

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

}  // namespace

RateRule::RateRule(const config::RateLimit& limit, std::string_view scope, shared::RateTable& table)
    : table_(table),
      scope_(table.DigestOf(scope)),
      bucket_(BucketOf(limit)),
      is_of_route_(limit.per == "route"),
      ipv6_prefix_(limit.ipv6_prefix) {
  if (!limit.per.starts_with(kHeader)) return;
  field_ = limit.per.substr(kHeader.size());
  field_id_ = boost::beast::http::string_to_field(field_);
}

/// `kind`: what tells things of one kind from those of another.
std::uint64_t RateRule::KeyOf(std::string_view kind, std::string_view thing) const noexcept {
  std::array<char, 32> bytes{};
  std::memcpy(bytes.data(), &scope_, sizeof scope_);
  char* end = std::copy(kind.begin(), kind.end(), bytes.data() + sizeof scope_);
  end = std::copy(thing.begin(), thing.end(), end);
  const std::string_view whole(bytes.data(), static_cast<std::size_t>(end - bytes.data()));
  return shared::RateTable::KeyOf(scope_, table_.DigestOf(whole));
}

std::uint64_t RateRule::KeyOfClient(const ledger::Peer* client) const noexcept {
  return KeyOf("c", http::ClientOf(client, ipv6_prefix_).text());
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
  const std::uint64_t value = table_.DigestOf(*said);
  return KeyOf("h", {reinterpret_cast<const char*>(&value), sizeof value});
}

std::optional<shared::RateTable::Nanoseconds> RateRule::Take(const http::Request& request,
                                                             TimePoint now) const noexcept {
  return table_.Take(KeyOf(request), bucket_, now);
}

}  // namespace tined::exchange
