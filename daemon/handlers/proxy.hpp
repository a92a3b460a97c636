// Answers with what a server answers that speaks HTTP/1.1. Worker's loop thread.
#pragma once

#include "backends/upstreams/upstream.hpp"
#include "handlers/handler.hpp"

namespace tined::handlers {

class Proxy final : public Handler {
 public:
  /// `settings` outlives it. Throws std::system_error for an address that is none.
  Proxy(const config::Route& route, const config::Proxy& settings, const Context& context);

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return kEveryMethod; }
  [[nodiscard]] bool TakesOptions() const noexcept override { return true; }
  [[nodiscard]] bool TakesUnknownMethods() const noexcept override { return true; }

 private:
  const config::Proxy& settings_;
  backends::Upstream upstream_;
};

}  // namespace tined::handlers
