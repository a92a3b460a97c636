#include "protocol/http1/arrival.hpp"

namespace tined::http1 {

bool Arrival::IsWorthParsing(std::string_view input, std::size_t longest_header) {
  if (wanted_ == 0) return true;
  if (!has_header()) return scan_.Feed(input) || input.size() > longest_header;
  if (input.size() < wanted_) return false;
  // Each piece of a body in chunks costs what is in it, not its header once more.
  return !chunks_ || chunks_->Feed(input.substr(header_size_)) != ChunkedBody::Outcome::need_more;
}

void Arrival::WaitForHeader(std::string_view input) {
  // Whoever was asked whether it is worth parsing has looked at these bytes.
  if (wanted_ == 0) (void)scan_.Feed(input);
  wanted_ = static_cast<std::uint32_t>(input.size() + 1);
}

void Arrival::WaitForBody(std::size_t header_size, std::size_t message_size) noexcept {
  header_size_ = static_cast<std::uint32_t>(header_size);
  wanted_ = static_cast<std::uint32_t>(message_size);
}

ReadBody ReadSized(std::string_view input, const ParseResult& parsed, Bytes limit) noexcept {
  using Outcome = ReadBody::Outcome;
  if (parsed.body_length > limit.count) return {Outcome::too_large};
  const std::size_t message_size = parsed.header_size + parsed.body_length;
  if (input.size() < message_size) return {Outcome::need_more, {}, message_size};
  return {Outcome::complete, input.substr(parsed.header_size, parsed.body_length), message_size};
}

ReadBody Arrival::ReadChunks(std::string_view input, std::size_t header_size, Bytes limit) {
  using Outcome = ReadBody::Outcome;
  if (!chunks_) chunks_ = std::make_unique<ChunkedBody>(limit);
  switch (chunks_->Feed(input.substr(header_size))) {
    case ChunkedBody::Outcome::malformed:
      return {Outcome::malformed};
    case ChunkedBody::Outcome::too_large:
      return {Outcome::too_large};
    case ChunkedBody::Outcome::need_more:
      return {Outcome::need_more, {}, input.size() + 1};
    case ChunkedBody::Outcome::complete:
      break;
  }
  return {Outcome::complete, chunks_->body(), header_size + chunks_->sent_size()};
}

}  // namespace tined::http1
