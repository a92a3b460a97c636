// HTTP/1.1 as a protocol of connections (RFC 9112): requests one behind the other, each answered
// before the next is looked at. Worker's loop thread; one a worker.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "config/model.hpp"
#include "exchange/exchanges.hpp"
#include "ledger/arena.hpp"
#include "protocol/http1/body_pump.hpp"
#include "protocol/http1/parser.hpp"
#include "protocol/protocol.hpp"

namespace tined::http1 {

struct Progress;

class Http1 final : public protocol::Protocol {
 public:
  /// All are borrowed.
  Http1(const config::Limits& limits, ledger::Arena& arena, const exchange::Exchanges& exchanges)
      : arena_(arena), exchanges_(exchanges), parser_(limits) {}

  [[nodiscard]] protocol::Need Advance(protocol::Conversation& conversation,
                                       const exchange::Routes& routes) noexcept override;
  [[nodiscard]] protocol::Need OnSilence(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] protocol::Need OnNoMemory(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] std::string_view last_words() const noexcept override;
  void WhenReady(protocol::Conversation& conversation,
                 std::function<void()> action) noexcept override;
  [[nodiscard]] bool OnClientLeft(protocol::Conversation& conversation) noexcept override;
  void Abandon(protocol::Conversation& conversation) noexcept override;
  [[nodiscard]] bool CanTravel(const protocol::Conversation& conversation) const noexcept override;
  [[nodiscard]] bool Opens(const exchange::Routes&) const noexcept override { return false; }
  [[nodiscard]] bool MayClose(const ledger::Record&) const noexcept override { return true; }
  [[nodiscard]] bool announces_end() const noexcept override { return true; }
  [[nodiscard]] bool may_be_typed() const noexcept override { return false; }

 private:
  struct Front;
  enum class Outcome : std::uint8_t {
    answered,       ///< the answer is in the record's output, the request is done
    need_header,    ///< the request header has not arrived whole
    need_body,      ///< the same with its body; 100 Continue may be in the output
    handling,       ///< Progress::pending has the request until it is done
    out_of_memory,  ///< not even a refusal fits into the arena
  };

  BodyPump::Outcome PumpBody(protocol::Conversation& conversation,
                             const exchange::Routes& routes) noexcept;
  Outcome AnswerAll(protocol::Conversation& conversation, const exchange::Routes& routes) noexcept;
  Outcome Answer(protocol::Conversation& conversation, const exchange::Routes& routes) noexcept;
  void SkipEmptyLines(protocol::Conversation& conversation) const noexcept;
  Outcome AnswerDelayed(protocol::Conversation& conversation,
                        const exchange::Routes& routes) noexcept;
  Outcome AnswerRouted(Front& front, const exchange::Routes& routes) noexcept;
  Outcome WaitForBody(Front& front, const exchange::Routes& routes) noexcept;
  Outcome Compose(Front& front, const exchange::Routes& routes) noexcept;
  void Decide(const Front& front, const exchange::Routes& routes,
              answer::Exchange& exchange) const noexcept;
  static Progress& Delay(Front& front) noexcept;
  Outcome Wait(Front& front, const exchange::Routes& routes, answer::Exchange& exchange) noexcept;
  Outcome Redirect(Front& front, const exchange::Routes& routes, answer::Redirection wish) noexcept;
  [[nodiscard]] Written WriteAnswer(const Front& front, const exchange::Routes& routes,
                                    answer::Answer& answer,
                                    ledger::Composer& output) const noexcept;
  void Finish(Front& front, int status, Written& written, std::uint32_t output_size) noexcept;
  /// `routes` null: nothing of the configuration is said of such an answer.
  Outcome Refuse(Front& front, const exchange::Routes* routes, int status) noexcept;
  Outcome Refuse(protocol::Conversation& conversation, int status) noexcept;

  ledger::Arena& arena_;
  const exchange::Exchanges& exchanges_;
  RequestParser parser_;
  exchange::Known known_;  ///< of the request that was parsed
};

}  // namespace tined::http1
