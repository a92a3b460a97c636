// What HTTP/1.1 keeps of a request beside its bytes while it is incomplete or being handled, and of
// the answer behind it: owned by the conversation, and gone with the answer. Not durable: another
// process makes it anew of the bytes. Worker's loop thread.
#pragma once

#include <cstddef>
#include <memory>

#include "answer/pending.hpp"
#include "exchange/redirected.hpp"
#include "http/owned_request.hpp"
#include "protocol/http1/arrival.hpp"
#include "protocol/http1/body_pump.hpp"
#include "protocol/http1/parser.hpp"
#include "protocol/protocol.hpp"

namespace tined::http1 {

/// A request whose handler has put its answer off, or wishes another to be answered in its place:
/// as it was understood, so that it is not parsed again.
struct Delayed {
  Delayed(const http::Request& of, const ParseResult& result, std::size_t size)
      : request(of), parsed(result), message_size(size) {}

  const http::OwnedRequest request;  ///< without its body
  const ParseResult parsed;
  const std::size_t message_size;  ///< in the input, its body included
  exchange::Redirected redirected;
  exchange::Match match{};  ///< of what is answered
};

/// What is known of the request at the front while it is incomplete or being handled, or of the
/// answer behind it.
struct Progress final : protocol::Progress {
  Arrival arrival;
  std::shared_ptr<answer::Pending> pending;  ///< the answer, while its handler makes it
  std::unique_ptr<Delayed> delayed;
  /// The body of the answer at the output's end, until all of it is there. As long as it lives the
  /// record says that the connection closes: another process could not go on with it.
  std::unique_ptr<BodyPump> body;
  bool is_cut = false;  ///< that body broke off, and only a reset tells the client
};

/// What is known of a conversation in HTTP/1.1; null: nothing yet.
[[nodiscard]] inline Progress* Known(const protocol::Conversation& conversation) noexcept {
  return static_cast<Progress*>(conversation.progress.get());
}
/// What is known of a conversation in HTTP/1.1, which begins here if nothing was known yet.
[[nodiscard]] inline Progress& Of(protocol::Conversation& conversation) {
  if (!conversation.progress) conversation.progress = std::make_unique<Progress>();
  return *Known(conversation);
}
[[nodiscard]] inline bool HasBody(const protocol::Conversation& conversation) noexcept {
  const Progress* const known = Known(conversation);
  return known != nullptr && known->body;
}

}  // namespace tined::http1
