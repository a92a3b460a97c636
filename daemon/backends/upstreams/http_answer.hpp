// What a server answers in HTTP/1.1 (RFC 9112), read by Boost.Beast's basic_parser; whatever two
// parties could understand in two ways is broken. Worker's loop thread.
#pragma once

#include <memory>

#include "backends/upstreams/answer_reader.hpp"

namespace tined::backends {

class HttpAnswer final : public AnswerReader {
 public:
  /// `is_head`: it answers a HEAD, and has no body. `takes_redirects`: X-Accel-Redirect names what
  /// is to be answered instead.
  HttpAnswer(bool is_head, bool takes_redirects);
  ~HttpAnswer() override;

  [[nodiscard]] Taken Take(std::string_view input, std::span<char> room) override;
  void OnEnd() noexcept override;
  [[nodiscard]] std::uint64_t verbatim() const noexcept override;
  void TakeVerbatim(std::uint64_t size) noexcept override;
  [[nodiscard]] State state() const noexcept override { return state_; }
  [[nodiscard]] Head& head() noexcept override { return head_; }
  [[nodiscard]] std::string_view fault() const noexcept override { return fault_; }
  [[nodiscard]] bool keeps_connection() const noexcept override { return keeps_connection_; }

 private:
  class Grammar;
  enum class Framing : std::uint8_t { length, chunked, until_end };

  [[nodiscard]] std::size_t TakeHead(std::string_view input);
  void Judge();
  void Frame();
  [[nodiscard]] Taken TakeChunks(std::string_view input, std::span<char> room);
  void Break(std::string_view fault);

  const bool is_head_;
  const bool takes_redirects_;
  std::unique_ptr<Grammar> grammar_;
  State state_ = State::head;
  Framing framing_ = Framing::length;
  std::uint64_t left_ = 0;  ///< bytes of a body that has a length
  int interim_answers_ = 0;
  bool keeps_connection_ = false;
  Head head_;
  std::string fault_;
};

}  // namespace tined::backends
