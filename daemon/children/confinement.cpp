#include "children/confinement.hpp"

#include <sys/prctl.h>

#include "children/landlock.hpp"

namespace tined::children {

/// A domain must forbid something: nobody without privileges makes block devices anyway.
Confinement::Confinement() noexcept
    : rules_(landlock::MakeRules(landlock::kMakeBlock, landlock::kScopeSignals)) {}

bool Confinement::KeepRights() noexcept { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; }

bool Confinement::Enter() const noexcept {
  if (!KeepRights()) return false;
  return !rules_ || landlock::Enter(rules_);
}

}  // namespace tined::children
