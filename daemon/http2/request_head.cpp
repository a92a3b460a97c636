#include "http2/request_head.hpp"

#include <algorithm>
#include <utility>

#include "base/characters.hpp"
#include "base/number.hpp"
#include "http2/field_rules.hpp"

namespace tined::http2 {
namespace {

bool IsPseudo(const Field& field) noexcept { return field.name.starts_with(':'); }

bool AreAlike(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ToLower(x) == ToLower(y); });
}

/// Null, or what is wrong with a field whatever message it is in.
const char* JudgeField(const Field& field) noexcept {
  if (!IsFieldName(field.name)) return "malformed field name";
  if (!IsFieldValue(field.value)) return "malformed field value";
  if (IsConnectionSpecific(field.name)) return "connection-specific field";
  if (field.name == "te" && !AreAlike(field.value, "trailers")) return "TE other than trailers";
  return nullptr;
}

/// Takes the fields of a request one by one. What it returns is null, or what is wrong.
class Reader {
 public:
  explicit Reader(RequestHead& head) noexcept : head_(head) {}

  const char* Note(const Field& field) noexcept {
    if (IsPseudo(field)) return NotePseudo(field);
    if (const char* const wrong = JudgeField(field)) return wrong;
    if (field.name == "host") return Once(has_host_, host_, field.value, "two Host fields");
    if (field.name == "content-length") return NoteLength(field.value);
    if (field.name == "expect") {
      const bool is_continue = AreAlike(field.value, "100-continue");
      head_.expects_continue |= is_continue;
      head_.has_failed_expectation |= !is_continue;
    }
    return nullptr;
  }

  const char* Finish(bool ends_stream) noexcept {
    if (!has_method_ || head_.method.empty()) return "no :method";
    if (const char* const wrong = head_.method == "CONNECT" ? JudgeConnect() : JudgeTarget()) {
      return wrong;
    }
    if (has_authority_ && has_host_ && !AreAlike(head_.authority, host_)) {
      return "Host and :authority differ";
    }
    if (!has_authority_) head_.authority = host_;
    if (head_.authority.empty()) return "neither :authority nor Host";
    // A user's name in it would be taken for a host by some, and for none by others.
    if (head_.authority.find('@') != head_.authority.npos) return "a user in :authority";
    if (ends_stream && head_.content_length.value_or(0) > 0) return "content-length, no content";
    return nullptr;
  }

 private:
  static const char* Once(bool& is_known, std::string_view& place, std::string_view value,
                          const char* twice) noexcept {
    if (std::exchange(is_known, true)) return twice;
    place = value;
    return nullptr;
  }

  const char* NotePseudo(const Field& field) noexcept {
    constexpr const char* kTwice = "a pseudo-field twice";
    if (!IsFieldValue(field.value)) return "malformed pseudo-field";
    if (field.name == ":method") return Once(has_method_, head_.method, field.value, kTwice);
    if (field.name == ":scheme") return Once(has_scheme_, head_.scheme, field.value, kTwice);
    if (field.name == ":path") return Once(has_path_, head_.path, field.value, kTwice);
    if (field.name == ":authority") {
      return Once(has_authority_, head_.authority, field.value, kTwice);
    }
    return "a pseudo-field that requests do not have";
  }

  const char* NoteLength(std::string_view value) noexcept {
    if (head_.content_length) return "two content-length fields";
    head_.content_length = ParseNumber<std::uint64_t>(value);
    return head_.content_length ? nullptr : "malformed content-length";
  }

  /// RFC 9113, 8.5.
  const char* JudgeConnect() const noexcept {
    if (has_scheme_ || has_path_) return "CONNECT with :scheme or :path";
    return has_authority_ && !head_.authority.empty() ? nullptr : "CONNECT without :authority";
  }
  /// RFC 9113, 8.3.1.
  const char* JudgeTarget() const noexcept {
    if (!has_scheme_ || head_.scheme.empty()) return "no :scheme";
    if (!has_path_ || head_.path.empty()) return "no :path";
    if (head_.path == "*") return head_.method == "OPTIONS" ? nullptr : "* as :path";
    return head_.path.front() == '/' ? nullptr : ":path that is no path";
  }

  RequestHead& head_;
  std::string_view host_;
  bool has_method_ = false;
  bool has_scheme_ = false;
  bool has_path_ = false;
  bool has_authority_ = false;
  bool has_host_ = false;
};

}  // namespace

Reading ReadRequest(FieldList& list, bool ends_stream) noexcept {
  Reading reading;
  list.Join("cookie", "; ");
  const std::span<const Field> all = list.fields();
  const auto first = std::find_if_not(all.begin(), all.end(), IsPseudo);
  if (std::any_of(first, all.end(), IsPseudo)) {
    reading.malformed = "a pseudo-field behind others";
    return reading;
  }
  Reader reader(reading.head);
  for (const Field& field : all) {
    reading.malformed = reader.Note(field);
    if (reading.malformed != nullptr) return reading;
  }
  reading.malformed = reader.Finish(ends_stream);
  reading.head.fields = {first, all.end()};
  return reading;
}

const char* JudgeTrailers(std::span<const Field> fields, bool ends_stream) noexcept {
  if (!ends_stream) return "fields behind content that do not end it";
  for (const Field& field : fields) {
    if (IsPseudo(field)) return "a pseudo-field in trailers";
    if (const char* const wrong = JudgeField(field)) return wrong;
  }
  return nullptr;
}

}  // namespace tined::http2
