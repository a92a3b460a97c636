// Servers that answer alike, as one worker asks them for one route: which of them is asked next.
// Worker's loop thread; owned by the route's handler.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/upstreams/server.hpp"
#include "base/seldom.hpp"
#include "config/model.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

class Upstream {
 public:
  /// `settings` and `loop` outlive it. `route`: for the log.
  Upstream(loop::Loop& loop, const config::Upstream& settings, Server::Keeping keeping,
           std::string route);

  /// The server that is asked next, of those that are not in `tried`; null: there is none, or all
  /// have as many connections as they may. One that could not be reached lately is asked when there
  /// is no other.
  [[nodiscard]] Server* Choose(const std::vector<const Server*>& tried) noexcept;
  /// Whether it is for the number of its connections that a server is not asked.
  [[nodiscard]] bool IsFull() const noexcept;

  /// One that waits for room in a server's queue, for as long as this lives.
  class Waiting {
   public:
    explicit Waiting(Upstream& upstream) noexcept : count_(upstream.waiting_) { ++count_; }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { --count_; }

   private:
    std::uint32_t& count_;
  };
  /// Whether one more may wait: each of them asks again and again. As many as connections to a
  /// server.
  [[nodiscard]] bool MayWait() const noexcept { return waiting_ < settings_.connections; }

  [[nodiscard]] loop::Loop& loop() noexcept { return loop_; }
  [[nodiscard]] const config::Upstream& settings() const noexcept { return settings_; }
  [[nodiscard]] const std::string& route() const noexcept { return route_; }
  [[nodiscard]] log::Seldom& log() noexcept { return log_; }

 private:
  [[nodiscard]] bool IsBetter(const Server& a, const Server& b) const noexcept;

  loop::Loop& loop_;
  const config::Upstream& settings_;
  const std::string route_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::uint32_t waiting_ = 0;
  std::size_t next_ = 0;  ///< where the search begins
  log::Seldom log_;
};

}  // namespace tined::backends
