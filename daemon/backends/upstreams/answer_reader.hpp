// What a server answers, understood as it arrives, whatever it speaks. One object an answer. Owned
// by its call (call.hpp). Worker's loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tined::backends {

class AnswerReader {
 public:
  /// What an answer says before its body.
  struct Head {
    int status = 0;  ///< 200 to 599
    /// Ready field lines, each ended by CRLF, framing and hop-by-hop fields left out.
    std::string lines;
    std::optional<std::uint64_t> length;  ///< of the body, as the server says
    std::string local_redirect;           ///< a path that is to be answered instead; empty: none
  };
  /// Bytes of a head, its empty line included.
  static constexpr std::size_t kLongestHead = std::size_t{64} << 10;

  AnswerReader() = default;
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;
  virtual ~AnswerReader() = default;

  enum class State : std::uint8_t {
    head,      ///< it is not there whole
    body,      ///< the head is, more of the body is to come
    complete,  ///< all is there
    broken,    ///< it makes no sense: fault() says why
  };
  struct Taken {
    std::size_t input = 0;  ///< bytes of the input that are done with
    std::size_t body = 0;   ///< bytes of the body that were written
  };
  /// Understands `input`, which begins where the last call has left off, and writes what it says of
  /// the body into `room`, which is not empty. Returns when the head is there, when `room` is full,
  /// or when more input is needed. May throw std::bad_alloc.
  [[nodiscard]] virtual Taken Take(std::string_view input, std::span<char> room) = 0;
  /// The server has sent its last byte.
  virtual void OnEnd() noexcept = 0;
  /// So many of the bytes that come next are the body as it is: they may be received where they are
  /// wanted, and are then told of by TakeVerbatim.
  [[nodiscard]] virtual std::uint64_t verbatim() const noexcept { return 0; }
  virtual void TakeVerbatim(std::uint64_t) noexcept {}

  [[nodiscard]] virtual State state() const noexcept = 0;
  /// Meaningless in state head.
  [[nodiscard]] virtual Head& head() noexcept = 0;
  [[nodiscard]] virtual std::string_view fault() const noexcept = 0;
  /// When complete: the connection may be used again.
  [[nodiscard]] virtual bool keeps_connection() const noexcept = 0;
};

}  // namespace tined::backends
