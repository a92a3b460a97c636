#include "backends/processes/process_body.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tined::backends {
namespace {

class ProcessBody final : public answer::BodySource, public loop::Watcher {
 public:
  ProcessBody(loop::Loop& loop, Descriptor socket, std::string received, bool in_pieces)
      : loop_(loop),
        socket_(std::move(socket)),
        received_(std::move(received)),
        in_pieces_(in_pieces) {}
  ~ProcessBody() override { loop_.Remove(socket_.get(), watch_); }

  [[nodiscard]] Piece Read(std::span<char> room) noexcept override {
    if (!in_pieces_) return Take(room);
    if (piece_left_ == 0) {
      // The size of the next piece, which may itself arrive in parts.
      while (size_read_ < sizeof size_) {
        const Piece part =
            Take({reinterpret_cast<char*>(&size_) + size_read_, sizeof size_ - size_read_});
        if (part.outcome == Outcome::end) return {Outcome::failed, 0};
        if (part.outcome != Outcome::bytes) return part;
        size_read_ += part.size;
      }
      size_read_ = 0;
      piece_left_ = size_;
      if (piece_left_ == 0) return {Outcome::end, 0};
    }
    const Piece part = Take(room.first(std::min<std::size_t>(room.size(), piece_left_)));
    if (part.outcome == Outcome::end) return {Outcome::failed, 0};
    piece_left_ -= static_cast<std::uint32_t>(part.size);
    return part;
  }

  void OnReady(std::uint32_t) noexcept override {
    loop_.Remove(socket_.get(), watch_);
    Ready();
  }

 private:
  /// Bytes that are there; `end` when the other end has closed.
  [[nodiscard]] Piece Take(std::span<char> room) noexcept {
    if (taken_ < received_.size()) {
      const std::size_t size = std::min(room.size(), received_.size() - taken_);
      std::copy_n(received_.data() + taken_, size, room.data());
      taken_ += size;
      return {Outcome::bytes, size};
    }
    const ssize_t got = ::recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) return {Outcome::bytes, static_cast<std::size_t>(got)};
    if (got == 0) return {Outcome::end, 0};
    if (errno != EAGAIN && errno != EINTR) return {Outcome::failed, 0};
    if (watch_.generation == 0 && !loop_.Add(socket_.get(), EPOLLIN, *this, watch_)) {
      return {Outcome::failed, 0};
    }
    return {Outcome::later, 0};
  }

  loop::Loop& loop_;
  const Descriptor socket_;
  const std::string received_;
  const bool in_pieces_;
  std::size_t taken_ = 0;  ///< of received_
  std::uint32_t size_ = 0;
  std::size_t size_read_ = 0;  ///< bytes of size_ that have come
  std::uint32_t piece_left_ = 0;
  loop::WatchId watch_;
};

}  // namespace

std::unique_ptr<answer::BodySource> MakeProcessBody(loop::Loop& loop, Descriptor socket,
                                                    std::string received, bool in_pieces) {
  return std::make_unique<ProcessBody>(loop, std::move(socket), std::move(received), in_pieces);
}

}  // namespace tined::backends
