#include "supervisor/places.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include "base/local_path.hpp"
#include "children/identity.hpp"

namespace tined::supervisor {
namespace {

using local_path::Last;
using local_path::Strangers;

/// The default's directory is made when it is needed.
void CheckControl(const std::string& path, const Strangers& strangers) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (!std::filesystem::exists(directory)) return;
  local_path::CheckOwnDirectory(directory);
  (void)local_path::Find(path, strangers, Last::keep);
}

}  // namespace

std::vector<config::Problem> CheckPlaces(const config::Config& config) {
  std::vector<config::Problem> problems;
  const Strangers strangers =
      children::StrangersOf(children::LookUpIdentity(config.user, config.group));
  const auto check = [&](const config::Position& where, const std::function<void()>& step) {
    try {
      step();
    } catch (const std::exception& error) {
      problems.push_back({where, error.what()});
    }
  };
  if (config.access_log) {
    check(config.access_log->where,
          [&] { local_path::CheckLog(config.access_log->path, strangers); });
  }
  if (!config.control.empty()) {
    check(config.control_where, [&] { CheckControl(config.control, strangers); });
  }
  for (const config::Listener& listener : config.listeners) {
    if (listener.address.kind != config::Address::Kind::unix_path) continue;
    check(listener.where,
          [&] { (void)local_path::Find(listener.address.name, strangers, Last::keep); });
  }
  return problems;
}

bool IsAnothersService(const config::Config& config) {
  const children::Identity identity = children::LookUpIdentity(config.user, config.group);
  struct stat status {};
  return identity.is_other && !config.control.empty() &&
         ::stat(std::filesystem::path(config.control).parent_path().c_str(), &status) == 0 &&
         status.st_uid == identity.user;
}

}  // namespace tined::supervisor
