// The users of a file and their hashes (`auth.basic.users`), as a worker knows them: read when it
// starts, and again when the file has changed, which is looked for once a second at the most, when
// somebody asks. What cannot be read then, or is malformed, is told, and what was read before
// stays. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "config/users_file.hpp"

namespace tined::backends {

class Users {
 public:
  /// Throws std::runtime_error with everything that is wrong with the file.
  Users(std::string path, TimePoint now);
  Users(const Users&) = delete;
  Users& operator=(const Users&) = delete;

  /// What a password has to fit. Of a name that nobody has it is another user's, the same each
  /// time, so that it takes as long to find out.
  struct Hash {
    std::string_view text;  ///< borrowed until the next call
    bool is_of_user = false;
  };
  [[nodiscard]] Hash Find(std::string_view name, TimePoint now) noexcept;

 private:
  void Refresh() noexcept;

  const std::string path_;
  const DigestKey key_ = DigestKey::Random();
  std::vector<config::User> users_;
  config::FileState state_;  ///< of the file when it was read last
  TimePoint looked_;
};

}  // namespace tined::backends
