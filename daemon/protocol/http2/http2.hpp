// HTTP/2 as a protocol of connections (RFC 9113): what is received is taken frame by frame
// (receiver), requests go to their handlers, several at once (dispatcher), and content goes out as
// windows allow (sender). What one call has done counts with one store at its end. Worker's loop
// thread; one a worker.
#pragma once

#include "config/model.hpp"
#include "exchange/exchanges.hpp"
#include "ledger/arena.hpp"
#include "protocol/http2/client_waits.hpp"
#include "protocol/http2/dispatcher.hpp"
#include "protocol/http2/receiver.hpp"
#include "protocol/http2/sender.hpp"
#include "protocol/protocol.hpp"

namespace tined::http2 {

class Http2 final : public protocol::Protocol {
 public:
  struct Surroundings {
    const config::Limits& limits;
    const config::Timeouts& timeouts;
    ledger::Arena& arena;
    const exchange::Exchanges& exchanges;
    backends::FileReader& files;
  };
  explicit Http2(const Surroundings& surroundings)
      : around_(surroundings),
        committer_(surroundings.arena),
        sender_(surroundings.arena),
        dispatcher_(surroundings.limits, surroundings.exchanges, surroundings.files, committer_,
                    sender_),
        receiver_(surroundings.limits, surroundings.arena, surroundings.exchanges, dispatcher_),
        waits_(surroundings.timeouts) {}

  [[nodiscard]] protocol::Need Advance(protocol::Conversation& conversation,
                                       const exchange::Routes& routes) noexcept override;
  [[nodiscard]] protocol::Need OnSilence(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] protocol::Need OnNoMemory(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] std::string_view last_words() const noexcept override;
  void WhenReady(protocol::Conversation& conversation,
                 std::function<void()> action) noexcept override;
  [[nodiscard]] bool OnClientLeft(protocol::Conversation&) noexcept override { return true; }
  void Abandon(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] bool SayEnd(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] bool CanGoOn(protocol::Conversation& conversation) const noexcept override;
  [[nodiscard]] bool CanTravel(const protocol::Conversation& conversation) const noexcept override;
  [[nodiscard]] bool Opens(const exchange::Routes&) const noexcept override { return false; }
  [[nodiscard]] bool MayClose(const ledger::Record&) const noexcept override { return true; }
  [[nodiscard]] bool announces_end() const noexcept override { return true; }
  [[nodiscard]] bool may_be_typed() const noexcept override { return false; }

 private:
  [[nodiscard]] Session& Of(protocol::Conversation& conversation) const;
  [[nodiscard]] Fault Work(Turn& turn);
  void GoAway(Turn& turn, const Fault& fault) const;
  [[nodiscard]] protocol::Need WhatNext(const Turn& turn) const noexcept;
  void EndStalled(Turn& turn);

  Surroundings around_;
  Committer committer_;
  Sender sender_;
  Dispatcher dispatcher_;
  Receiver receiver_;
  ClientWaits waits_;
};

}  // namespace tined::http2
