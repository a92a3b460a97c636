#include "supervisor/control/control_sockets.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace tined::supervisor {

void ControlSockets::Prepare(const config::Config& config, Duration patience) {
  next_.reset();
  const bool stays =
      current_ && current_->socket().path() == config.control && current_->socket().IsInPlace();
  if (!config.control.empty() && !stays) next_ = Control::Listen(config.control, patience);
}

void ControlSockets::Switch(const std::string& path) {
  std::erase_if(retired_, [](const auto& each) { return each->is_done(); });
  if (current_ && !next_ && current_->socket().path() == path) return;
  if (current_) {
    current_->Retire();
    retired_.push_back(std::move(current_));
  }
  if (next_) Serve(std::move(next_));
}

void ControlSockets::Serve(std::unique_ptr<UnixListener> socket) {
  current_ = std::make_unique<Control>(loop_, std::move(socket), command_);
}

}  // namespace tined::supervisor
