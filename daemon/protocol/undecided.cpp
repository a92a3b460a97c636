#include "protocol/undecided.hpp"

#include "http2/frame.hpp"

namespace tined::protocol {

Need Undecided::Advance(Conversation& conversation, const exchange::Routes& routes) noexcept {
  const ledger::Record& record = *conversation.record;
  const bool is_first = record.requests == 0 && record.answered() == 0;
  if (!is_first || record.closes_after_output()) {
    return {.kind = Need::Kind::protocol, .next = &http1_};
  }
  const std::string_view input = conversation.Input(arena_).substr(0, http2::kPreface.size());
  if (!http2::kPreface.starts_with(input)) {
    // Where HTTP/1 is not spoken, a client is told in the words of HTTP/2 that its preface is none.
    return {.kind = Need::Kind::protocol, .next = routes.speaks_http1() ? &http1_ : &http2_};
  }
  if (input.size() < http2::kPreface.size()) return {Need::Kind::input};
  return {.kind = Need::Kind::protocol, .next = &http2_};
}

}  // namespace tined::protocol
