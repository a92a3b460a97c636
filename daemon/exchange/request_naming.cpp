#include "exchange/request_naming.hpp"

#include <algorithm>

#include "base/characters.hpp"
#include "base/random_word.hpp"
#include "http/list.hpp"

namespace tined::exchange {
namespace {

constexpr std::size_t kLongestId = 128;
// traceparent: version "-" trace-id "-" parent-id "-" trace-flags, in lower case (Trace
// Context 3.2).
constexpr std::size_t kTraceId = 3;
constexpr std::size_t kTraceIdSize = 32;
constexpr std::size_t kParentId = kTraceId + kTraceIdSize + 1;
constexpr std::size_t kParentIdSize = 16;
constexpr std::size_t kFlags = kParentId + kParentIdSize + 1;
constexpr std::size_t kTraceParentSize = kFlags + 2;

void AppendRandom(std::string& text, int words) {
  for (int i = 0; i < words; ++i) {
    std::uint64_t word = NextRandomWord();
    for (int digit = 0; digit < 16; ++digit, word >>= 4) {
      text.push_back("0123456789abcdef"[word & 15]);
    }
  }
}

bool IsHexDigit(char c) noexcept { return IsDigit(c) || (c >= 'a' && c <= 'f'); }

bool IsHex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), IsHexDigit);
}

/// What identifies something: not all zeros.
bool IsHexId(std::string_view text) noexcept {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

bool IsTrace(const http::Field& field) noexcept {
  return http::EqualsIgnoreCase(field.name, "traceparent") ||
         http::EqualsIgnoreCase(field.name, "tracestate");
}

/// The value of the only field of that name; empty: there is none, or more than one.
std::string_view Only(const http::Request& request, std::string_view name) noexcept {
  const http::Field* only = nullptr;
  for (const http::Field& field : request.fields) {
    if (!http::EqualsIgnoreCase(field.name, name)) continue;
    if (only != nullptr) return {};
    only = &field;
  }
  return only == nullptr ? std::string_view() : only->value;
}

}  // namespace

bool IsRequestId(std::string_view text) noexcept {
  constexpr std::string_view kMarks = "-_.:+/=@~";
  return !text.empty() && text.size() <= kLongestId &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return IsLetterOrDigit(c) || kMarks.find(c) != std::string_view::npos;
         });
}

bool IsTraceParent(std::string_view text) noexcept {
  if (text.size() < kTraceParentSize || !IsHex(text.substr(0, 2)) || text.starts_with("ff")) {
    return false;
  }
  const bool is_whole =
      text.size() == kTraceParentSize || (!text.starts_with("00") && text[kTraceParentSize] == '-');
  return is_whole && text[kTraceId - 1] == '-' && text[kParentId - 1] == '-' &&
         text[kFlags - 1] == '-' && IsHexId(text.substr(kTraceId, kTraceIdSize)) &&
         IsHexId(text.substr(kParentId, kParentIdSize)) && IsHex(text.substr(kFlags, 2));
}

void RequestNaming::Name(http::Request& request, bool is_trusted, Names& names) const {
  if (request.request_id.empty()) GiveId(request, is_trusted, names);
  if (has_trace_) GiveTrace(request, names);
}

void RequestNaming::GiveId(http::Request& request, bool is_trusted, Names& names) {
  if (is_trusted) {
    const std::string_view taken = Only(request, "X-Request-Id");
    const std::string_view trace = Only(request, "traceparent");
    if (IsRequestId(taken)) {
      request.request_id = taken;
    } else if (IsTraceParent(trace)) {
      request.request_id = trace.substr(kTraceId, kTraceIdSize);
    }
    if (!request.request_id.empty()) return;
  }
  names.id.clear();
  AppendRandom(names.id, 2);
  request.request_id = names.id;
}

/// A trace that begins here is called what the request is, if that can be.
void RequestNaming::GiveTrace(http::Request& request, Names& names) {
  if (IsTraceParent(Only(request, "traceparent"))) return;
  names.trace = "00-";
  if (request.request_id.size() == kTraceIdSize && IsHexId(request.request_id)) {
    names.trace.append(request.request_id);
  } else {
    AppendRandom(names.trace, 2);
  }
  names.trace.push_back('-');
  AppendRandom(names.trace, 1);
  // Whether anything of the trace is recorded, this server cannot know.
  names.trace.append("-00");
  names.fields.clear();
  std::remove_copy_if(request.fields.begin(), request.fields.end(),
                      std::back_inserter(names.fields), IsTrace);
  names.fields.push_back({http::Name::unknown, "traceparent", names.trace});
  request.fields = names.fields;
}

}  // namespace tined::exchange
