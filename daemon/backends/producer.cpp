#include "backends/producer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tined::backends {
namespace {

using http::BodySource;
using Outcome = BodySource::Outcome;
using Piece = BodySource::Piece;

class DirectSource final : public BodySource {
 public:
  explicit DirectSource(std::shared_ptr<Producer> producer) : producer_(std::move(producer)) {}
  [[nodiscard]] Piece Read(std::span<char> room) noexcept override { return producer_->Next(room); }

 private:
  std::shared_ptr<Producer> producer_;
};

/// Makes one piece on a thread, which the loop then takes.
class PieceJob final : public Job {
 public:
  explicit PieceJob(std::shared_ptr<Producer> producer) : producer_(std::move(producer)) {}

  void Run() noexcept override { piece_ = producer_->Next(bytes_); }
  void Finish() noexcept override {
    is_done_ = true;
    if (const auto action = std::exchange(on_done_, {})) action();
  }

  [[nodiscard]] bool is_done() const noexcept { return is_done_; }
  [[nodiscard]] Piece piece() const noexcept { return piece_; }
  [[nodiscard]] const char* data() const noexcept { return bytes_.data(); }
  void OnDone(std::function<void()> action) noexcept { on_done_ = std::move(action); }

 private:
  std::shared_ptr<Producer> producer_;
  std::vector<char> bytes_ = std::vector<char>(std::size_t{64} << 10);
  Piece piece_;
  bool is_done_ = false;
  std::function<void()> on_done_;
};

class ThreadSource final : public BodySource {
 public:
  ThreadSource(std::shared_ptr<Producer> producer, Threads& pool)
      : producer_(std::move(producer)), pool_(pool) {}
  ~ThreadSource() override {
    if (job_) job_->OnDone({});
  }

  [[nodiscard]] Piece Read(std::span<char> room) noexcept override {
    if (!job_ && !Ask()) return {Outcome::failed, 0};
    if (!job_->is_done()) return {Outcome::later, 0};
    const Piece made = job_->piece();
    if (made.outcome != Outcome::bytes) return made;
    const std::size_t size = std::min(room.size(), made.size - taken_);
    std::copy_n(job_->data() + taken_, size, room.data());
    taken_ += size;
    if (taken_ == made.size) job_.reset();
    return {Outcome::bytes, size};
  }

 private:
  [[nodiscard]] bool Ask() noexcept {
    try {
      auto job = std::make_shared<PieceJob>(producer_);
      // The queue's bound is for requests: one that is being answered is not turned away.
      if (!pool_.PostNext(job)) return false;
      job->OnDone([this] { Ready(); });
      job_ = std::move(job);
      taken_ = 0;
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  std::shared_ptr<Producer> producer_;
  Threads& pool_;
  std::shared_ptr<PieceJob> job_;
  std::size_t taken_ = 0;
};

}  // namespace

Piece Producer::Next(std::span<char> room) const noexcept {
  const std::ptrdiff_t size = table_.next(table_.state, room.data(), room.size());
  if (size == 0) return {Outcome::end, 0};
  // More than there was room for: memory has been overwritten, but where is not known.
  if (size < 0 || static_cast<std::size_t>(size) > room.size()) return {Outcome::failed, 0};
  return {Outcome::bytes, static_cast<std::size_t>(size)};
}

std::unique_ptr<BodySource> MakeSource(std::shared_ptr<Producer> producer, Threads* pool) {
  if (pool == nullptr) return std::make_unique<DirectSource>(std::move(producer));
  return std::make_unique<ThreadSource>(std::move(producer), *pool);
}

}  // namespace tined::backends
