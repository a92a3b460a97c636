#include "supervisor/supervisor.hpp"

#include <cerrno>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "base/standard_streams.hpp"
#include "children/signals.hpp"
#include "config/loader.hpp"
#include "supervisor/service.hpp"

namespace tined::supervisor {

std::string AnswerToUpgrade() {
  const Descriptor memory(TakeStateDescriptor());
  if (!memory) return {};
  (void)Read(memory.get());
  return kCanTakeOver;
}

namespace {

/// What whoever started this process left open, ignored and blocked is not this service's.
void PrepareProcess() {
  PrepareStandardStreams();
  // Blocked from the start on: what the service is told by must not end it before it listens, nor,
  // after an upgrade, what has arrived meanwhile.
  std::vector<int> blocked = Service::kSignals;
  blocked.insert(blocked.end(), {SIGPIPE, SIGXFSZ});
  children::ForgetInheritedSignals(blocked);
}

}  // namespace

int Run(const Program& program) {
  try {
    PrepareProcess();
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
