#include "protocol/http2/answer_body.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <variant>

#include "base/digest.hpp"

namespace tined::http2 {
namespace {

struct Length {
  std::optional<std::uint64_t> operator()(const answer::NoContent&) const { return {}; }
  std::optional<std::uint64_t> operator()(const answer::Bytes& bytes) const {
    return bytes.text().size();
  }
  std::optional<std::uint64_t> operator()(const answer::FileSlice& slice) const {
    return slice.length;
  }
  std::optional<std::uint64_t> operator()(const answer::FileParts& file) const {
    std::uint64_t total = file.tail.size();
    for (const auto& part : file.parts) total += part.head.size() + part.length;
    return total;
  }
  std::optional<std::uint64_t> operator()(const answer::Source& source) const {
    return source.length;
  }
};

/// Adds what tells one content from another.
class Description {
 public:
  void operator()(const answer::NoContent&) const {}
  void operator()(const answer::Bytes& bytes) { text.append(bytes.text()); }
  void operator()(const answer::FileSlice& slice) {
    Add(*slice.file);
    text += fmt::format(" {}+{}", slice.offset, slice.length);
  }
  void operator()(const answer::FileParts& file) {
    Add(*file.file);
    for (const auto& part : file.parts) {
      text += fmt::format(" {}+{} ", part.offset, part.length).append(part.head);
    }
    text.append(file.tail);
  }
  void operator()(const answer::Source&) const {}

  std::string text;

 private:
  void Add(const answer::OpenFile& file) {
    struct stat status {};
    if (::fstat(file.descriptor.get(), &status) != 0) return;
    text += fmt::format("{} {} {} {}.{}", status.st_dev, status.st_ino, status.st_size,
                        status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  }
};

}  // namespace

std::optional<std::uint64_t> LengthOf(const answer::Body& body) {
  return std::visit(Length(), body);
}

std::uint64_t DigestOf(const answer::Answer& answer) {
  Description description{fmt::format("{} ", answer.status)};
  std::visit(description, answer.body);
  return Digest(description.text);
}

void TakeLoan(answer::Body& body) {
  auto* const bytes = std::get_if<answer::Bytes>(&body);
  if (bytes == nullptr || !bytes->loan.is_lent()) return;
  std::string own(bytes->text());
  body = answer::Bytes{{}, std::move(own)};
}

}  // namespace tined::http2
