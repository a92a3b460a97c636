// Something that is still being made when its handler has returned. The connection waits for it and
// keeps the request at the front of its input; whoever makes it says when it is done. Shared by
// both. What is made, pending.hpp says for requests and stream/pending.hpp for messages; some are
// made alike for either, so that both inherit this virtually. Worker's loop thread.
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace tined::answer {

class Later {
 public:
  Later() = default;
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;
  virtual ~Later() = default;

  /// The client has sent the end of its stream: it is gone, or only has nothing more to say. True:
  /// the answer is not worth finishing, the connection closes.
  [[nodiscard]] virtual bool OnClientLeft() noexcept { return false; }
  /// Nobody waits for the answer any more. Nothing more is called.
  virtual void Cancel() noexcept {}

  [[nodiscard]] bool is_done() const noexcept { return is_done_; }
  /// What it takes up until it has ended, given back with this object.
  void Keep(std::shared_ptr<const void> place) noexcept { place_ = std::move(place); }
  [[nodiscard]] const std::shared_ptr<const void>& place() const noexcept { return place_; }
  /// Whom to call when it is done; an empty function: nobody.
  void OnDone(std::function<void()> action) noexcept { on_done_ = std::move(action); }

 protected:
  /// The answer can be composed.
  void Done() {
    is_done_ = true;
    if (const auto action = std::exchange(on_done_, {})) action();
  }

 private:
  bool is_done_ = false;
  std::shared_ptr<const void> place_;
  std::function<void()> on_done_;
};

}  // namespace tined::answer
