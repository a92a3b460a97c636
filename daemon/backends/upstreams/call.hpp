// One request to an upstream and its answer: a server is chosen and connected to, the request sent,
// the answer read as far as somebody takes it. Shared by those who wait for it. Worker's loop
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "answer/body_source.hpp"
#include "backends/upstreams/answer_reader.hpp"
#include "backends/upstreams/upstream.hpp"

namespace tined::backends {

class Call final : public std::enable_shared_from_this<Call>, private ServerConnection::User {
 public:
  struct Question {
    std::string bytes;     ///< the request as it is sent
    bool is_safe = false;  ///< it changes nothing, and may be sent twice
    std::string id{};      ///< what it is called in logs; empty: nothing
  };
  /// `upstream` outlives it.
  Call(Upstream& upstream, Question question, std::unique_ptr<AnswerReader> reader);
  ~Call();

  /// Begins. It may have failed when this returns.
  void Start() noexcept;

  /// The status that is answered because there is no answer; 0: there may be one. The reason has
  /// been logged.
  [[nodiscard]] int failure() const noexcept { return failure_; }
  [[nodiscard]] bool has_head() const noexcept { return has_head_; }
  [[nodiscard]] AnswerReader::Head& head() noexcept { return reader_->head(); }
  /// The next of the body, once there is a head. After `later`, OnProgress's function is called.
  [[nodiscard]] answer::BodySource::Piece Read(std::span<char> room) noexcept;
  /// Has `action` called when there is a head, when it has failed, and after each `later`.
  void OnProgress(std::function<void()> action) noexcept { on_progress_ = std::move(action); }

 private:
  static constexpr Duration kPause = std::chrono::milliseconds(10);
  using Piece = answer::BodySource::Piece;
  using Outcome = ServerConnection::Outcome;

  void OnEvent(ServerConnection& connection) noexcept override;
  void Try() noexcept;
  [[nodiscard]] bool TryKept() noexcept;
  void OnUnreachable(int error) noexcept;
  void WaitForQueue() noexcept;
  void GoOnLater() noexcept;
  void OnPauseOver() noexcept;
  void OnConnected() noexcept;
  void Send() noexcept;
  void ReceiveHead() noexcept;
  void TakeHead(std::string_view bytes);
  [[nodiscard]] Piece ReadBody(std::span<char> room);
  [[nodiscard]] bool ReceiveRest();
  [[nodiscard]] Outcome Note(const ServerConnection::Moved& moved) noexcept;
  void OnClosedEarly() noexcept;
  [[nodiscard]] bool MayRepeat() const noexcept;
  void OnTimeOver() noexcept;
  void Await() noexcept;
  void LetGo() noexcept;
  void Fail(int status, std::string_view reason) noexcept;
  void BreakOff(std::string_view reason) noexcept;
  void Notify() noexcept;

  Upstream& upstream_;
  Question question_;
  const std::size_t size_;  ///< of the request
  const std::unique_ptr<AnswerReader> reader_;
  std::function<void()> on_progress_;
  Server* server_ = nullptr;
  std::unique_ptr<ServerConnection> connection_;
  std::vector<const Server*> tried_;          ///< those that could not be reached ...
  std::vector<const Server*> full_;           ///< ... and, among them, those whose queues are full
  std::optional<Upstream::Waiting> waiting_;  ///< for room in one of those
  TimePoint connect_by_{};
  loop::Alarm pause_{[this] { OnPauseOver(); }};  ///< until a queue has room, or others had a turn
  Duration next_pause_ = kPause;
  std::size_t sent_ = 0;
  std::string rest_;           ///< what was received and is not understood yet ...
  std::size_t rest_at_ = 0;    ///< ... from here on
  bool is_kept_ = false;       ///< the connection has served others before
  bool is_repeated_ = false;   ///< the request is sent for the second time
  bool has_answered_ = false;  ///< something of the answer has come
  bool has_head_ = false;
  bool is_broken_off_ = false;
  bool is_awaited_ = true;  ///< somebody has been told to wait for OnProgress's function
  int failure_ = 0;
};

}  // namespace tined::backends
