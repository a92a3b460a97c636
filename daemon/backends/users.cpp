#include "backends/users.hpp"

#include <stdexcept>
#include <utility>

#include "base/log.hpp"

namespace tined::backends {
namespace {

constexpr Duration kBetweenLooks = std::chrono::seconds(1);
/// A hash that no password has, for a file without users: bcrypt, as htpasswd -B makes it.
constexpr std::string_view kNobodys =
    "$2y$10$abcdefghijklmnopqrstuu4T826PRnz0Hu6YlprUuxkZxOOj5Fw5S";

}  // namespace

Users::Users(std::string path, TimePoint now)
    : path_(std::move(path)), state_(config::StateOf(path_)), looked_(now) {
  config::UsersReading reading = config::ReadUsers(path_);
  if (!reading.problems.empty()) {
    throw std::runtime_error(config::ConfigError(std::move(reading.problems)).what());
  }
  users_ = std::move(reading.users);
}

Users::Hash Users::Find(std::string_view name, TimePoint now) noexcept {
  if (now - looked_ >= kBetweenLooks) {
    looked_ = now;
    Refresh();
  }
  if (const config::User* const user = config::FindUser(users_, name)) return {user->hash, true};
  if (users_.empty()) return {kNobodys, false};
  return {users_[Digest(name, key_) % users_.size()].hash, false};
}

/// The state is looked at first: what changes while the file is read shows the next time.
void Users::Refresh() noexcept {
  const config::FileState now = config::StateOf(path_);
  if (now == state_) return;
  state_ = now;
  config::UsersReading reading = config::ReadUsers(path_);
  if (reading.problems.empty()) {
    users_ = std::move(reading.users);
    return;
  }
  for (const config::Problem& problem : reading.problems) {
    log::Error("a file of users has changed and cannot be used: what it said before counts",
               {{"problem", config::Format(problem)}});
  }
}

}  // namespace tined::backends
