// Answers that need nothing but the request: fixed bytes and redirections. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>

#include "handlers/handler.hpp"

namespace tined::handlers {

class Respond final : public Handler {
 public:
  explicit Respond(const config::Respond& settings);

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override;

 private:
  const config::Respond& settings_;
  const std::string lines_;
};

class Redirect final : public Handler {
 public:
  /// `route_path`: what is replaced by the settings' `to`.
  Redirect(std::string_view route_path, const config::Redirect& settings);

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override;

 private:
  [[nodiscard]] std::string Location(const http::Request& request) const;

  const config::Redirect& settings_;
  const std::size_t prefix_size_;  ///< of the route's path, without the slash at its end
};

}  // namespace tined::handlers
