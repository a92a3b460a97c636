#include "exchange/access_rule.hpp"

namespace tined::exchange {

AccessRule::AccessRule(const config::Access& access)
    : allowed_(access.allow),
      denied_(access.deny),
      allows_others_(access.allow.empty() || !access.deny.empty()) {}

bool AccessRule::Allows(const ledger::Peer& client) const noexcept {
  if (allowed_.Contains(client)) return true;
  return allows_others_ && !denied_.Contains(client);
}

}  // namespace tined::exchange
