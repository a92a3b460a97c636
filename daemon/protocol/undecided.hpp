// A connection of which its first bytes tell whether they are HTTP/1 or HTTP/2 (RFC 9113, 3.3 and
// 3.4). Until then nothing is done with them, so that another process decides alike. Worker's loop
// thread; one a worker.
#pragma once

#include "protocol/protocol.hpp"

namespace tined::protocol {

class Undecided final : public Protocol {
 public:
  /// Both are borrowed.
  Undecided(const ledger::Arena& arena, Protocol& http1, Protocol& http2) noexcept
      : arena_(arena), http1_(http1), http2_(http2) {}

  [[nodiscard]] Need Advance(Conversation& conversation,
                             const exchange::Routes& routes) noexcept override;
  // What is neither, or does not come to its end, is told so in the words of HTTP/1.
  [[nodiscard]] Need OnSilence(Conversation& conversation) noexcept override {
    return http1_.OnSilence(conversation);
  }
  [[nodiscard]] Need OnNoMemory(Conversation& conversation) noexcept override {
    return http1_.OnNoMemory(conversation);
  }
  [[nodiscard]] std::string_view last_words() const noexcept override {
    return http1_.last_words();
  }
  void WhenReady(Conversation&, std::function<void()>) noexcept override {}
  [[nodiscard]] bool OnClientLeft(Conversation&) noexcept override { return true; }
  void Abandon(Conversation&) noexcept override {}
  [[nodiscard]] bool CanTravel(const Conversation&) const noexcept override { return true; }
  [[nodiscard]] bool Opens(const exchange::Routes&) const noexcept override { return false; }
  [[nodiscard]] bool MayClose(const ledger::Record&) const noexcept override { return true; }
  [[nodiscard]] bool announces_end() const noexcept override { return true; }
  [[nodiscard]] bool may_be_typed() const noexcept override { return false; }

 private:
  const ledger::Arena& arena_;
  Protocol& http1_;
  Protocol& http2_;
};

}  // namespace tined::protocol
