// Answers by a module that runs in executors, to requests and to messages of a stream. Worker's
// loop thread.
#pragma once

#include "backends/processes/executor_pools.hpp"
#include "handlers/handler.hpp"

namespace tined::handlers {

class ProcessHandler final : public Handler {
 public:
  /// The executors outlive it.
  explicit ProcessHandler(const backends::ExecutorPools::Target& place)
      : number_(place.number), executors_(place.executors) {}

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return kEveryMethod; }
  [[nodiscard]] bool TakesOptions() const noexcept override { return true; }

 private:
  const std::uint32_t number_;
  backends::Executors& executors_;
};

class ProcessStreamHandler final : public StreamHandler {
 public:
  /// As a ProcessHandler.
  explicit ProcessStreamHandler(const backends::ExecutorPools::Target& place)
      : number_(place.number), executors_(place.executors) {}

  void Answer(const stream::Message& message, stream::Reply& reply) override;
  [[nodiscard]] bool Opens() const noexcept override { return executors_.Opens(number_); }

 private:
  const std::uint32_t number_;
  backends::Executors& executors_;
};

}  // namespace tined::handlers
