// What a server answers in FastCGI: the output of a script, a CGI header in front, in records among
// which are others. Worker's loop thread.
#pragma once

#include <functional>
#include <optional>

#include "backends/upstreams/answer_reader.hpp"
#include "backends/upstreams/fastcgi_record.hpp"

namespace tined::backends {

class FastCgiAnswer final : public AnswerReader {
 public:
  struct Asked {
    bool is_head = false;  ///< nobody wants the body
    bool keeps = false;    ///< the server was asked to leave the connection open
  };
  /// `on_errors`: takes what the script writes to its standard error.
  FastCgiAnswer(Asked asked, std::function<void(std::string_view)> on_errors);

  [[nodiscard]] Taken Take(std::string_view input, std::span<char> room) override;
  void OnEnd() noexcept override;
  [[nodiscard]] State state() const noexcept override { return state_; }
  [[nodiscard]] Head& head() noexcept override { return head_; }
  [[nodiscard]] std::string_view fault() const noexcept override { return fault_; }
  [[nodiscard]] bool keeps_connection() const noexcept override {
    return asked_.keeps && is_ended_;
  }

 private:
  [[nodiscard]] bool is_open() const noexcept {
    return state_ == State::head || state_ == State::body;
  }
  /// The script has said as much as it had announced.
  [[nodiscard]] bool is_said() const noexcept { return state_ == State::body && left_ == 0U; }
  void Begin(std::string_view header);
  [[nodiscard]] Taken TakeContent(std::string_view piece, std::span<char> room);
  [[nodiscard]] std::size_t TakeHead(std::string_view piece);
  [[nodiscard]] Taken TakeBody(std::string_view piece, std::span<char> room);
  void Conclude();
  void Break(std::string_view fault);

  const Asked asked_;
  const std::function<void(std::string_view)> on_errors_;
  State state_ = State::head;
  Head head_;
  std::string fault_;

  fastcgi::Type type_{};     ///< of the record that is being read
  std::size_t content_ = 0;  ///< bytes of it that are to come
  std::size_t padding_ = 0;  ///< behind those
  std::string text_;         ///< of the header that is not there whole, or of the record at the end
  std::optional<std::uint64_t> left_;  ///< of a body whose length the script has said
  bool has_body_ = true;
  bool has_complained_ = false;
  bool is_ended_ = false;  ///< nothing of it is to come
};

}  // namespace tined::backends
