// An answer as a module makes it, checked as it is made: what makes no sense is remembered, and
// answered with 500 in its place. One thread at a time: the one that runs the module, then the
// loop's, which composes the reply.
#pragma once

#include <tined/module.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answer/answer.hpp"
#include "backends/modules/producer.hpp"
#include "stream/reply.hpp"

namespace tined::backends {

class Draft {
 public:
  Draft() = default;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() = default;

  /// Makes the draft as new; memory is kept for the next answer.
  void Clear() noexcept;

  void SetStatus(std::int32_t status);
  void AddHeader(std::string_view name, std::string_view value);
  void SetBody(std::string_view bytes);
  void LendBody(std::string_view bytes, void (*release)(void*), void* context);
  void SetFile(std::string_view path, std::uint64_t offset, std::uint64_t length);
  /// `length` UINT64_MAX: not known.
  void SetStream(const tined_producer& producer, std::uint64_t length);
  // What follows is for messages of a stream: bytes that go out, how much of the message is done
  // with, what its connection remembers, and the end.
  void AddBytes(std::string_view bytes);
  /// `size`: of the message.
  void Use(std::size_t used, std::size_t size);
  void SetState(std::string_view bytes);
  void CloseAfter() noexcept { closes_ = true; }
  /// The answer is to be 500. The first reason stays.
  void Fail(std::string_view reason);

  /// Why it is not an answer; empty: it is one. Call it when the module has finished.
  [[nodiscard]] std::string_view Fault();
  /// Makes the answer of it; of a draft with a fault, a 500. The answer has the body, and borrows
  /// what else it shows. `where`: a body in pieces is made.
  void Compose(answer::Answer& answer, const Workplace& where = {});
  /// Makes the reply to a message of it, which borrows what it shows.
  void Compose(stream::Reply& reply);

  /// What it holds, for whoever carries it to another process. Of a draft without a fault.
  struct Content {
    int status;
    bool closes;
    std::string_view lines;               ///< ready field lines
    std::optional<std::uint64_t> length;  ///< the body's, if that is known
    std::string_view bytes;               ///< the body, unless one of these is there
    const answer::OpenFile* file;
    std::uint64_t offset;
    Producer* producer;
    std::uint64_t used;                       ///< bytes of a stream's message
    const std::optional<std::string>& state;  ///< there, if it is another one
  };
  [[nodiscard]] Content content() const noexcept;
  /// Where the body comes from in pieces; null: it is another.
  [[nodiscard]] Producer* producer() const noexcept { return producer_.get(); }

 private:
  void ReleaseBody() noexcept;
  /// True for fields that are the server's own to write, which have been dealt with.
  bool IsOwnField(std::string_view name, std::string_view value);
  void DeclareLength(std::string_view value);
  /// The body's size; none for a body in pieces without a length.
  [[nodiscard]] std::optional<std::uint64_t> BodySize() const noexcept;
  [[nodiscard]] answer::Body TakeBody(const Workplace& where);

  int status_ = 200;
  bool closes_ = false;
  answer::Fields fields_;
  std::optional<std::uint64_t> declared_;  ///< a Content-Length that the module gave
  std::string fault_;

  std::string copy_;
  answer::Bytes body_;  ///< in copy_, or lent
  answer::FileSlice file_;
  std::shared_ptr<Producer> producer_;
  std::optional<std::uint64_t> stream_length_;
  std::uint64_t used_ = stream::Reply::kAll;
  std::optional<std::string> state_;
};

}  // namespace tined::backends
