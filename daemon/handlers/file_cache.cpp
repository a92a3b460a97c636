#include "handlers/file_cache.hpp"

#include <utility>

namespace tined::handlers {
namespace {

std::size_t ContentsOf(const Resource& resource) noexcept {
  std::size_t bytes = 0;
  for (const Representation& each : resource.representations) bytes += each.contents.size();
  return bytes;
}

std::size_t DescriptorsOf(const Resource& resource) noexcept {
  std::size_t count = 0;
  for (const Representation& each : resource.representations) count += each.file ? 1 : 0;
  return count;
}

}  // namespace

FileCache::FileCache(const Limits& limits) : limits_(limits) { index_.reserve(limits.entries); }

Resource* FileCache::Find(const Key& key) noexcept {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->resource;
}

Resource& FileCache::Keep(const Key& key, Resource resource) {
  Drop(key);
  entries_.push_front({key.owner, std::string(key.path), std::move(resource)});
  const Entries::iterator entry = entries_.begin();
  contents_ += ContentsOf(entry->resource);
  descriptors_ += DescriptorsOf(entry->resource);
  index_.emplace(Key{entry->owner, entry->path}, entry);
  // The newest stays even if it breaks the limits alone: it is about to be sent.
  while (IsOverLimit() && entries_.size() > 1) Remove(std::prev(entries_.end()));
  return entry->resource;
}

void FileCache::Drop(const Key& key) noexcept {
  if (const auto found = index_.find(key); found != index_.end()) Remove(found->second);
}

bool FileCache::IsOverLimit() const noexcept {
  return entries_.size() > limits_.entries || contents_ > limits_.contents ||
         descriptors_ > limits_.descriptors;
}

void FileCache::Remove(Entries::iterator entry) noexcept {
  contents_ -= ContentsOf(entry->resource);
  descriptors_ -= DescriptorsOf(entry->resource);
  index_.erase(Key{entry->owner, entry->path});
  entries_.erase(entry);
}

}  // namespace tined::handlers
