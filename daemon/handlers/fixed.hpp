// Answers that need nothing but the request: fixed bytes and redirections. Worker's loop thread.
#pragma once

#include <string>
#include <string_view>

#include "handlers/address.hpp"
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
  /// The path of `route` is what is replaced by the settings' `to`.
  Redirect(const config::Route& route, const config::Redirect& settings);

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override;

 private:
  /// Nothing: it needs a host, and the client has said none.
  [[nodiscard]] std::optional<std::string> Location(const http::Request& request) const;

  const config::Redirect& settings_;
  const std::size_t prefix_size_;
  const Address to_;
};

}  // namespace tined::handlers
