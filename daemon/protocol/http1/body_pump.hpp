// Moves a body that is made in pieces into a connection's output, framed as its header has said.
// Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "answer/body_source.hpp"
#include "ledger/composer.hpp"
#include "protocol/http1/writer.hpp"

namespace tined::http1 {

class BodyPump {
 public:
  /// `keep_alive`: the connection goes on when the body is complete.
  BodyPump(StreamedBody body, bool keep_alive) noexcept
      : body_(std::move(body)), keep_alive_(keep_alive) {}

  enum class Outcome : std::uint8_t {
    more,    ///< there is enough to send now
    later,   ///< nothing more until OnReady's function is called
    done,    ///< the body is complete in the output
    broken,  ///< it will never be: send what there is, then cut the connection
  };
  /// Appends to `output` until it has `enough` bytes, there is nothing more for now, or it has
  /// taken its time: what a source makes that is slow is sent piece by piece, and others come in
  /// between.
  Outcome Fill(ledger::Composer& output, std::uint32_t enough) noexcept;

  void OnReady(std::function<void()> action) { body_.source->OnReady(std::move(action)); }
  [[nodiscard]] bool OnClientLeft() noexcept { return body_.source->OnClientLeft(); }
  [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
  /// The client can tell a body that breaks off from one that is complete.
  [[nodiscard]] bool is_delimited() const noexcept { return body_.is_chunked || body_.length; }

 private:
  void Append(ledger::Composer& output, std::string_view bytes) const noexcept;
  [[nodiscard]] Outcome End(ledger::Composer& output) const noexcept;

  StreamedBody body_;
  const bool keep_alive_;
  std::uint64_t size_ = 0;  ///< bytes of it so far
  bool is_slow_ = false;    ///< its source has once taken long over a piece
};

}  // namespace tined::http1
