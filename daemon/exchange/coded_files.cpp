#include "exchange/coded_files.hpp"

#include <sys/uio.h>

#include <utility>

#include "coding/encoder.hpp"

namespace tined::exchange {
namespace {

/// Empty: not all of it is there, or not without waiting for a disk, where the route's way of
/// reading files is never to wait.
std::string ContentsOf(const answer::FileSlice& file) {
  const config::FileIo io = file.file->io;
  const bool may_wait = io == config::FileIo::sendfile || io == config::FileIo::blocking;
  std::string bytes(file.length, '\0');
  for (std::size_t size = 0; size < bytes.size();) {
    iovec rest{.iov_base = bytes.data() + size, .iov_len = bytes.size() - size};
    const ssize_t got =
        ::preadv2(file.file->descriptor.get(), &rest, 1, static_cast<off_t>(file.offset + size),
                  may_wait ? 0 : RWF_NOWAIT);
    if (got <= 0) return {};
    size += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace

std::string CodedFiles::Get(const answer::FileSlice& file, std::string_view tag,
                            http::Coding coding, config::Compress::Effort effort) {
  return Find(tag, coding, effort, [&] { return ContentsOf(file); });
}

std::string CodedFiles::Get(std::string_view contents, std::string_view tag, http::Coding coding,
                            config::Compress::Effort effort) {
  return Find(tag, coding, effort, [&] { return contents; });
}

template <typename Contents>
std::string CodedFiles::Find(std::string_view tag, http::Coding coding,
                             config::Compress::Effort effort, Contents contents) {
  std::string key;
  if (!tag.empty()) {
    // Routes of a listener share this, and may differ in what they ask for.
    key.append(tag).append({' ', static_cast<char>(coding), static_cast<char>(effort)});
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->bytes;
    }
  }
  std::string encoded = coding::Encoded(coding, effort, contents());
  if (!key.empty() && !encoded.empty()) Keep(std::move(key), encoded);
  return encoded;
}

void CodedFiles::Keep(std::string key, const std::string& bytes) {
  if (bytes.size() > room_ / 2) return;
  while (size_ + bytes.size() > room_) {
    size_ -= entries_.back().bytes.size();
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({std::move(key), bytes});
  by_key_.emplace(entries_.front().key, entries_.begin());
  size_ += bytes.size();
}

}  // namespace tined::exchange
