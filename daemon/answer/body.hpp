// What an answer has behind its header: nothing, bytes in memory, pieces of a file, or what a
// source makes piece by piece while it is sent. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "answer/body_source.hpp"
#include "base/descriptor.hpp"
#include "config/model.hpp"

namespace tined::answer {

/// No content at all, and no length of it: 204, 304 (RFC 9110, 8.6).
struct NoContent {};

/// Bytes that a handler's own code has lent: it is told once, when they are not needed any more, if
/// it wants to be.
class Loan {
 public:
  Loan() = default;
  /// `release` may be null.
  Loan(void (*release)(void*), void* context) noexcept
      : is_lent_(true), release_(release), context_(context) {}
  Loan(Loan&& other) noexcept
      : is_lent_(std::exchange(other.is_lent_, false)),
        release_(std::exchange(other.release_, nullptr)),
        context_(other.context_) {}
  Loan& operator=(Loan&& other) noexcept {
    std::swap(is_lent_, other.is_lent_);
    std::swap(release_, other.release_);
    std::swap(context_, other.context_);
    return *this;
  }
  ~Loan() {
    if (release_ != nullptr) release_(context_);
  }

  [[nodiscard]] bool is_lent() const noexcept { return is_lent_; }

 private:
  bool is_lent_ = false;
  void (*release_)(void*) = nullptr;
  void* context_ = nullptr;
};

/// Bytes in memory. They are the body's own, or stay where they are until it is gone.
struct Bytes {
  std::string_view borrowed;
  std::string own{};  ///< count where there are any
  Loan loan{};

  [[nodiscard]] std::string_view text() const noexcept { return own.empty() ? borrowed : own; }
};

/// An open file that answers being sent may share; closed with its last owner.
struct OpenFile {
  Descriptor descriptor;
  config::FileIo io = config::FileIo::sendfile;  ///< how it is sent
};
using FileHandle = std::shared_ptr<const OpenFile>;

/// `length` bytes of `file` from `offset`.
struct FileSlice {
  FileHandle file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Several slices of one file with text in between: a multipart answer.
struct FileParts {
  struct Part {
    std::string head;  ///< stands in front of the slice: delimiter, part header, blank line
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  FileHandle file;
  std::vector<Part> parts;
  std::string tail;  ///< stands behind the last one
};

/// Pieces that come while the answer is sent. `length`: of all together, where that is known.
struct Source {
  std::unique_ptr<BodySource> pieces;
  std::optional<std::uint64_t> length;
};

using Body = std::variant<NoContent, Bytes, FileSlice, FileParts, Source>;

/// Whether reading the body, or letting it go, may be the doing of a handler's own code.
[[nodiscard]] inline bool IsForeign(const Body& body) noexcept {
  if (const auto* const bytes = std::get_if<Bytes>(&body)) return bytes->loan.is_lent();
  return std::holds_alternative<Source>(body);
}

}  // namespace tined::answer
