// HTTP/2 between a record and handlers, without a socket: what has arrived is put where a transport
// would put it, and what is composed counts as sent at once. For unit tests and for fuzzing.
#pragma once

#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "backends/files/file_reader.hpp"
#include "backends/modules/reactor.hpp"
#include "backends/threads.hpp"
#include "handlers/file_cache.hpp"
#include "ledger/ledger.hpp"
#include "protocol/http2/http2.hpp"

namespace tined::test {

/// A worker with one connection.
class Http2Wire {
 public:
  /// Further routes, or other limits. `listener` has the route "/", which answers "hello", and
  /// "/large", which answers kLarge bytes.
  using Change = std::function<void(config::Config& config, config::Listener& listener)>;
  static constexpr std::size_t kLarge = 100'000;

  explicit Http2Wire(const Change& change = {}, std::uint32_t arena_size = 4U << 20)
      : memory_(1, arena_size) {
    listener_.name = "web";
    listener_.protocols = {config::HttpVersion::http2};
    AddResponse("/", "hello");
    AddResponse("/large", std::string(kLarge, 'x'));
    if (change) change(config_, listener_);
    routes_.emplace(
        listener_, 0,
        handlers::Context{.file_cache = cache_, .reactor = &reactor_, .threads = &threads_});
    protocol_.emplace(
        http2::Http2::Surroundings{config_.limits, config_.timeouts, arena_, exchanges_, files_});
    conversation.record = &record;
    clock_.Refresh();
  }

  /// Puts `bytes` behind the input and lets the protocol go on until it needs something else than
  /// room. Where input has no room, or the connection is over, nothing arrives.
  protocol::Need::Kind Arrives(std::string_view bytes) {
    while (!bytes.empty() && !is_over_) {
      if (!transport::MakeInputRoom(arena_, conversation)) return protocol::Need::Kind::end;
      const std::uint32_t end = record.input_offset() + record.input_size();
      const std::size_t room = conversation.input.offset + conversation.input.size - end;
      const std::string_view part = bytes.substr(0, room);
      if (part.empty()) return protocol::Need::Kind::end;
      std::memcpy(arena_.At(end), part.data(), part.size());
      record.received.store(record.received + part.size());
      bytes.remove_prefix(part.size());
      GoOn();
    }
    return need_.kind;
  }
  void GoOn() {
    do {
      need_ = protocol_->Advance(conversation, *routes_);
      Send();
      is_over_ = need_.kind == protocol::Need::Kind::end;
    } while (need_.kind == protocol::Need::Kind::room || need_.kind == protocol::Need::Kind::turn);
    if (record.input_size() == 0) arena_.Free(conversation.input);
  }
  /// Nothing has come for as long as the time-outs are. Without `goes_on` the process ends there.
  void BeSilent(bool goes_on = true) {
    if (is_over_) return;
    need_ = protocol_->OnSilence(conversation);
    Send();
    is_over_ = need_.kind == protocol::Need::Kind::end;
    if (!is_over_ && goes_on) GoOn();
  }
  /// Lets time pass for the time-outs.
  void Pass(Duration time) {
    struct Alarm final : loop::Timer {
      void OnDeadline() noexcept override { has_rung = true; }
      bool has_rung = false;
    } alarm;
    loop_.Arm(alarm, loop_.now() + time);
    while (!alarm.has_rung) loop_.Turn();
  }
  /// Another process goes on with the connection: what this one has in its own memory is gone.
  void MoveOn(ledger::Fate fate = ledger::Fate::untouched) {
    if (is_over_) return;
    protocol_->Abandon(conversation);
    conversation.progress.reset();
    conversation.fate = fate;
    GoOn();
  }

  /// What is remembered of the session, for somebody to write over it.
  [[nodiscard]] std::span<char> saved() {
    const ledger::StatePlace place = record.state();
    return {arena_.At(place.offset), place.size};
  }
  /// Another process sees whether that makes sense.
  [[nodiscard]] bool CanGoOn() {
    conversation.progress.reset();
    return protocol_->CanGoOn(conversation);
  }

  /// The listener is going away.
  void End() {
    routes_->End();
    GoOn();
  }

  [[nodiscard]] bool is_over() const noexcept { return is_over_; }
  [[nodiscard]] const protocol::Need& need() const noexcept { return need_; }
  /// All that was sent so far.
  [[nodiscard]] const std::string& said() const noexcept { return said_; }
  [[nodiscard]] const http2::Session* session() const noexcept {
    return http2::Known(conversation);
  }

 private:
  void AddResponse(const std::string& path, const std::string& body) {
    config::Route route;
    route.path = path;
    config::Respond respond;
    respond.body = body;
    route.handler = respond;
    listener_.routes.push_back(route);
  }
  void Send() {
    said_.append(arena_.At(conversation.output.offset), record.output_size());
    record.sent.store(record.sent_before + record.output_size());
    transport::FinishBatch(arena_, conversation);
  }

  ledger::Ledger memory_;
  ledger::Arena arena_{memory_.arena()};
  loop::Loop loop_;
  config::Config config_;
  config::Listener listener_;
  exchange::WallClockText clock_;
  exchange::AccessLog log_{Descriptor(), config::AccessLog::Format::combined,
                           memory_.board().access_lines_lost};
  shared::Quarantine quarantine_;
  handlers::FileCache cache_;
  backends::Threads threads_{loop_, config_.backends.threads, memory_.board().threads};
  backends::Reactor reactor_{loop_, threads_, memory_.board().handling};
  backends::FileReader files_{loop_, threads_};
  exchange::Exchanges exchanges_{{config_, memory_.board(), log_, clock_, loop_, quarantine_}};
  std::optional<exchange::Routes> routes_;
  std::optional<http2::Http2> protocol_;
  protocol::Need need_;
  bool is_over_ = false;
  std::string said_;

 public:
  ledger::Record& record = memory_.records()[0];
  protocol::Conversation conversation;
};

}  // namespace tined::test
