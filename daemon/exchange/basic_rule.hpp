// Whose requests are answered, by name and password (`auth.basic`; RFC 7617). Made when a worker
// starts; the users are read again when their file changes. Worker's loop thread.
#pragma once

#include <memory>
#include <string>

#include "answer/exchange.hpp"
#include "backends/passwords.hpp"
#include "config/model.hpp"
#include "exchange/password_wait.hpp"
#include "http/credentials.hpp"

namespace tined::exchange {

class BasicRule {
 public:
  /// `passwords` outlives this. Throws std::runtime_error when the users cannot be read.
  BasicRule(const config::BasicAuth& basic, backends::Passwords& passwords);

  enum class Verdict : std::uint8_t {
    right,
    wrong,    ///< none was given, or none that fits
    unknown,  ///< it has to be computed
  };
  /// Its answer does not change within a turn of the loop.
  [[nodiscard]] Verdict Judge(const http::Request& request) const;
  /// 401, and what is asked for.
  void Refuse(answer::Exchange& exchange) const;
  /// Has the answer wait for the verdict, which is unknown; or refuses, where too many wait.
  void Ask(answer::Exchange& exchange, const PasswordWait::Past& past) const;

 private:
  [[nodiscard]] backends::Passwords::Question QuestionOf(const http::Credentials& said) const;

  backends::Passwords& passwords_;
  const std::shared_ptr<backends::Users> users_;
  const std::string challenge_;  ///< a field line
};

}  // namespace tined::exchange
