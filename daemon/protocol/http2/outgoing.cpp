#include "protocol/http2/outgoing.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/log.hpp"
#include "http2/frame.hpp"

namespace tined::http2 {

Outgoing::Outgoing(answer::Body body, backends::FileReader& files) : files_(files) {
  std::visit([this](auto& content) { Add(content); }, body);
}

void Outgoing::Add(answer::Bytes& bytes) {
  const std::size_t size = bytes.text().size();
  if (size == 0) return;
  // What is borrowed, from a cache for one, may be gone before it is sent.
  if (bytes.own.empty()) bytes.own = bytes.borrowed;
  *length_ += size;
  parts_.emplace_back(Text{std::move(bytes)});
}

void Outgoing::Add(answer::FileSlice& slice) {
  if (slice.length == 0) return;
  *length_ += slice.length;
  parts_.emplace_back(std::move(slice));
}

void Outgoing::Add(answer::FileParts& file) {
  for (answer::FileParts::Part& part : file.parts) {
    answer::Bytes head{{}, std::move(part.head)};
    answer::FileSlice slice{file.file, part.offset, part.length};
    Add(head);
    Add(slice);
  }
  answer::Bytes tail{{}, std::move(file.tail)};
  Add(tail);
}

void Outgoing::Add(answer::Source& source) noexcept {
  source_ = std::move(source.pieces);
  length_ = source.length;
}

bool Outgoing::Skip(std::uint64_t size) noexcept {
  while (size > 0 && !parts_.empty()) {
    std::uint64_t left = 0;
    std::uint64_t skipped = 0;
    if (auto* const text = std::get_if<Text>(&parts_.front())) {
      left = text->bytes.text().size() - text->taken;
      skipped = std::min(size, left);
      text->taken += skipped;
    } else {
      auto& slice = std::get<answer::FileSlice>(parts_.front());
      left = slice.length;
      skipped = std::min(size, left);
      slice.offset += skipped;
      slice.length -= skipped;
    }
    size -= skipped;
    if (skipped == left) parts_.pop_front();
  }
  return size == 0;
}

std::optional<std::string_view> Outgoing::rest() const noexcept {
  if (source_ || parts_.size() > 1) return {};
  if (parts_.empty()) return std::string_view();
  const auto* const text = std::get_if<Text>(&parts_.front());
  if (text == nullptr) return {};
  return text->bytes.text().substr(text->taken);
}

Outgoing::Piece Outgoing::Take(std::size_t most) noexcept {
  is_waiting_ = false;
  if (source_) return TakeMade(most);
  if (parts_.empty()) return {Outcome::end};
  Part& front = parts_.front();
  if (auto* const text = std::get_if<Text>(&front)) return TakeText(*text, most);
  return TakeFile(std::get<answer::FileSlice>(front), most);
}

Outgoing::Piece Outgoing::TakeText(Text& text, std::size_t most) noexcept {
  const std::string_view left = text.bytes.text().substr(text.taken);
  if (left.size() > most) {
    text.taken += most;
    return {Outcome::bytes, left.substr(0, most)};
  }
  // Short text that is moved lies elsewhere then.
  const std::size_t taken = text.taken;
  shown_ = std::move(text.bytes);
  parts_.pop_front();
  return {Outcome::bytes, shown_.text().substr(taken), parts_.empty()};
}

Outgoing::Piece Outgoing::TakeFile(answer::FileSlice& slice, std::size_t most) noexcept {
  std::string_view bytes;
  if (read_) {
    if (!read_->is_done()) {
      is_waiting_ = true;
      return {Outcome::later};
    }
    bytes = read_->From(slice.offset);
    const bool is_fruitless = bytes.empty() && read_->offset() == slice.offset;
    if (is_fruitless) return {Outcome::failed};
  }
  if (bytes.empty()) {
    files_.Drop(read_);
    const backends::FileReader::Result got =
        files_.Read(slice.file, slice.offset, slice.length, read_);
    using Read = backends::FileReader::Outcome;
    is_waiting_ = got.outcome == Read::later;
    if (is_waiting_) return {Outcome::later};
    // The file has shrunk.
    if (got.outcome == Read::nothing) return {Outcome::failed};
    bytes = got.bytes;
  }
  bytes = bytes.substr(0, std::min<std::uint64_t>(most, slice.length));
  slice.offset += bytes.size();
  slice.length -= bytes.size();
  if (slice.length == 0) {
    parts_.pop_front();
    return {Outcome::bytes, bytes, parts_.empty()};
  }
  return {Outcome::bytes, bytes};
}

Outgoing::Piece Outgoing::TakeMade(std::size_t most) noexcept {
  using Source = answer::BodySource::Outcome;
  static std::array<char, kDefaultFrameSize> room;
  const answer::BodySource::Piece piece =
      source_->Read(std::span(room.data(), std::min(most, room.size())));
  switch (piece.outcome) {
    case Source::later:
      is_waiting_ = true;
      return {Outcome::later};
    case Source::failed:
      return {Outcome::failed};
    case Source::end:
      if (!length_ || made_ == *length_) return {Outcome::end};
      log::Error("a body is shorter than its declared length",
                 {{"declared", *length_}, {"size", made_}});
      return {Outcome::failed};
    case Source::bytes:
      break;
  }
  made_ += piece.size;
  if (length_ && made_ > *length_) {
    log::Error("a body is longer than its declared length", {{"declared", *length_}});
    return {Outcome::failed};
  }
  return {Outcome::bytes, {room.data(), piece.size}};
}

void Outgoing::OnReady(std::function<void()> action) noexcept {
  if (read_) return read_->OnDone(std::move(action));
  if (source_) source_->OnReady(std::move(action));
}

void Outgoing::OnClientLeft() noexcept {
  if (source_) (void)source_->OnClientLeft();
}

}  // namespace tined::http2
