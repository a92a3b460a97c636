#include "loop/accept_faults.hpp"

#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::loop {
namespace {

bool IsTransient(int error) noexcept {
  // What accept(2) passes on from the network concerns that one connection only.
  return error == EINTR || error == ECONNABORTED || error == EPROTO || error == ENETDOWN ||
         error == ENOPROTOOPT || error == EHOSTDOWN || error == EHOSTUNREACH ||
         error == ENETUNREACH || error == EOPNOTSUPP || error == ENONET;
}

}  // namespace

bool AcceptFaults::IsStarvation(int error, const char* listener) noexcept {
  if (error == EAGAIN || IsTransient(error)) return false;
  if (!std::exchange(is_starved_, true)) {
    log::Warning("cannot accept connections, trying again every 100 ms",
                 {{"listener", listener}, {"error", ErrnoText(error)}});
  }
  return true;
}

}  // namespace tined::loop
