// Answers by a program that is started for each request (CGI/1.1, RFC 3875). Worker's loop thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/programs/programs.hpp"
#include "handlers/handler.hpp"
#include "handlers/script.hpp"

namespace tined::handlers {

class ProgramHandler final : public Handler {
 public:
  /// The first `prefix_size` bytes of a path are SCRIPT_NAME's. Throws std::system_error when there
  /// is nothing to run.
  ProgramHandler(const config::Route& route, std::size_t prefix_size,
                 const config::Program& settings, const Context& context);

  void Answer(answer::Exchange& exchange) override;
  [[nodiscard]] std::string_view AllowedMethods() const noexcept override { return kEveryMethod; }
  [[nodiscard]] bool TakesOptions() const noexcept override { return true; }

 private:
  [[nodiscard]] Script Find(std::string_view below) const;
  [[nodiscard]] std::vector<std::string> Environment(const http::Request& request,
                                                     const Script& script) const;

  const config::Route& route_;
  const config::Program& settings_;
  backends::Programs& programs_;
  const std::uint16_t port_;
  const std::size_t prefix_size_;  ///< of the route's path, without the slash at its end
  const std::vector<children::ProcessLimit> limits_;
  std::optional<Scripts> scripts_;  ///< none: one program for all
};

}  // namespace tined::handlers
