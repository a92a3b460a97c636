// The values of single fields, arbitrary bytes each: dates, ranges, tags, codings, hosts, targets.
// The first byte says which.
#include <cstdint>
#include <string>

#include "http/conditional.hpp"
#include "http/date.hpp"
#include "http/encoding.hpp"
#include "http/host.hpp"
#include "http/range.hpp"
#include "http/target.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::http {
namespace {

using fuzz::Require;
using fuzz::Touch;
using std::chrono::sys_seconds;

constexpr sys_seconds kNow{std::chrono::seconds(1767225600)};

/// A GET with one field.
struct OneField {
  OneField(Name name, std::string_view value) : field{name, "name", value} {
    request.method = Method::get;
    request.fields = {&field, 1};
    request.received_at = kNow;
  }
  Field field;
  Request request;
};

void CheckDate(std::string_view text) {
  const auto time = ParseDate(text, kNow);
  if (!time) return;
  const DateText written = FormatDate(*time);
  Require(ParseDate({written.data(), written.size()}, kNow) == time, "a date is read as written");
}

void CheckRanges(std::string_view text) {
  constexpr std::uint64_t kSize = 1000;
  const OneField one(Name::range, text);
  const Ranges found = ParseRanges(one.request, kSize);
  std::uint64_t total = 0;
  for (const ByteRange& range : found.ranges) {
    Require(range.length > 0 && range.offset < kSize && range.length <= kSize - range.offset,
            "a range is inside the representation");
    total += range.length;
  }
  Require(total <= kSize && found.ranges.size() <= 64, "ranges cost no more than the whole");
  Require((found.outcome == RangeOutcome::partial) == !found.ranges.empty(), "partial has parts");
}

void CheckConditions(std::string_view text) {
  const Validators validators{"\"a\"", kNow};
  for (const Name name : {Name::if_match, Name::if_none_match, Name::if_modified_since,
                          Name::if_unmodified_since, Name::if_range}) {
    const OneField one(name, text);
    (void)EvaluatePreconditions(one.request, validators);
    (void)RangeApplies(one.request, validators);
  }
}

void CheckCodings(std::string_view text) {
  const OneField one(Name::accept_encoding, text);
  const AcceptedCodings accepted = ParseAcceptEncoding(one.request);
  for (const Coding coding : {Coding::identity, Coding::gzip, Coding::zstd, Coding::br}) {
    const int weight = accepted.Weight(coding);
    Require(weight >= 0 && weight <= 1000, "a weight is a weight");
  }
}

void CheckHost(std::string_view text) {
  const std::string_view name = HostWithoutPort(text);
  Touch(name);
  Require(!IsValidHost(text) || text.starts_with(name), "a host begins with its name");
}

void CheckTarget(std::string_view text) {
  for (const Method method : {Method::get, Method::options, Method::connect}) {
    Target target;
    std::string scratch;
    if (!ParseTarget(method, text, target, scratch)) continue;
    for (const std::string_view view :
         {target.path, target.raw_path, target.query, target.authority}) {
      Touch(view);
    }
    Require(target.authority.empty() || IsValidHost(target.authority), "an authority is a host");
  }
}

}  // namespace
}  // namespace tined::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tined::http;
  constexpr void (*kChecks[])(std::string_view) = {CheckDate,    CheckRanges, CheckConditions,
                                                   CheckCodings, CheckHost,   CheckTarget};
  if (size == 0) return 0;
  const tined::fuzz::Alone value({reinterpret_cast<const char*>(data) + 1, size - 1});
  kChecks[data[0] % std::size(kChecks)](value.view());
  return 0;
}
