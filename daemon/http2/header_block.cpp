#include "http2/header_block.hpp"

#include "http2/frame_reader.hpp"

namespace tined::http2 {
namespace {

/// A frame that is not whole says already what it is, once its header is there.
Fault CheckNext(const HeaderBlock& block, const Frame& frame) noexcept {
  if (block.part_count == 0) return {};
  if (frame.type != FrameType::continuation || frame.stream != block.stream) {
    return {ErrorCode::protocol_error, "another frame inside of a header block"};
  }
  if (block.part_count == block.parts.size()) {
    return {ErrorCode::enhance_your_calm, "a header block of too many frames"};
  }
  return {};
}

HeaderBlock& Fail(HeaderBlock& block, const Fault& fault) noexcept {
  block.fault = fault;
  block.outcome = HeaderBlock::Outcome::fault;
  return block;
}

}  // namespace

HeaderBlock ReadHeaderBlock(std::string_view input, std::size_t most) noexcept {
  HeaderBlock block;
  std::size_t size = 0;
  for (;;) {
    const std::string_view rest = input.substr(block.frames_size);
    const ReadResult read = ReadFrame(rest);
    if (read.outcome == ReadResult::Outcome::fault) return Fail(block, read.fault);
    const Frame& frame = read.frame;
    if (rest.size() >= kFrameHeaderSize) {
      if (const Fault fault = CheckNext(block, frame)) return Fail(block, fault);
      // Padding counts: it takes the same memory while the rest of the block is waited for.
      size += frame.length;
      if (size > most) return Fail(block, {ErrorCode::enhance_your_calm, "header block too large"});
    }
    if (read.outcome == ReadResult::Outcome::needs_input) {
      block.missing = read.missing;
      return block;
    }
    if (block.part_count == 0) {
      block.stream = frame.stream;
      block.ends_stream = frame.Has(kEndStream);
    }
    block.parts[block.part_count++] = frame.content;
    block.frames_size += frame.size();
    if (frame.Has(kEndHeaders)) {
      block.outcome = HeaderBlock::Outcome::whole;
      return block;
    }
  }
}

}  // namespace tined::http2
