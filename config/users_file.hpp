// A file of users and of what their passwords come to, as htpasswd writes it (`auth.basic.users`):
// `name:hash` a line, behind another colon whatever else; empty lines, and those that begin with
// `#`, say nothing. Hashes are such as crypt(5) has and nobody is known to guess at speed: bcrypt,
// yescrypt, SHA-crypt. Read by whoever checks a configuration, and by workers; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace tined::config {

struct User {
  std::string name;
  std::string hash;  ///< "$2y$10$..."
  int line = 0;
};

/// What a file of users says, or all that is wrong with it.
struct UsersReading {
  std::vector<User> users;  ///< by name
  std::vector<Problem> problems;
};

/// The user of that name; null: there is none. `users` are sorted by name.
[[nodiscard]] const User* FindUser(const std::vector<User>& users, std::string_view name) noexcept;

/// `file` is what problems call it.
[[nodiscard]] UsersReading ParseUsers(std::string_view text, const std::string& file);

/// By it one state of a file is told from another one.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;  ///< ns, as `changed`
  std::int64_t changed = 0;
  std::uint32_t mode = 0;
  bool operator==(const FileState&) const = default;
};
/// As it is now; all zero: it cannot be found.
[[nodiscard]] FileState StateOf(const std::string& path) noexcept;

/// Reads a file of at most 16 MiB. One that cannot be read is a problem without a line.
[[nodiscard]] UsersReading ReadUsers(const std::string& path);

}  // namespace tined::config
