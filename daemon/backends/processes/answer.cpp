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

/// Takes a packet apart, and what has come along with it.
AnswerReceived Read(std::string_view bytes, const msghdr& message, AnswerPacket& packet) noexcept {
  auto taken = PassedAlong<2>::Take(message);
  if (bytes.empty()) return AnswerReceived::end;
  AnswerLabel label;
  if (bytes.size() < sizeof label || (message.msg_flags & MSG_TRUNC) != 0) {
    return AnswerReceived::nonsense;
  }
  std::memcpy(&label, bytes.data(), sizeof label);
  packet.ticket = {.id = label.id, .word = label.word};
  packet.bytes = bytes.substr(sizeof label);
  std::size_t next = 0;
  packet.file = label.has_file != 0 ? std::move(taken.at(next++)) : Descriptor();
  packet.rest = label.has_rest != 0 ? std::move(taken.at(next)) : Descriptor();
  return AnswerReceived::packet;
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

std::size_t ReceiveAnswers(int channel, std::span<AnswerPacket> packets,
                           std::span<AnswerReceived> told) noexcept {
  // Pages of it that no packet has come to are not there.
  static std::array<std::array<char, kLargestAnswerPacket>, kMostAnswersAtOnce> rooms;
  std::array<iovec, kMostAnswersAtOnce> bytes;
  std::array<PassedAlong<2>, kMostAnswersAtOnce> passed;
  std::array<mmsghdr, kMostAnswersAtOnce> messages{};
  const std::size_t most = std::min({packets.size(), told.size(), messages.size()});
  for (std::size_t i = 0; i < most; ++i) {
    bytes[i] = {rooms[i].data(), rooms[i].size()};
    messages[i].msg_hdr.msg_iov = &bytes[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    passed[i].Await(messages[i].msg_hdr);
  }
  const int got = ::recvmmsg(channel, messages.data(), static_cast<unsigned>(most),
                             MSG_CMSG_CLOEXEC | MSG_DONTWAIT, nullptr);
  if (got < 0) {
    // ECONNRESET: the executor is gone and has left a word unread. What it has sent comes still.
    if (errno == EAGAIN || errno == EINTR || errno == ECONNRESET) return 0;
    told[0] = AnswerReceived::end;
    return 1;
  }
  const auto count = static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view packet(rooms[i].data(), messages[i].msg_len);
    told[i] = Read(packet, messages[i].msg_hdr, packets[i]);
  }
  return count;
}

AnswerReceived ReceiveAnswer(int channel, AnswerPacket& packet) noexcept {
  AnswerReceived told = AnswerReceived::nothing;
  (void)ReceiveAnswers(channel, {&packet, 1}, {&told, 1});
  return told;
}

}  // namespace tined::backends
