#include "supervisor/workers/tracer.hpp"

#include <fmt/format.h>
#include <linux/capability.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/log.hpp"
#include "children/capability.hpp"

namespace tined::supervisor {
namespace {

/// A child of another user is out of reach for whoever may not trace any process. Attaching might
/// work all the same, if it came before the child has changed its user, and be of no use later.
int Attach(const Child& child) noexcept {
  if (child.generation->identity.is_other && !children::HasCapability(CAP_SYS_PTRACE)) return EPERM;
  return tracing::Attach(child.pid);
}

}  // namespace

void Tracer::Trace(Child& child) {
  if (!child.generation->config->rescue) return;
  const int error = Attach(child);
  child.is_traced = error == 0;
  // ESRCH: it is gone already, which shows elsewhere.
  if (error == ESRCH || !obstacle_.empty()) return;
  const int other = error == 0 ? tracing::TryToTakeDescriptors() : 0;
  if (error == 0 && other == 0) return;
  const int refusal = error == 0 ? other : error;
  const char* const call = error == 0 ? "pidfd_getfd" : "ptrace";
  obstacle_ = fmt::format("{}: {}", call, ErrnoText(refusal));
  log::Warning(
      fmt::format(
          "{} ({}): connections of a worker that dies are lost, all else works; allow "
          "ptrace and pidfd_getfd (seccomp profile of the container, "
          "kernel.yama.ptrace_scope), or set `rescue: false` if that is intended",
          error == 0 ? "descriptors of workers cannot be taken" : "workers cannot be traced", call),
      {{"error", ErrnoText(refusal)}});
}

int Tracer::Set(Child& child, bool is_traced) {
  if (child.is_traced == is_traced) return 0;
  if (!is_traced) {
    // Detached when it has stopped: Resume.
    child.is_traced = false;
    tracing::Interrupt(child.pid);
    return 0;
  }
  const int error = Attach(child);
  child.is_traced = error == 0;
  return error;
}

void Tracer::Resume(const Child& child, const tracing::Stop& stop) noexcept {
  // It was stopped to be let go, or takes a signal that was on its way before.
  if (stop.reason == tracing::Reason::interrupted && !child.is_traced) {
    return tracing::Detach(child.pid);
  }
  tracing::Resume(child.pid, stop);
}

}  // namespace tined::supervisor
