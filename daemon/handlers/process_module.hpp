// Answers by a module that runs in executors. Worker's loop thread.
#pragma once

#include "backends/processes/executors.hpp"
#include "handlers/handler.hpp"

namespace tined::handlers {

class ProcessModule final : public Handler {
 public:
  /// `number`: the place in config::ProcessModulesOf. `executors` outlives it.
  ProcessModule(std::uint32_t number, backends::Executors& executors)
      : number_(number), executors_(executors) {}

  void Answer(const http::Request& request, http::Reply& reply) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return kEveryMethod; }
  [[nodiscard]] bool TakesOptions() const noexcept override { return true; }
  [[nodiscard]] bool Opens() const noexcept override { return executors_.Opens(number_); }

 private:
  const std::uint32_t number_;
  backends::Executors& executors_;
};

}  // namespace tined::handlers
