#include "backends/modules/draft.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "base/number.hpp"
#include "http/characters.hpp"
#include "http/list.hpp"
#include "http/status.hpp"

namespace tined::backends {
namespace {

/// What all headers of an answer may have together.
constexpr std::size_t kMostHeaderBytes = 64U << 10;
constexpr int kResetContent = 205;
/// What is composed in one piece lies in the ledger's arena until it is sent.
constexpr std::size_t kLargestBody = 64U << 20;

bool IsToken(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return http::IsTokenCharacter(c); });
}

/// Nothing that ends a line or that some reader might take for its end (RFC 9110, 5.5).
bool IsFieldValue(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return http::IsValueCharacter(c); });
}

/// Fields that an answer has once: what a module says last counts. (A text's Content-Type is said
/// first by Response::Text.) Others may be lists, of which every line is a part (RFC 9110, 5.3).
bool IsSingleton(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 9> kSingletons = {
      "Age",     "Content-Disposition", "Content-Location", "Content-Type", "ETag",
      "Expires", "Last-Modified",       "Location",         "Retry-After"};
  return std::any_of(kSingletons.begin(), kSingletons.end(), [&](std::string_view each) {
    return each.size() == name.size() && http::EqualsIgnoreCase(each, name);
  });
}

}  // namespace

void Draft::Clear() noexcept {
  ReleaseBody();
  status_ = 200;
  closes_ = false;
  fields_.Clear();
  declared_.reset();
  fault_.clear();
  copy_.clear();
  used_ = stream::Reply::kAll;
  state_.reset();
}

void Draft::ReleaseBody() noexcept {
  body_ = {};
  file_ = {};
  producer_.reset();
  stream_length_.reset();
}

void Draft::Fail(std::string_view reason) {
  if (fault_.empty()) fault_ = reason.empty() ? "no reason given" : reason;
}

void Draft::SetStatus(std::int32_t status) {
  if (status < 200 || status > 599) {
    return Fail(fmt::format("{} is not a status of an answer (200 to 599)", status));
  }
  status_ = status;
}

void Draft::AddHeader(std::string_view name, std::string_view value) {
  if (!IsToken(name)) return Fail("a header's name has a character that names cannot have");
  if (!IsFieldValue(value)) {
    return Fail(fmt::format("the value of header {} has a control character", name));
  }
  if (IsOwnField(name, value)) return;
  if (IsSingleton(name)) fields_.Remove(name);
  if (fields_.added().size() + name.size() + value.size() > kMostHeaderBytes) {
    return Fail("more than 64 KiB of headers");
  }
  fields_.Add(name, value);
}

bool Draft::IsOwnField(std::string_view name, std::string_view value) {
  // The sizes first, here: hardly any name is looked at any further.
  const auto is = [&](std::string_view own) {
    return name.size() == own.size() && http::EqualsIgnoreCase(name, own);
  };
  if (is("Content-Length")) {
    DeclareLength(value);
  } else if (is("Connection")) {
    if (http::EqualsIgnoreCase(value, "close")) {
      closes_ = true;
    } else if (!http::EqualsIgnoreCase(value, "keep-alive")) {
      Fail("the only value of header Connection is close");
    }
  } else if (is("Transfer-Encoding") || is("Upgrade") || is("Trailer")) {
    Fail(fmt::format("header {} is not a module's to write", name));
  } else {
    return is("Date") || is("Server") || is("Keep-Alive");
  }
  return true;
}

void Draft::DeclareLength(std::string_view value) {
  declared_ = ParseNumber<std::uint64_t>(value);
  if (!declared_) Fail("header Content-Length is not a number");
}

void Draft::SetBody(std::string_view bytes) {
  ReleaseBody();
  copy_ = bytes;
  body_.borrowed = copy_;
}

void Draft::LendBody(std::string_view bytes, void (*release)(void*), void* context) {
  ReleaseBody();
  body_ = {bytes, {}, answer::Loan(release, context)};
}

void Draft::AddBytes(std::string_view bytes) {
  copy_.append(bytes);
  body_.borrowed = copy_;
}

