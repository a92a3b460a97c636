#include "backends/processes/answer.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/passing.hpp"

namespace tined::backends {
namespace {

bool SendAll(int socket, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

template <typename Value>
std::string_view BytesOf(const Value& value) noexcept {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// Everything that is there in one call, with a descriptor if there is one; the rest if need be.
bool SendStart(int socket, const AnswerHead& head, std::string_view lines, std::string_view body,
               int file) noexcept {
  std::array<iovec, 3> pieces{};
  const std::array texts = {BytesOf(head), lines, body};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    pieces[i] = {const_cast<char*>(texts[i].data()), texts[i].size()};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  PassedAlong<1> passed;
  if (file >= 0) passed.Attach(message, {&file, 1});
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return false;
  auto done = static_cast<std::size_t>(sent);
  for (std::string_view text : texts) {
    const std::size_t skipped = std::min(done, text.size());
    done -= skipped;
    if (!SendAll(socket, text.substr(skipped))) return false;
  }
  return true;
}

bool SendPieces(int socket, Producer& producer) noexcept {
  using Outcome = answer::BodySource::Outcome;
  static std::array<char, std::size_t{64} << 10> room;
  for (;;) {
    const answer::BodySource::Piece piece = producer.Next(room);
    if (piece.outcome != Outcome::bytes && piece.outcome != Outcome::end) return false;
    const auto size = static_cast<std::uint32_t>(piece.size);
    if (!SendAll(socket, BytesOf(size)) || !SendAll(socket, {room.data(), piece.size})) {
      return false;
    }
    if (piece.outcome == Outcome::end) return true;
  }
}

}  // namespace

bool SendAnswer(int socket, Draft& draft) noexcept {
  if (!draft.Fault().empty()) return SendStart(socket, AnswerHead(), {}, {}, -1);
  const Draft::Content content = draft.content();
  AnswerHead head{.status = content.status,
                  .closes = content.closes ? 1U : 0U,
                  .lines_size = static_cast<std::uint32_t>(content.lines.size()),
                  .length = content.length.value_or(AnswerHead::kUnknown),
                  .used = content.used};
  using Body = AnswerHead::Body;
  if (content.producer != nullptr) {
    head.body = Body::pieces;
    return SendStart(socket, head, content.lines, {}, -1) && SendPieces(socket, *content.producer);
  }
  if (content.file != nullptr) {
    head.body = Body::file;
    head.offset = content.offset;
    return SendStart(socket, head, content.lines, {}, content.file->descriptor.get());
  }
  head.body = Body::bytes;
  if (content.state) {
    // A message has no field lines.
    head.state_size = content.state->size();
    return SendStart(socket, head, *content.state, content.bytes, -1);
  }
  return SendStart(socket, head, content.lines, content.bytes, -1);
}

}  // namespace tined::backends
