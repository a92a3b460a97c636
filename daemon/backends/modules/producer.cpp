#include "backends/modules/producer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace tined::backends {
namespace {

/// What a module may say of why its producer fails.
constexpr std::size_t kLongestReason = 1024;

/// Told by the producer that is at work on this thread.
thread_local std::string reason_told;

using answer::BodySource;
using Outcome = BodySource::Outcome;
using Piece = BodySource::Piece;

class DirectSource final : public BodySource {
 public:
  DirectSource(std::shared_ptr<Producer> producer, std::atomic<std::uint64_t>* shown)
      : producer_(std::move(producer)), shown_(shown) {}
  [[nodiscard]] Piece Read(std::span<char> room) noexcept override {
    return producer_->Next(room, shown_);
  }

 private:
  std::shared_ptr<Producer> producer_;
  std::atomic<std::uint64_t>* const shown_;
};

/// Makes one piece on a thread, which the loop then takes.
class PieceJob final : public Job {
 public:
  explicit PieceJob(std::shared_ptr<Producer> producer) : producer_(std::move(producer)) {}

  void Run() noexcept override { piece_ = producer_->Next(bytes_); }
  void Finish() noexcept override {
    if (!is_overdue_) Done();
  }
  [[nodiscard]] bool OnOverdue() noexcept override {
    is_overdue_ = true;
    producer_->GiveUp();
    Done();
    return true;
  }
  void LogOverdue(std::string_view stack) const noexcept override { producer_->LogOverdue(stack); }

  [[nodiscard]] bool is_done() const noexcept { return is_done_; }
  [[nodiscard]] Piece piece() const noexcept {
    return is_overdue_ ? Piece{Outcome::failed, 0} : piece_;
  }
  [[nodiscard]] const char* data() const noexcept { return bytes_.data(); }
  void OnDone(std::function<void()> action) noexcept { on_done_ = std::move(action); }

 private:
  void Done() {
    is_done_ = true;
    if (const auto action = std::exchange(on_done_, {})) action();
  }

  std::shared_ptr<Producer> producer_;
  std::vector<char> bytes_ = std::vector<char>(std::size_t{64} << 10);
  Piece piece_;
  bool is_done_ = false;
  bool is_overdue_ = false;  ///< its thread may still be writing
  std::function<void()> on_done_;
};

class ThreadSource final : public BodySource {
 public:
  ThreadSource(std::shared_ptr<Producer> producer, Threads& pool)
      : producer_(std::move(producer)), pool_(pool) {}
  ~ThreadSource() override {
    producer_->GiveUp();
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

void Producer::TellReason(tined_text reason) noexcept {
  try {
    reason_told.assign(reason.data, std::min(reason.size, kLongestReason));
  } catch (const std::exception&) {
    // The end is told without a reason, then.
  }
}

Piece Producer::Next(std::span<char> room, std::atomic<std::uint64_t>* shown) noexcept {
  reason_told.clear();
  std::ptrdiff_t size = 0;
  {
    const ledger::HandlingMark mark(handling_, shown);
    const ledger::AskedMark asked({.id = &origin_.id,
                                   .method = origin_.method,
                                   .target = origin_.target,
                                   .minor_version = origin_.minor_version,
                                   .is_gone = &is_gone_});
    size = table_.next(table_.state, room.data(), room.size());
  }
  try {
    return Judge(size, room.size());
  } catch (const std::exception&) {
    return {Outcome::failed, 0};
  }
}

Piece Producer::Judge(std::ptrdiff_t size, std::size_t room) {
  if (size < 0) return Fail(reason_told.empty() ? "it gave up" : std::string_view(reason_told));
  const auto made = static_cast<std::size_t>(size);
  // Memory has been overwritten, but which is not known.
  if (made > room)
    return Fail(fmt::format("it wrote {} bytes where there was room for {}", made, room));
  made_ += made;
  if (length_ && (made_ > *length_ || (made == 0 && made_ < *length_))) {
    return Fail(fmt::format("it made {}{} bytes of a body that has {} by its header", made_,
                            made_ > *length_ ? " or more" : "", *length_));
  }
  return {made == 0 ? Outcome::end : Outcome::bytes, made};
}

Piece Producer::Fail(std::string_view reason) const noexcept {
  Log(reason, {});
  return {Outcome::failed, 0};
}

void Producer::LogOverdue(std::string_view stack) const noexcept {
  Log("a piece took longer than backends.threads.timeout", stack);
}

/// `stack`: where its thread is, or empty.
void Producer::Log(std::string_view reason, std::string_view stack) const noexcept {
  try {
    log::Error("module failed", {{"module", origin_.module},
                                 {"route", origin_.route},
                                 {"in", "body"},
                                 {"method", origin_.method},
                                 {"target", origin_.target},
                                 {"id", std::string_view(origin_.id.data(), origin_.id.size())},
                                 {"reason", reason},
                                 {"stack", stack}});
  } catch (const std::exception&) {
    // Out of memory: the line is lost.
  }
}

std::unique_ptr<BodySource> MakeSource(std::shared_ptr<Producer> producer, const Workplace& where) {
  if (where.pool == nullptr) {
    return std::make_unique<DirectSource>(std::move(producer), where.shown);
  }
  return std::make_unique<ThreadSource>(std::move(producer), *where.pool);
}

}  // namespace tined::backends
