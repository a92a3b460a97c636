// A body that is made in pieces while it is being sent: the connection asks for the next one when
// the client has taken what there is. Owned by the connection. Worker's loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace tined::answer {

class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  enum class Outcome : std::uint8_t {
    bytes,   ///< `size` bytes have been written, more may follow
    end,     ///< the body is complete
    failed,  ///< it will never be
    later,   ///< nothing yet: worth asking again when OnReady's function has been called
  };
  struct Piece {
    Outcome outcome = Outcome::failed;
    std::size_t size = 0;
  };
  /// Writes the next piece, at most what fits into `room`.
  [[nodiscard]] virtual Piece Read(std::span<char> room) noexcept = 0;

  /// Answers as Later::OnClientLeft does, for an answer whose header is out.
  [[nodiscard]] virtual bool OnClientLeft() noexcept { return false; }

  /// What it takes up until it has ended, given back with this object.
  void Keep(std::shared_ptr<const void> place) noexcept { place_ = std::move(place); }

  void OnReady(std::function<void()> action) noexcept { on_ready_ = std::move(action); }

 protected:
  /// Says after `later` that there is something now. This object may be gone when it returns.
  void Ready() {
    if (const auto action = on_ready_) action();
  }

 private:
  std::function<void()> on_ready_;
  std::shared_ptr<const void> place_;
};

}  // namespace tined::answer
