// Answers by a module, to requests and to messages of a stream: called on the worker's loop, or on
// a thread of its pool. Worker's loop thread.
#pragma once

#include "backends/modules/module.hpp"
#include "handlers/handler.hpp"

namespace tined::handlers {

/// A module in use by this worker, and where it is called.
struct UsedModule {
  /// Loads, configures and starts the module. Throws std::runtime_error.
  UsedModule(const config::ModuleUse& use, const Context& context);

  backends::Module module;
  backends::Threads* const threads;  ///< null: called on the loop
  backends::Reactor* const reactor;  ///< there
  backends::Draft draft;             ///< what it makes there; clear, or what an answer still shows
};

class ModuleHandler final : public Handler {
 public:
  /// Throws as UsedModule does.
  ModuleHandler(const config::ModuleUse& use, const Context& context) : used_(use, context) {}

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return kEveryMethod; }
  [[nodiscard]] bool TakesOptions() const noexcept override { return true; }

 private:
  UsedModule used_;
};

class ModuleStreamHandler final : public StreamHandler {
 public:
  /// Throws as UsedModule does.
  ModuleStreamHandler(const config::ModuleUse& use, const Context& context) : used_(use, context) {}

  void Answer(const stream::Message& message, stream::Reply& reply) override;
  [[nodiscard]] bool Opens() const noexcept override { return used_.module.opens(); }

 private:
  UsedModule used_;
};

}  // namespace tined::handlers
