#include "children/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tined::children::landlock {
namespace {

constexpr long kHasRefer = 2;
constexpr long kHasScopes = 6;

/// struct landlock_ruleset_attr as of the sixth version.
struct Forbidden {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};
constexpr std::size_t kFirstSize = sizeof(Forbidden::files);

long Version() noexcept {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/// Forbidden by every domain that does not allow it.
bool AllowRenames(const Descriptor& rules) noexcept {
  const Descriptor top(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return top && Allow(rules, top.get(), kRefer);
}

}  // namespace

bool IsThere() noexcept { return Version() >= kHasRefer; }

Descriptor MakeRules(std::uint64_t files, std::uint64_t scoped) noexcept {
  const long version = Version();
  if (version < kHasRefer) return {};
  const bool has_scopes = version >= kHasScopes;
  const Forbidden asked{files | kRefer, 0, has_scopes ? scoped : 0};
  Descriptor rules(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &asked, has_scopes ? sizeof asked : kFirstSize, 0)));
  if (!rules || !AllowRenames(rules)) return {};
  return rules;
}

bool Allow(const Descriptor& rules, int place, std::uint64_t files) noexcept {
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = files;
  beneath.parent_fd = place;
  return ::syscall(SYS_landlock_add_rule, rules.get(), LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) ==
         0;
}

bool Enter(const Descriptor& rules) noexcept {
  return ::syscall(SYS_landlock_restrict_self, rules.get(), 0) == 0;
}

}  // namespace tined::children::landlock
