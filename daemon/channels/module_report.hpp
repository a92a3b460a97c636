// What a child tells the supervisor of its modules while it gets ready: which one it is at, and
// which ones refuse. So a module that hangs or crashes in its constructor has a name, and each is
// configured once a process. Worker and spawner, before they serve.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "channels/control_pair.hpp"
#include "config/model.hpp"

namespace tined::channels {

class ModuleReport {
 public:
  /// `control` and `config` are borrowed.
  ModuleReport(int control, const config::Config& config)
      : control_(control), uses_(config::ModulesOf(config)) {}

  /// The module is about to be loaded and configured; to be started.
  void Configures(const config::ModuleUse& use) const noexcept;
  void Starts(const config::ModuleUse& use) const noexcept;
  /// Says that the module cannot be used, for the step that it was at, and `text` says why. The
  /// others are still gone through: whoever mends a configuration wants to know all that is wrong
  /// with it.
  void Refuses(std::string_view text);
  /// The last module is done with.
  void Ends() const noexcept;
  [[nodiscard]] bool has_refusals() const noexcept { return !first_refusal_.empty(); }
  [[nodiscard]] const std::string& first_refusal() const noexcept { return first_refusal_; }

 private:
  void Tell(MessageKind kind, const config::ModuleUse& use) const noexcept;

  int control_;
  const std::vector<config::ModuleUse> uses_;
  std::string first_refusal_;
};

}  // namespace tined::channels
