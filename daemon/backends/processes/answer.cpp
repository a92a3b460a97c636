#include "backends/processes/answer.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <tuple>

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

/// What an answer begins with, one behind the other: head, field lines or state, body.
using Texts = std::array<std::string_view, 3>;

/// One call, which takes as much as there is room for; what it has taken.
ssize_t SendTexts(int socket, std::span<const std::string_view> texts,
                  std::span<const int> descriptors) noexcept {
  std::array<iovec, 1 + std::tuple_size_v<Texts>> pieces{};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    pieces[i] = {const_cast<char*>(texts[i].data()), texts[i].size()};
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = texts.size();
  PassedAlong<2> passed;
  passed.Attach(message, descriptors);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

/// All of it, in one call if nothing comes in between: what is not begun has no half.
bool SendAll(int socket, const Texts& texts) noexcept {
  const ssize_t sent = SendTexts(socket, texts, {});
  if (sent < 0) return false;
  auto done = static_cast<std::size_t>(sent);
  for (std::string_view text : texts) {
    const std::size_t skipped = std::min(done, text.size());
    done -= skipped;
    if (!SendAll(socket, text.substr(skipped))) return false;
  }
  return true;
}

/// The packet, or one that only says on which socket all of it follows. `open`: where that socket
/// is left open for more, or null.
bool SendStart(int channel, const Ticket& ticket, const Texts& texts, int file,
               Descriptor* open) noexcept {
  std::size_t size = sizeof(AnswerLabel);
  for (const std::string_view text : texts) size += text.size();
  const bool has_rest = open != nullptr || size > kLargestAnswerPacket;
  const AnswerLabel label{ticket.id, ticket.word, file >= 0 ? 1U : 0U, has_rest ? 1U : 0U};
  std::array<int, 2> descriptors = {file, -1};
  std::size_t count = file >= 0 ? 1 : 0;
  if (!has_rest) {
    const std::array all = {BytesOf(label), texts[0], texts[1], texts[2]};
    return SendTexts(channel, all, std::span(descriptors).first(count)) >= 0;
  }
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  Descriptor rest(ends[0]);
  {
    const Descriptor theirs(ends[1]);
    descriptors[count++] = theirs.get();
    const std::array alone = {BytesOf(label)};
    if (SendTexts(channel, alone, std::span(descriptors).first(count)) < 0) return false;
  }
  if (!SendAll(rest.get(), texts)) return false;
  if (open != nullptr) *open = std::move(rest);
  return true;
}

bool SendPieces(int socket, Producer& producer) noexcept {
  using Kind = answer::BodySource::Outcome;
  static std::array<char, std::size_t{64} << 10> room;
  for (;;) {
    const answer::BodySource::Piece piece = producer.Next(room);
    if (piece.outcome != Kind::bytes && piece.outcome != Kind::end) return false;
    const auto size = static_cast<std::uint32_t>(piece.size);
    if (!SendAll(socket, BytesOf(size)) || !SendAll(socket, {room.data(), piece.size})) {
      return false;
    }
    if (piece.outcome == Kind::end) return true;
  }
}

}  // namespace

bool SendAnswer(int channel, const Ticket& ticket, Draft& draft) noexcept {
  if (!draft.Fault().empty()) {
    const AnswerHead none;
    return SendStart(channel, ticket, {BytesOf(none), {}, {}}, -1, nullptr);
  }
  const Draft::Content content = draft.content();
  AnswerHead head{.status = content.status,
                  .closes = content.closes ? 1U : 0U,
                  .lines_size = static_cast<std::uint32_t>(content.lines.size()),
                  .length = content.length.value_or(AnswerHead::kUnknown),
                  .used = content.used};
  using Body = AnswerHead::Body;
  if (content.producer != nullptr) {
    head.body = Body::pieces;
    Descriptor rest;
    return SendStart(channel, ticket, {BytesOf(head), content.lines, {}}, -1, &rest) &&
           SendPieces(rest.get(), *content.producer);
  }
  if (content.file != nullptr) {
    head.body = Body::file;
    head.offset = content.offset;
    return SendStart(channel, ticket, {BytesOf(head), content.lines, {}},
                     content.file->descriptor.get(), nullptr);
  }
  head.body = Body::bytes;
  if (content.state) {
    // A message has no field lines.
    head.state_size = content.state->size();
    return SendStart(channel, ticket, {BytesOf(head), *content.state, content.bytes}, -1, nullptr);
  }
  return SendStart(channel, ticket, {BytesOf(head), content.lines, content.bytes}, -1, nullptr);
}

AnswerReceived ReceiveAnswer(int channel, AnswerPacket& packet) noexcept {
  static std::array<char, kLargestAnswerPacket> room;
  iovec bytes{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  PassedAlong<2> passed;
  passed.Await(message);
  const ssize_t got = ::recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) {
    // ECONNRESET: the executor is gone and has left a word unread. What it has sent comes still.
    const bool comes = errno == EAGAIN || errno == EINTR || errno == ECONNRESET;
    return comes ? AnswerReceived::nothing : AnswerReceived::end;
  }
  auto taken = passed.Take(message);
  if (got == 0) return AnswerReceived::end;
  AnswerLabel label;
  if (static_cast<std::size_t>(got) < sizeof label || (message.msg_flags & MSG_TRUNC) != 0) {
    return AnswerReceived::nonsense;
  }
  std::memcpy(&label, room.data(), sizeof label);
  packet.ticket = {.id = label.id, .word = label.word};
  packet.bytes = {room.data() + sizeof label, static_cast<std::size_t>(got) - sizeof label};
  std::size_t next = 0;
  packet.file = label.has_file != 0 ? std::move(taken.at(next++)) : Descriptor();
  packet.rest = label.has_rest != 0 ? std::move(taken.at(next)) : Descriptor();
  return AnswerReceived::packet;
}

}  // namespace tined::backends
