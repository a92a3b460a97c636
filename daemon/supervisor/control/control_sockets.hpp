// The control sockets of a service over its reloads: the one in force, the one that a configuration
// being brought in wants, and those before whose clients still wait for answers. Supervisor, its
// loop's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "supervisor/control/control.hpp"

namespace tined::supervisor {

class ControlSockets {
 public:
  /// `command` carries out what comes over any of them.
  ControlSockets(loop::Loop& loop, Control::Command command)
      : loop_(loop), command_(std::move(command)) {}
  ControlSockets(const ControlSockets&) = delete;
  ControlSockets& operator=(const ControlSockets&) = delete;

  /// What can fail about the control socket of `config`, before anything else changes: opens it, if
  /// it is another than the one there is, or if that one's name has been removed. `patience` as in
  /// UnixListener::Terms. Throws std::runtime_error.
  void Prepare(const config::Config& config, Duration patience);
  /// What was prepared is not wanted any more.
  void Discard() { next_.reset(); }
  /// The configuration that was prepared for has come into force, `path` is its control socket;
  /// whoever waits for an answer from the one before still gets it there. Throws std::system_error.
  void Switch(const std::string& path);
  /// Goes on with the socket of an earlier image of the program. Throws std::system_error.
  void Serve(std::unique_ptr<UnixListener> socket);
  /// Cuts off who waits for an answer from an earlier socket.
  void DropRetired() { retired_.clear(); }

  /// The one in force; null: there is none.
  [[nodiscard]] const UnixListener* socket() const noexcept {
    return current_ ? &current_->socket() : nullptr;
  }

 private:
  loop::Loop& loop_;
  const Control::Command command_;
  std::unique_ptr<Control> current_;
  std::unique_ptr<UnixListener> next_;
  std::vector<std::unique_ptr<Control>> retired_;
};

}  // namespace tined::supervisor
