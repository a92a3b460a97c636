#include "supervisor/supervisor.hpp"

#include <cerrno>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "config/loader.hpp"
#include "supervisor/service.hpp"

namespace tined::supervisor {

std::string AnswerToUpgrade() {
  const Descriptor memory(TakeStateDescriptor());
  if (!memory) return {};
  (void)Read(memory.get());
  return kCanTakeOver;
}

int Run(const Program& program) {
  try {
    std::optional<State> inherited;
    if (const Descriptor memory(TakeStateDescriptor()); memory) inherited = Read(memory.get());
    return Service(program, inherited).Run();
  } catch (const config::ConfigError& error) {
    service_manager::NotifyFailed(EINVAL, error.what());
    throw;
  } catch (const std::system_error& error) {
    service_manager::NotifyFailed(error.code().value(), error.what());
    throw;
  }
}

}  // namespace tined::supervisor
