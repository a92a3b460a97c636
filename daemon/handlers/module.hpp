// Answers by a module: called on the worker's loop, or on a thread of its pool. Worker's loop
// thread.
#pragma once

#include "backends/modules/module.hpp"
#include "handlers/handler.hpp"

namespace tined::handlers {

class Module final : public Handler {
 public:
  /// Loads, configures and starts the module. Throws std::runtime_error.
  Module(const config::ModuleUse& use, const Context& context);

  void Answer(const http::Request& request, http::Reply& reply) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return kEveryMethod; }
  [[nodiscard]] bool TakesOptions() const noexcept override { return true; }
  [[nodiscard]] bool Opens() const noexcept override { return module_.opens(); }

 private:
  void AnswerOnThread(const http::Request& request, http::Reply& reply);

  backends::Module module_;
  backends::Threads* const threads_;  ///< null: called on the loop
  backends::Reactor* const reactor_;  ///< there
  backends::Draft draft_;
};

}  // namespace tined::handlers
