#include "children/confinement.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace tined::children {
namespace {

// Newer than the headers of some systems that this is compiled on.
constexpr std::uint64_t kRefer = std::uint64_t{1} << 13;        // LANDLOCK_ACCESS_FS_REFER
constexpr std::uint64_t kScopeSignals = std::uint64_t{1} << 1;  // LANDLOCK_SCOPE_SIGNAL
/// A domain must forbid something: nobody without privileges makes block devices anyway.
constexpr std::uint64_t kForbidden = LANDLOCK_ACCESS_FS_MAKE_BLOCK;
constexpr long kHasRefer = 2;
constexpr long kHasScopes = 6;

/// struct landlock_ruleset_attr as of the sixth version.
struct Rules {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};
constexpr std::size_t kFirstSize = sizeof(Rules::files);

/// Renaming and linking across directories is forbidden by every domain that does not allow it.
bool AllowRenames(int rules) noexcept {
  const Descriptor top(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = kRefer;
  beneath.parent_fd = top.get();
  return top &&
         ::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
}

Descriptor MakeRules() noexcept {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < kHasRefer) return {};
  const bool has_scopes = version >= kHasScopes;
  const Rules asked{kForbidden | kRefer, 0, has_scopes ? kScopeSignals : 0};
  Descriptor rules(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &asked, has_scopes ? sizeof asked : kFirstSize, 0)));
  if (!rules || !AllowRenames(rules.get())) return {};
  return rules;
}

}  // namespace

Confinement::Confinement() noexcept : rules_(MakeRules()) {}

bool Confinement::KeepRights() noexcept { return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0; }

bool Confinement::Enter() const noexcept {
  if (!KeepRights()) return false;
  return !rules_ || ::syscall(SYS_landlock_restrict_self, rules_.get(), 0) == 0;
}

}  // namespace tined::children
