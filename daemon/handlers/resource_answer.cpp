#include "handlers/resource_answer.hpp"

#include <fmt/format.h>
#include <sys/random.h>

#include "base/error.hpp"
#include "http/conditional.hpp"
#include "http/range.hpp"

namespace tined::handlers {
namespace {

using http::ByteRange;
using http::Coding;
using http::Reply;
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

void AnswerOneRange(const Representation& chosen, const ByteRange& range, Reply& reply) {
  reply.Start(206);
  reply.Lines(chosen.lines);
  reply.Lines(ContentRange(range, chosen.size));
  if (chosen.file) return reply.File(chosen.file, range.offset, range.length);
  reply.Body(std::string_view(chosen.contents).substr(range.offset, range.length));
}

/// A delimiter that no file contains but by a miracle.
std::string NewBoundary() {
  std::uint64_t bits[2];
  Check(::getrandom(bits, sizeof(bits), 0), "getrandom");
  return fmt::format("{:016x}{:016x}", bits[0], bits[1]);
}

void AnswerRanges(const Representation& chosen, const std::vector<ByteRange>& ranges,
                  Reply& reply) {
  const std::string boundary = NewBoundary();
  std::vector<Reply::Part> parts;
  parts.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    parts.push_back({.head = fmt::format("\r\n--{}\r\nContent-Type: {}\r\n{}\r\n", boundary,
                                         chosen.media_type, ContentRange(range, chosen.size)),
                     .offset = range.offset,
                     .length = range.length});
  }
  const std::string tail = fmt::format("\r\n--{}--\r\n", boundary);
  reply.Start(206);
  reply.Field("Content-Type", "multipart/byteranges; boundary=" + boundary);
  reply.Lines(chosen.lines_behind_type());
  if (chosen.file) return reply.Parts(chosen.file, parts, tail);
  std::string body;
  for (const Reply::Part& part : parts) {
    body.append(part.head).append(chosen.contents, part.offset, part.length);
  }
  reply.Body(body.append(tail));
}

/// True when the request's ranges are answered; false when it gets the whole after all.
bool AnswerRangeRequest(const Request& request, const Representation& chosen, std::string_view vary,
                        Reply& reply) {
  const std::uint64_t size = chosen.size;
  const http::Ranges wanted = http::ParseRanges(request, size);
  switch (wanted.outcome) {
    case http::RangeOutcome::whole:
      return false;
    case http::RangeOutcome::unsatisfiable:
      http::AnswerStatus(reply, 416, fmt::format("Content-Range: bytes */{}\r\n{}", size, vary));
      return true;
    case http::RangeOutcome::partial:
      break;
  }
  if (wanted.ranges.size() == 1) {
    AnswerOneRange(chosen, wanted.ranges.front(), reply);
  } else {
    AnswerRanges(chosen, wanted.ranges, reply);
  }
  return true;
}

/// True when a condition of the request has decided the answer.
bool AnswerCondition(const Request& request, const http::Validators& validators,
                     const Representation& chosen, std::string_view vary, Reply& reply) {
  switch (http::EvaluatePreconditions(request, validators)) {
    case http::Precondition::proceed:
      return false;
    case http::Precondition::not_modified:
      reply.Start(304);
      reply.Lines(chosen.validator_lines());
      reply.NoBody();
      return true;
    case http::Precondition::failed:
      http::AnswerStatus(reply, 412, vary);
      return true;
  }
  return false;
}

}  // namespace

const Representation& Choose(const Request& request, const Resource& resource) {
  return resource.has_siblings() ? ChooseAmong(request, resource)
                                 : resource.representations.front();
}

void AnswerResource(const Request& request, const Resource& resource, Reply& reply) {
  AnswerResource(request, resource, Choose(request, resource), reply);
}

void AnswerResource(const Request& request, const Resource& resource, const Representation& chosen,
                    Reply& reply) {
  const Wishes wishes = WishesOf(request);
  if (wishes.conditional || wishes.range) {
    const std::string_view vary = resource.has_siblings() ? kVary : std::string_view();
    const http::Validators validators{chosen.etag, chosen.last_modified, chosen.is_date_strong};
    if (wishes.conditional && AnswerCondition(request, validators, chosen, vary, reply)) return;
    if (wishes.range && http::RangeApplies(request, validators) &&
        AnswerRangeRequest(request, chosen, vary, reply)) {
      return;
    }
  }
  reply.Start(200);
  reply.Lines(chosen.lines);
  if (chosen.file) return reply.File(chosen.file, 0, chosen.size);
  reply.Body(chosen.contents);
}

}  // namespace tined::handlers
