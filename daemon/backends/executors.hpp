// The worker's side of the executors: sends them requests and waits for their answers. Worker's
// loop thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "backends/job_channel.hpp"
#include "config/model.hpp"
#include "http/pending.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class ProcessAnswer;

class Executors final : public loop::Watcher {
 public:
  /// `channel` is the workers' end of the job channel, borrowed; -1: there are no executors.
  Executors(loop::Loop& loop, int channel, const config::Processes& settings)
      : loop_(loop), channel_(channel), settings_(settings) {}
  ~Executors() override;

  /// Has `handler` (its number) answer `request`. Null: as many as may be are waiting already.
  [[nodiscard]] std::shared_ptr<http::Pending> Ask(std::uint32_t handler,
                                                   const http::Request& request);

  /// There is room on the channel.
  void OnReady(std::uint32_t events) noexcept override;

 private:
  /// False: none could be sent.
  bool SendWaiting() noexcept;
  [[nodiscard]] bool WaitForRoom() noexcept;

  loop::Loop& loop_;
  const int channel_;
  const config::Processes& settings_;
  std::size_t unanswered_ = 0;
  std::deque<std::weak_ptr<ProcessAnswer>> waiting_;  ///< for room on the channel
  loop::WatchId watch_;
  loop::Alarm retry_{[this] { OnReady(0); }};
};

}  // namespace tined::backends
