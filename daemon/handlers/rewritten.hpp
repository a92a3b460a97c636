// Shows a handler another path than the client's (`rewrite`): the handler behind it never knows,
// and nobody before it, the access log among them, sees anything but what was asked. Worker's loop
// thread.
#pragma once

#include <memory>
#include <string_view>

#include "handlers/address.hpp"
#include "handlers/handler.hpp"

namespace tined::handlers {

class Rewritten final : public Handler {
 public:
  /// `route` has a `rewrite`.
  Rewritten(const config::Route& route, std::unique_ptr<Handler> handler);

  /// A request that makes no path of `rewrite` is answered with 400.
  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override {
    return handler_->AllowedMethods();
  }
  [[nodiscard]] bool TakesOptions() const noexcept override { return handler_->TakesOptions(); }
  [[nodiscard]] bool TakesUnknownMethods() const noexcept override {
    return handler_->TakesUnknownMethods();
  }

 private:
  class Later;

  const Address to_;
  const std::unique_ptr<Handler> handler_;
};

}  // namespace tined::handlers