void Draft::Use(std::size_t used, std::size_t size) {
  if (used > size) return Fail(fmt::format("it used {} bytes of a message of {}", used, size));
  used_ = used;
}

void Draft::SetState(std::string_view bytes) {
  if (bytes.size() > ledger::kLargestState) {
    return Fail(fmt::format("a state of {} bytes, a connection remembers {} at the most",
                            bytes.size(), ledger::kLargestState));
  }
  state_ = bytes;
}

void Draft::SetFile(std::string_view path, std::uint64_t offset, std::uint64_t length) {
  ReleaseBody();
  const std::string name(path);
  // The system would read the name up to there, and open another file.
  if (const std::size_t end = name.find('\0'); end != name.npos) {
    return Fail(
        fmt::format("cannot open a file with a NUL in its name, after {}", name.substr(0, end)));
  }
  // Non-blocking: a pipe without a writer would hold everything up.
  Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    return Fail(fmt::format("cannot open {}: {}", name, ErrnoText(errno)));
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode)) return Fail(fmt::format("{} is not a regular file", name));
  if (offset > size) return Fail(fmt::format("{} ends before byte {}", name, offset));
  if (length != UINT64_MAX && length > size - offset) {
    return Fail(fmt::format("{} ends before byte {}", name, offset + length));
  }
  file_ = {std::make_shared<answer::OpenFile>(answer::OpenFile{std::move(file)}), offset,
           std::min(length, size - offset)};
}

void Draft::SetStream(const tined_producer& producer, std::uint64_t length) {
  ReleaseBody();
  producer_ = std::make_shared<Producer>(producer);
  if (producer.next == nullptr) Fail("a producer without `next`");
  if (length != UINT64_MAX) stream_length_ = length;
}

std::optional<std::uint64_t> Draft::BodySize() const noexcept {
  if (producer_) return stream_length_;
  return file_.file ? file_.length : body_.borrowed.size();
}

std::string_view Draft::Fault() {
  const std::optional<std::uint64_t> size = BodySize();
  // A 205 has no content (RFC 9110, 15.3.6): what a module adds out of habit goes.
  if (status_ == kResetContent) {
    ReleaseBody();
    declared_.reset();
    return fault_;
  }
  if (http::HasNoContent(status_)) {
    if (size != 0U) Fail(fmt::format("an answer with status {} has no body", status_));
  } else if (declared_ && size && *declared_ != *size) {
    Fail(fmt::format("header Content-Length says {}, the body has {} bytes", *declared_, *size));
  }
  if (body_.borrowed.size() > kLargestBody) {
    Fail(fmt::format("a body of {} bytes in one piece; give it in pieces", body_.borrowed.size()));
  }
  return fault_;
}

Draft::Content Draft::content() const noexcept {
  std::optional<std::uint64_t> length = BodySize();
  if (producer_) {
    if (!length) length = declared_;
    producer_->SetLength(length);
  }
  return {status_,          closes_,      fields_.added(), length, body_.borrowed,
          file_.file.get(), file_.offset, producer_.get(), used_,  state_};
}

void Draft::Compose(answer::Answer& answer, const Workplace& where) {
  if (!Fault().empty()) {
    answer::AnswerStatus(answer, 500);
    return ReleaseBody();
  }
  answer.status = status_;
  answer.closes = closes_;
  answer.fields.Prepare(fields_.added());
  if (http::HasNoContent(status_)) return ReleaseBody();
  answer.body = TakeBody(where);
}

void Draft::Compose(stream::Reply& reply) {
  if (!Fault().empty()) return stream::Fail(reply, 500);
  reply.bytes = body_.borrowed;
  reply.used = used_;
  reply.closes = closes_;
  if (state_) reply.state = *state_;
}

answer::Body Draft::TakeBody(const Workplace& where) {
  if (producer_) {
    const std::optional<std::uint64_t> length = stream_length_ ? stream_length_ : declared_;
    producer_->SetLength(length);
    return answer::Source{MakeSource(std::move(producer_), where), length};
  }
  if (file_.file) return std::move(file_);
  return std::move(body_);
}

}  // namespace tined::backends
