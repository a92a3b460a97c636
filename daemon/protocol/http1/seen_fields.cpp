#include "protocol/http1/seen_fields.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tined::http1 {
namespace {

/// "Host: a" and the empty line have eleven bytes; what is longer than the second fills
/// the cache.
constexpr std::size_t kShortest = 11;
constexpr std::size_t kLongest = 2048;

bool IsWorthIt(std::string_view text) noexcept {
  return text.size() >= kShortest && text.size() <= kLongest;
}

std::uint64_t EightBytes(std::string_view text, std::size_t at) noexcept {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data() + at, sizeof bytes);
  return bytes;
}

/// Hashes the length and some bytes: clients differ in the last fields (languages, cookies) and in
/// the middle (their own names). Equal texts are compared whole, so this need not be a good hash.
std::uint64_t Fingerprint(std::string_view text) noexcept {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  constexpr std::size_t kFromEnd = sizeof(std::uint64_t);
  constexpr std::size_t kEmptyLine = 4;
  std::uint64_t mixed = text.size();
  const std::size_t last = text.size() - kFromEnd;
  for (const std::size_t at :
       {text.size() / 4, std::min(text.size() / 2, last), last - std::min(last, kEmptyLine)}) {
    mixed = (mixed ^ EightBytes(text, at)) * kOdd;
    mixed ^= mixed >> 32;
  }
  return mixed;
}

std::string_view Moved(std::string_view view, const char* from, const char* to) noexcept {
  return {to + (view.data() - from), view.size()};
}

}  // namespace

const SeenFields::Section* SeenFields::Find(std::string_view text) noexcept {
  if (!IsWorthIt(text)) return nullptr;
  looked_for_ = Fingerprint(text);
  Section& section = sections_[looked_for_ % kCount];
  if (section.fingerprint != looked_for_ || section.text != text) return nullptr;
  section.was_found = true;
  return &section;
}

void SeenFields::Note(std::string_view text, const std::vector<http::Field>& fields) {
  if (!IsWorthIt(text)) return;
  Section& section = sections_[looked_for_ % kCount];
  if (section.fingerprint != looked_for_) {
    if (std::exchange(section.was_found, false)) return;
    section.fingerprint = looked_for_;
    section.text.clear();
    return;
  }
  section.text = text;
  section.fields.clear();
  section.about = {};
  for (const http::Field& field : fields) {
    section.fields.push_back({field.id, Moved(field.name, text.data(), section.text.data()),
                              Moved(field.value, text.data(), section.text.data())});
    section.about.Note(field.id, section.fields.back().value);
  }
  section.about.KnowHost();
}

}  // namespace tined::http1
