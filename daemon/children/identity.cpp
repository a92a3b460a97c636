#include "children/identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.hpp"

namespace tined::children {
namespace {

[[noreturn]] void ThrowUnknown(const char* kind, const std::string& name) {
  throw std::system_error(ENOENT, std::generic_category(),
                          std::string("there is no ") + kind + " `" + name + "`");
}

std::vector<gid_t> GroupsOf(const std::string& user, gid_t group) {
  int count = 64;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(user.c_str(), group, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
  }
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

}  // namespace

Identity LookUpIdentity(const std::string& user, const std::string& group) {
  Identity identity;
  if (user.empty() || ::geteuid() != 0) return identity;
  const passwd* const account = ::getpwnam(user.c_str());
  if (account == nullptr) ThrowUnknown("user", user);
  identity.is_other = account->pw_uid != ::geteuid();
  identity.user = account->pw_uid;
  identity.group = account->pw_gid;
  if (!group.empty()) {
    const struct group* const entry = ::getgrnam(group.c_str());
    if (entry == nullptr) ThrowUnknown("group", group);
    identity.group = entry->gr_gid;
    identity.is_other = identity.is_other || identity.group != ::getegid();
  }
  identity.groups = GroupsOf(user, identity.group);
  return identity;
}

local_path::Strangers StrangersOf(const Identity& identity) {
  if (!identity.is_other) return {};
  local_path::Strangers strangers{{}, identity.groups};
  strangers.groups.push_back(identity.group);
  if (identity.user != 0) strangers.user = identity.user;
  return strangers;
}

void Become(const Identity& identity) {
  if (!identity.is_other) {
    // The supervisor has no more rights than this process: without being shown, it could not trace
    // it.
    Check(::prctl(PR_SET_DUMPABLE, 1), "prctl PR_SET_DUMPABLE");
    return;
  }
  Check(::setgroups(identity.groups.size(), identity.groups.data()), "setgroups");
  Check(::setresgid(identity.group, identity.group, identity.group), "setresgid");
  Check(::setresuid(identity.user, identity.user, identity.user), "setresuid");
}

}  // namespace tined::children
