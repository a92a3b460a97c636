#include "backends/files/file_reader.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::backends {
namespace {

/// Buffers kept for the next reads.
constexpr std::size_t kMostSpare = 8;

}  // namespace

std::string_view FileRead::From(std::uint64_t offset) const noexcept {
  if (offset < offset_ || offset - offset_ >= filled_) return {};
  return {buffer_.get() + (offset - offset_), filled_ - (offset - offset_)};
}

void FileRead::Run() noexcept {
  while (is_wanted_ && filled_ < size_) {
    const ssize_t got = ::pread(file_->descriptor.get(), buffer_.get() + filled_, size_ - filled_,
                                static_cast<off_t>(offset_ + filled_));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    filled_ += static_cast<std::size_t>(got);
  }
}

void FileRead::Finish() noexcept { reader_.Done(*this); }

void FileRead::OnRead(int result) noexcept {
  const std::shared_ptr<FileRead> self = std::move(self_);
  // What the kernel did not get round to, or broke off.
  const bool is_unread = result == -EAGAIN || result == -EINTR || result == -ECANCELED;
  if (is_unread && !reader_.is_ending_) {
    return reader_.BeginOnThread(self);
  }
  filled_ = result > 0 ? static_cast<std::size_t>(result) : 0;
  reader_.Done(*this);
}

FileReader::FileReader(loop::Loop& loop, Threads& threads) : loop_(loop), threads_(threads) {}

bool FileReader::HasRing() noexcept {
  if (std::exchange(has_tried_ring_, true)) return ring_ != nullptr;
  try {
    ring_ = std::make_unique<Ring>(loop_);
  } catch (const std::system_error& error) {
    log::Warning("no io_uring here: for `io: async`, threads read what is not in the page cache",
                 {{"pid", ::getpid()}, {"error", error.what()}});
  }
  return ring_ != nullptr;
}

FileReader::Result FileReader::Read(const answer::FileHandle& file, std::uint64_t offset,
                                    std::uint64_t length,
                                    std::shared_ptr<FileRead>& later) noexcept {
  const std::size_t size = std::min<std::uint64_t>(length, kPiece);
  const bool may_wait =
      file->io == config::FileIo::sendfile || file->io == config::FileIo::blocking;
  const bool is_ring = file->io == config::FileIo::async && HasRing();
  Drop(shown_);
  if (!is_ring) {
    const Result now = ReadNow(file->descriptor.get(), offset, size, may_wait ? 0 : RWF_NOWAIT);
    if (now.outcome != Outcome::later) return now;
  }
  auto read = std::make_shared<FileRead>(*this, file, offset, size);
  Begin(read);
  int result = 0;
  if (is_ring && ring_->TakeResult(*read, result)) read->OnRead(result);
  if (read->is_done()) return Show(read);
  later = std::move(read);
  return {Outcome::later, {}};
}

/// With RWF_NOWAIT, `later` is everything but bytes that were there.
FileReader::Result FileReader::ReadNow(int fd, std::uint64_t offset, std::size_t size,
                                       int flags) noexcept {
  if (!scratch_) scratch_ = std::make_unique_for_overwrite<char[]>(kPiece);
  const iovec room{scratch_.get(), size};
  for (;;) {
    const ssize_t got = ::preadv2(fd, &room, 1, static_cast<off_t>(offset), flags);
    if (got > 0) return {Outcome::bytes, {scratch_.get(), static_cast<std::size_t>(got)}};
    if (got < 0 && errno == EINTR) continue;
    // Some file systems do not know the flag, and some kernels have said 0 for "not there yet".
    return {flags == 0 ? Outcome::nothing : Outcome::later, {}};
  }
}

/// The bytes of a read that did not have to be waited for.
FileReader::Result FileReader::Show(std::shared_ptr<FileRead>& read) noexcept {
  shown_ = std::move(read);
  const std::string_view bytes = shown_->From(shown_->offset());
  return {bytes.empty() ? Outcome::nothing : Outcome::bytes, bytes};
}

void FileReader::Drop(std::shared_ptr<FileRead>& read) noexcept {
  if (!read) return;
  if (read->is_done()) {
    GiveBack(*read);
  } else {
    read->is_wanted_ = false;
    read->on_done_ = {};
  }
  read.reset();
}

void FileReader::Begin(const std::shared_ptr<FileRead>& read) noexcept {
  if (under_way_ == kMost) {
    waiting_.push_back(read);
    return;
  }
  ++under_way_;
  read->buffer_ = TakeBuffer();
  const bool is_ring = read->file_->io == config::FileIo::async && HasRing();
  if (is_ring && ring_->Read(read->file_->descriptor.get(), {read->buffer_.get(), read->size_},
                             read->offset_, *read)) {
    read->self_ = read;
  } else {
    BeginOnThread(read);
  }
}

void FileReader::BeginOnThread(const std::shared_ptr<FileRead>& read) noexcept {
  // The queue's bound is for requests: one that is being answered is not turned away.
  if (threads_.PostNext(read)) return;
  // When not one thread can be had, the loop waits.
  read->Run();
  Done(*read);
}

void FileReader::Done(FileRead& read) noexcept {
  read.is_done_ = true;
  --under_way_;
  if (!read.is_wanted_) GiveBack(read);
  if (is_ending_) return;
  BeginNext();
  if (const auto action = std::exchange(read.on_done_, {})) action();
}

void FileReader::BeginNext() noexcept {
  while (!waiting_.empty() && under_way_ < kMost) {
    const std::shared_ptr<FileRead> next = std::move(waiting_.front());
    waiting_.pop_front();
    if (next->is_wanted_) Begin(next);
  }
}

FileRead::Buffer FileReader::TakeBuffer() {
  if (spare_.empty()) return std::make_unique_for_overwrite<char[]>(kPiece);
  FileRead::Buffer buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

void FileReader::GiveBack(FileRead& read) noexcept {
  read.filled_ = 0;
  if (read.buffer_ && spare_.size() < kMostSpare) spare_.push_back(std::move(read.buffer_));
  read.buffer_.reset();
}

bool FileReader::Quiesce(Duration patience) noexcept {
  is_ending_ = true;
  waiting_.clear();
  return ring_ == nullptr || ring_->Quiesce(patience);
}

}  // namespace tined::backends
