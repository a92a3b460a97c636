// Bytes that travel as they are: recv, send and sendfile. How far a batch has got is in the record;
// bytes of a file that are in memory and not sent are nobody's loss, they can be read again.
// Worker's loop thread.
#pragma once

#include "transport/transport.hpp"

namespace tined::transport {

class Plain final : public Transport {
 public:
  /// Both are borrowed. `files` reads those that sendfile(2) is not to send.
  Plain(ledger::Arena& arena, backends::FileReader& files) noexcept
      : arena_(arena), files_(files) {}

  [[nodiscard]] Received Receive(Buffers& buffers) noexcept override;
  [[nodiscard]] Received Resume(Buffers&) noexcept override { return Received::nothing; }
  [[nodiscard]] Sent Send(Buffers& buffers) noexcept override;
  void SendAtOnce(Buffers& buffers, std::string_view bytes) noexcept override;
  void SayEnd(Buffers&) noexcept override {}
  [[nodiscard]] bool CanTravel(const Buffers&) const noexcept override { return true; }

 private:
  [[nodiscard]] Sent SendPieces(Buffers& buffers) noexcept;

  ledger::Arena& arena_;
  backends::FileReader& files_;
};

}  // namespace tined::transport
