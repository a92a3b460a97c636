// What systemd keeps for this service while no supervisor lives (sd_pid_notify_with_fds(3)): the
// listening sockets, with every connection that waits in their backlogs, and what living workers
// need to hand over to the next supervisor. The next start gets all of it like passed sockets,
// under names of our own. Supervisor.
#pragma once

#include <map>
#include <string>

#include "base/descriptor.hpp"
#include "channels/handoff.hpp"
#include "supervisor/listening/listening.hpp"

namespace tined::supervisor {

/// What an earlier supervisor, killed or stopped, has left. Empty ones: it has not.
struct Legacy {
  OpenSockets sockets;            ///< without listeners
  channels::HandoffEnds handoff;  ///< the channel that its workers give their connections to
  Descriptor successor;  ///< what its workers wait on: an event to be set when others serve
};
/// Takes it out of what was passed. What is no longer usable is closed.
[[nodiscard]] Legacy TakeLegacy(service_manager::PassedDescriptors& passed);

class FdStore {
 public:
  /// True where systemd has told that it keeps descriptors for this service (FDSTORE=).
  [[nodiscard]] static bool IsOffered();

  /// `is_used` false: nothing happens.
  explicit FdStore(bool is_used) : is_used_(is_used) {}

  /// These are kept already.
  void Assume(const OpenSockets& sockets);
  [[nodiscard]] bool is_used() const noexcept { return is_used_; }
  /// Keeps these listening sockets and no others; those that systemd has passed are its own.
  void KeepSockets(const OpenSockets& sockets);
  /// Keeps a descriptor under that name, instead of any that was kept so.
  void Keep(const std::string& name, int descriptor);
  void Forget(const std::string& name);

  static constexpr const char* kTakeChannel = "tined-take";
  static constexpr const char* kGiveChannel = "tined-give";
  static constexpr const char* kSuccessor = "tined-successor";

 private:
  using Names = std::map<std::string, int>;
  [[nodiscard]] static Names NamesOf(const OpenSockets& sockets);

  const bool is_used_;
  Names sockets_;  ///< by name in the store: the descriptor's number
};

/// A listening socket's name in the store: its key, with what names must not hold as %XX. Empty
/// when it is too long for one.
[[nodiscard]] std::string StoreNameOf(const std::string& key);
/// The key of such a name; empty when it is none.
[[nodiscard]] std::string KeyOfStoreName(const std::string& name);

}  // namespace tined::supervisor
