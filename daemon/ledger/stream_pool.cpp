#include "ledger/stream_pool.hpp"

#include <algorithm>
#include <functional>

namespace tined::ledger {

StreamPool::StreamPool(std::span<Stream> slots) : slots_(slots) {
  free_.reserve(slots.size());
  leaving_.reserve(slots.size());
  // Those in front are handed out first: the others' memory is not touched before it is needed.
  for (std::size_t i = slots.size(); i-- > 0;) free_.push_back(&slots[i]);
}

Stream* StreamPool::Take(std::uint32_t owner, std::uint32_t id, std::uint64_t epoch) noexcept {
  if (free_.empty()) return nullptr;
  Stream& stream = *free_.back();
  free_.pop_back();
  // Epochs of its last owner would be those of another now.
  stream.versions.Reset();
  stream.id = id;
  stream.exchange = {};
  stream.content_length = Stream::kUnknownLength;
  stream.request = {};
  Record::KeepOrder();
  stream.owner = owner;
  Record::KeepOrder();
  StreamVersion& version = stream.versions.Change(epoch);
  version.state = StreamState::open;
  return &stream;
}

void StreamPool::Free(Stream& stream, std::uint64_t epoch) noexcept {
  stream.versions.Change(epoch).state = StreamState::free;
  leaving_.push_back(&stream);
}

void StreamPool::OnCommit(std::uint32_t owner) noexcept {
  const auto is_gone = [owner](const Stream* stream) { return stream->owner == owner; };
  const auto gone = std::partition(leaving_.begin(), leaving_.end(), std::not_fn(is_gone));
  std::for_each(gone, leaving_.end(), [this](Stream* stream) { Release(*stream); });
  leaving_.erase(gone, leaving_.end());
}

void StreamPool::TakeBack(std::uint32_t owner, std::uint64_t epoch) noexcept {
  std::erase_if(leaving_, [owner](const Stream* stream) { return stream->owner == owner; });
  for (Stream& stream : slots_) {
    if (stream.owner != owner) continue;
    stream.versions.Outvote(epoch);
    if (stream.versions.At(epoch) == nullptr) Release(stream);
  }
}

void StreamPool::Drop(std::uint32_t owner) noexcept {
  std::erase_if(leaving_, [owner](const Stream* stream) { return stream->owner == owner; });
  for (Stream& stream : slots_) {
    if (stream.owner == owner) Release(stream);
  }
}

void StreamPool::Release(Stream& stream) noexcept {
  stream.owner = 0;
  Record::KeepOrder();
  free_.push_back(&stream);
}

}  // namespace tined::ledger
