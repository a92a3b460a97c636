#include "handlers/program_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "answer/exchange.hpp"
#include "base/log.hpp"
#include "http/status.hpp"

namespace tined::handlers {
namespace {

using Outcome = answer::BodySource::Outcome;
using Piece = answer::BodySource::Piece;

class ProgramBody final : public answer::BodySource {
 public:
  /// `begun`: what came with the header. `is_wanted`: somebody will read it. `length`: as the
  /// program declares it; what it writes beyond is no part of its message (RFC 9112, 6.3).
  ProgramBody(std::shared_ptr<backends::Program> program, std::string begun, bool is_wanted,
              std::optional<std::uint64_t> length)
      : program_(std::move(program)),
        begun_(std::move(begun)),
        left_(length.value_or(UINT64_MAX)),
        is_complete_(!is_wanted || left_ == 0) {
    program_->OnOutput([this] { Ready(); });
  }
  ~ProgramBody() override {
    program_->OnOutput({});
    if (is_complete_) {
      program_->Leave();
    } else {
      program_->End();
    }
  }

  [[nodiscard]] Piece Read(std::span<char> room) noexcept override {
    // Whoever else has its output open is not waited for.
    if (left_ == 0) return {Outcome::end, 0};
    Piece piece = Next(room);
    piece.size = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size, left_));
    left_ -= piece.size;
    is_complete_ = piece.outcome == Outcome::end || left_ == 0;
    return piece;
  }
  [[nodiscard]] bool OnClientLeft() noexcept override { return true; }

 private:
  [[nodiscard]] Piece Next(std::span<char> room) noexcept {
    if (taken_ == begun_.size()) return program_->Read(room);
    const std::size_t size = begun_.copy(room.data(), room.size(), taken_);
    taken_ += size;
    return {Outcome::bytes, size};
  }

  const std::shared_ptr<backends::Program> program_;
  const std::string begun_;
  std::uint64_t left_;  ///< bytes of the message
  std::size_t taken_ = 0;
  bool is_complete_;  ///< nothing of it is missing anybody
};

}  // namespace

ProgramAnswer::ProgramAnswer(std::shared_ptr<backends::Program> program, bool is_head)
    : program_(std::move(program)), is_head_(is_head) {
  program_->OnOutput([this] { ReadHeader(); });
}

ProgramAnswer::~ProgramAnswer() {
  if (!is_read_) program_->OnOutput({});
}

void ProgramAnswer::ReadHeader() noexcept {
  static std::array<char, 16U << 10> room;
  while (failure_ == 0 && !is_read_) {
    const Piece piece = program_->Read(room);
    switch (piece.outcome) {
      case Outcome::later:
        return;
      case Outcome::bytes:
        Take({room.data(), piece.size});
        break;
      case Outcome::end:
      case Outcome::failed:
        Fail(program_->has_timed_out() ? 504 : 502, EndWithoutHeader());
    }
  }
  program_->OnOutput({});
  Done();
}

void ProgramAnswer::Take(std::string_view bytes) {
  const std::size_t known = output_.size();
  output_.append(bytes);
  const std::size_t size = http::CgiHeaderSize(output_, known);
  if (size > kLongestHeader || (size == 0 && output_.size() > kLongestHeader)) {
    return Fail(502, fmt::format("its header is longer than {} bytes", kLongestHeader));
  }
  if (size == 0) return;
  http::CgiHeaderReading reading = http::ReadCgiHeader(std::string_view(output_).substr(0, size));
  if (!reading.header) return Fail(502, reading.fault);
  header_ = std::move(*reading.header);
  output_.erase(0, size);
  is_read_ = true;
}

std::string ProgramAnswer::EndWithoutHeader() const {
  std::string end = "it was ended";
  if (const auto& death = program_->death()) end = fmt::format("it ended ({})", death->Text());
  return fmt::format("{} before its header was complete, after {} bytes of output", end,
                     output_.size());
}

void ProgramAnswer::Fail(int status, std::string_view reason) noexcept {
  failure_ = status;
  log::Error("program gave no answer", {{"route", program_->facts().route},
                                        {"program", program_->facts().file},
                                        {"pid", program_->pid()},
                                        log::IfAny("id", program_->facts().id),
                                        {"status", status},
                                        {"reason", reason}});
  program_->End();
}

void ProgramAnswer::Compose(answer::Exchange& exchange) {
  if (failure_ != 0) return answer::AnswerStatus(exchange, failure_);
  if (!header_.local_redirect.empty()) {
    program_->Leave();
    exchange.redirection = {std::move(header_.local_redirect), program_->facts().route,
                            program_->facts().file, program_->pid()};
    return;
  }
  answer::Answer& answer = exchange.answer;
  answer.status = header_.status;
  answer.fields.Prepare(header_.lines);
  if (header_.status == 205) {
    answer.body = answer::Bytes{};
  } else if (!http::HasNoContent(header_.status)) {
    const bool is_wanted = !is_head_ && header_.content_length != 0U;
    answer.body = answer::Source{std::make_unique<ProgramBody>(program_, std::move(output_),
                                                               is_wanted, header_.content_length),
                                 header_.content_length};
    return;
  }
  program_->Leave();
}

}  // namespace tined::handlers
