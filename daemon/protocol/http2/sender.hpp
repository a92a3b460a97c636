// Puts the content of answers into frames DATA (RFC 9113, 5.2 and 6.1), as the client's windows
// allow, the more urgent ones first (RFC 9218), and ends streams. Worker's loop thread; one a
// worker.
#pragma once

#include "ledger/arena.hpp"
#include "protocol/http2/session.hpp"

namespace tined::http2 {

class Sender {
 public:
  /// `arena` is borrowed.
  explicit Sender(ledger::Arena& arena) noexcept : arena_(arena) {}

  /// Fills the output with what may be sent now.
  void Fill(Turn& turn);
  /// An answer's content of that length goes out with its header, in a frame or a few: it waits for
  /// nobody who is more urgent, and nothing of it has to be remembered.
  [[nodiscard]] bool IsShort(const Turn& turn, const LiveStream& stream,
                             std::uint64_t length) const noexcept;
  /// Puts a short one behind its header, as far as it is there.
  void SendWhole(Turn& turn, LiveStream& stream);
  /// Something could be sent, if the output had room.
  [[nodiscard]] static bool HasMore(Session& session) noexcept;

  /// Bytes of content that the client allows now, of one frame.
  [[nodiscard]] static std::uint32_t MaySend(const Session& session,
                                             const LiveStream& stream) noexcept;

 private:
  [[nodiscard]] static LiveStream* Next(Session& session) noexcept;
  void Send(Turn& turn, LiveStream& stream);
  void Append(Turn& turn, LiveStream& stream, const Outgoing::Piece& piece);
  static void GiveUp(Turn& turn, LiveStream& stream);
  static void End(Turn& turn, LiveStream& stream);
  static void EndAnswered(Turn& turn);

  ledger::Arena& arena_;
};

}  // namespace tined::http2
