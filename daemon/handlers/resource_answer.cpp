#include "handlers/resource_answer.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include "base/error.hpp"
#include "http/conditional.hpp"
#include "http/range.hpp"

namespace tined::handlers {
namespace {

using answer::Answer;
using http::ByteRange;
using http::Coding;
using http::Request;

constexpr std::string_view kVary = "Vary: Accept-Encoding\r\n";

/// What a request asks for beyond the file: found in one pass over its fields, because most have
/// none of it.
struct Wishes {
  bool conditional = false;
  bool range = false;
};

Wishes WishesOf(const Request& request) noexcept {
  Wishes wishes;
  for (const http::Field& field : request.fields) {
    switch (field.id) {
      case http::Name::if_match:
      case http::Name::if_none_match:
      case http::Name::if_modified_since:
      case http::Name::if_unmodified_since:
        wishes.conditional = true;
        break;
      case http::Name::range:
        wishes.range = true;
        break;
      default:
        break;
    }
  }
  return wishes;
}

const Representation& ChooseAmong(const Request& request, const Resource& resource) {
  const http::AcceptedCodings accepted = http::ParseAcceptEncoding(request);
  const Representation* best = nullptr;
  int best_weight = 0;
  const std::span<const Representation> all = resource.representations;
  for (const Representation& sibling : all.subspan(1)) {
    const int weight = accepted.Weight(sibling.coding);
    if (weight <= best_weight) continue;
    best = &sibling;
    best_weight = weight;
  }
  const bool is_plain = best == nullptr || accepted.Weight(Coding::identity) > best_weight;
  return is_plain ? all.front() : *best;
}

std::string ContentRange(const ByteRange& range, std::uint64_t size) {
  return fmt::format("Content-Range: bytes {}-{}/{}\r\n", range.offset,
                     range.offset + range.length - 1, size);
}

/// `length` bytes of it from `offset`.
answer::Body SliceOf(const Representation& chosen, std::uint64_t offset, std::uint64_t length) {
  if (chosen.file) return answer::FileSlice{chosen.file, offset, length};
  return answer::Bytes{std::string_view(chosen.contents).substr(offset, length)};
}

void AnswerOneRange(const Representation& chosen, const ByteRange& range, Answer& answer) {
  answer.status = 206;
  answer.fields.Prepare(chosen.lines);
  answer.fields.Append(ContentRange(range, chosen.size));
  answer.body = SliceOf(chosen, range.offset, range.length);
}

/// A delimiter that no file contains but by a miracle.
std::string NewBoundary() {
  std::uint64_t bits[2];
  Check(::getrandom(bits, sizeof(bits), 0), "getrandom");
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

void AnswerRanges(const Representation& chosen, const std::vector<ByteRange>& ranges,
                  Answer& answer) {
  const std::string boundary = NewBoundary();
  answer::FileParts body;
  body.parts.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    body.parts.push_back({.head = fmt::format("\r\n--{}\r\n{}{}\r\n", boundary, chosen.type_line(),
                                              ContentRange(range, chosen.size)),
                          .offset = range.offset,
                          .length = range.length});
  }
  body.tail = fmt::format("\r\n--{}--\r\n", boundary);
  answer.status = 206;
  answer.fields.Add("Content-Type", "multipart/byteranges; boundary=" + boundary);
  answer.fields.Append(chosen.lines_behind_type());
  if (chosen.file) {
    body.file = chosen.file;
    answer.body = std::move(body);
    return;
  }
  std::string text;
  for (const answer::FileParts::Part& part : body.parts) {
    text.append(part.head).append(chosen.contents, part.offset, part.length);
  }
  answer.body = answer::Bytes{{}, text.append(body.tail)};
}

/// True when the request's ranges are answered; false when it gets the whole after all.
bool AnswerRangeRequest(const Request& request, const Representation& chosen, std::string_view vary,
                        Answer& answer) {
  const std::uint64_t size = chosen.size;
  const http::Ranges wanted = http::ParseRanges(request, size);
  switch (wanted.outcome) {
    case http::RangeOutcome::whole:
      return false;
    case http::RangeOutcome::unsatisfiable:
      answer::AnswerStatus(answer, 416, fmt::format("Content-Range: bytes */{}\r\n{}", size, vary));
      return true;
    case http::RangeOutcome::partial:
      break;
  }
  if (wanted.ranges.size() == 1) {
    AnswerOneRange(chosen, wanted.ranges.front(), answer);
  } else {
    AnswerRanges(chosen, wanted.ranges, answer);
  }
  return true;
}

/// True when a condition of the request has decided the answer.
bool AnswerCondition(const Request& request, const http::Validators& validators,
                     const Representation& chosen, std::string_view vary, Answer& answer) {
  switch (http::EvaluatePreconditions(request, validators)) {
    case http::Precondition::proceed:
      return false;
    case http::Precondition::not_modified:
      answer.status = 304;
      answer.fields.Prepare(chosen.validator_lines());
      return true;
    case http::Precondition::failed:
      answer::AnswerStatus(answer, 412, vary);
      return true;
  }
  return false;
}

}  // namespace

const Representation& Choose(const Request& request, const Resource& resource) {
  return resource.has_siblings() ? ChooseAmong(request, resource)
                                 : resource.representations.front();
}

void AnswerResource(const Resource& resource, answer::Exchange& exchange) {
  AnswerResource(resource, Choose(exchange.request, resource), exchange);
}

void AnswerResource(const Resource& resource, const Representation& chosen,
                    answer::Exchange& exchange) {
  const Request& request = exchange.request;
  Answer& answer = exchange.answer;
  const Wishes wishes = WishesOf(request);
  if (wishes.conditional || wishes.range) {
    const std::string_view vary = resource.has_siblings() ? kVary : std::string_view();
    const http::Validators validators{chosen.etag, chosen.last_modified, chosen.is_date_strong};
    if (wishes.conditional && AnswerCondition(request, validators, chosen, vary, answer)) return;
    if (wishes.range && http::RangeApplies(request, validators) &&
        AnswerRangeRequest(request, chosen, vary, answer)) {
      return;
    }
  }
  answer.status = 200;
  answer.fields.Prepare(chosen.lines);
  answer.body = SliceOf(chosen, 0, chosen.size);
}

}  // namespace tined::handlers
