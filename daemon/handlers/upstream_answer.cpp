#include "handlers/upstream_answer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "answer/exchange.hpp"
#include "http/list.hpp"
#include "http/status.hpp"

namespace tined::handlers {
namespace {

using Outcome = answer::BodySource::Outcome;
using Piece = answer::BodySource::Piece;

/// A body that is there whole and not longer than that is one in memory: it outlives its worker.
constexpr std::size_t kShort = std::size_t{16} << 10;

class UpstreamBody final : public answer::BodySource {
 public:
  /// `begun`: what has been read of it already. Null: nobody wants it.
  UpstreamBody(std::shared_ptr<backends::Call> call, std::string begun)
      : call_(std::move(call)), begun_(std::move(begun)) {
    if (call_) call_->OnProgress([this] { Ready(); });
  }
  ~UpstreamBody() override {
    if (call_) call_->OnProgress({});
  }

  [[nodiscard]] Piece Read(std::span<char> room) noexcept override {
    if (taken_ < begun_.size()) {
      const std::size_t size = begun_.copy(room.data(), room.size(), taken_);
      taken_ += size;
      return {Outcome::bytes, size};
    }
    return call_ ? call_->Read(room) : Piece{Outcome::end, 0};
  }
  [[nodiscard]] bool OnClientLeft() noexcept override { return true; }

 private:
  const std::shared_ptr<backends::Call> call_;
  const std::string begun_;
  std::size_t taken_ = 0;
};

/// What a server says of a file that it lets a client have: the rest is about its own answer.
std::string LinesAboutFile(std::string_view lines) {
  constexpr std::array<std::string_view, 6> kNames = {"Content-Type",        "Content-Language",
                                                      "Content-Disposition", "Set-Cookie",
                                                      "Cache-Control",       "Expires"};
  std::string kept;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n") + 2);
    lines.remove_prefix(line.size());
    const std::string_view name = line.substr(0, line.find(':'));
    if (std::any_of(kNames.begin(), kNames.end(),
                    [name](std::string_view each) { return http::EqualsIgnoreCase(name, each); })) {
      kept.append(line);
    }
  }
  return kept;
}

void AnswerFailure(int status, answer::Exchange& exchange) {
  answer::AnswerStatus(exchange, status, status == 503 ? "Retry-After: 1\r\n" : "");
}

}  // namespace

UpstreamAnswer::UpstreamAnswer(std::shared_ptr<backends::Call> call, Facts facts)
    : call_(std::move(call)), facts_(std::move(facts)) {
  call_->OnProgress([this] { Done(); });
}

UpstreamAnswer::~UpstreamAnswer() {
  if (call_) call_->OnProgress({});
}

void UpstreamAnswer::Begin(std::shared_ptr<backends::Call> call, Facts facts,
                           answer::Exchange& exchange) {
  call->Start();
  if (call->failure() != 0) return AnswerFailure(call->failure(), exchange);
  exchange.later = std::make_shared<UpstreamAnswer>(std::move(call), std::move(facts));
}

void UpstreamAnswer::Compose(answer::Exchange& exchange) {
  call_->OnProgress({});
  if (call_->failure() != 0) return AnswerFailure(call_->failure(), exchange);
  backends::AnswerReader::Head& head = call_->head();
  if (!head.local_redirect.empty()) {
    exchange.redirection = {.target = std::move(head.local_redirect),
                            .route = facts_.route,
                            .program = {},
                            .pid = 0,
                            .lines = LinesAboutFile(head.lines)};
    call_.reset();
    return;
  }
  answer::Answer& answer = exchange.answer;
  answer.status = head.status;
  answer.fields.Append(head.lines);
  answer.body = TakeBody();
}

answer::Body UpstreamAnswer::TakeBody() {
  const int status = call_->head().status;
  const auto length = call_->head().length;
  static std::array<char, kShort> room;
  if (status == 205 || http::HasNoContent(status) || facts_.is_head) {
    // The end may be there already, and the connection of use to others.
    (void)call_->Read(room);
    if (status == 205) return answer::Bytes{};
    if (http::HasNoContent(status)) return answer::NoContent{};
    return answer::Source{std::make_unique<UpstreamBody>(nullptr, ""), length};
  }
  std::string begun;
  while (begun.size() < kShort) {
    const Piece piece = call_->Read(room);
    begun.append(room.data(), piece.size);
    if (piece.outcome == Outcome::end) return answer::Bytes{{}, std::move(begun)};
    if (piece.outcome != Outcome::bytes) break;
  }
  return answer::Source{std::make_unique<UpstreamBody>(std::move(call_), std::move(begun)), length};
}

}  // namespace tined::handlers
