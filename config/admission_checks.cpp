// Checks across the keys of what is asked of requests (admission_sections.hpp).
#include <fmt/format.h>

#include <algorithm>

#include "config/reader.hpp"

namespace tined::config {
namespace {

/// Whether each client of `inner` is one of `outer`.
bool Contains(const Network& outer, const Network& inner) {
  if (outer.kind == Network::Kind::any) return true;
  if (outer.kind != inner.kind || outer.prefix > inner.prefix) return false;
  for (std::size_t bit = 0; bit < outer.prefix; ++bit) {
    const auto differing = static_cast<unsigned>(outer.address[bit / 8] ^ inner.address[bit / 8]);
    if ((differing & (0x80U >> bit % 8)) != 0) return false;
  }
  return true;
}

void CheckCount(std::string_view key, const std::vector<Network>& networks,
                const Findings& findings) {
  if (networks.size() <= kMostNetworks) return;
  findings.Refuse(
      key, fmt::format("{} networks, at most {} are possible", networks.size(), kMostNetworks));
}

}  // namespace

void CheckSection(RateLimit& rate, const Findings& findings) {
  if (findings.has_problems() || rate.per != "route" || !findings.Has("ipv6_prefix")) return;
  findings.Refuse("ipv6_prefix", "`per: route` counts all clients together");
}

void CheckSection(RouteLimits& limits, const Findings& findings) {
  const bool says_something = limits.body || limits.rate || limits.in_flight || limits.connections;
  if (findings.has_problems() || says_something) return;
  findings.Refuse("body",
                  "`limits` says nothing: give `body`, `rate`, `in_flight` or `connections`");
}

void CheckSection(Auth&, const Findings& findings) {
  if (findings.has_problems() || findings.Has("basic")) return;
  findings.Refuse("basic", "`auth` says nothing: give `basic`, or `basic: off`");
}

void CheckSection(Access& access, const Findings& findings) {
  CheckCount("allow", access.allow, findings);
  CheckCount("deny", access.deny, findings);
  if (findings.has_problems()) return;
  if (access.allow.empty() && access.deny.empty()) {
    return findings.Refuse("allow", "`access` says nothing: give `allow`, `deny` or both");
  }
  const NetworkRule rule{"all"};
  for (const Network& denied : access.deny) {
    const auto outer = std::find_if(access.allow.begin(), access.allow.end(),
                                    [&](const Network& each) { return Contains(each, denied); });
    if (outer == access.allow.end()) continue;
    findings.Refuse("deny", fmt::format("{} denies nobody: `allow` comes first, and has {}",
                                        Quoted(rule.Write(denied)), Quoted(rule.Write(*outer))));
  }
}

}  // namespace tined::config
