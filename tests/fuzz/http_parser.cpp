// The request parser and the decoder of chunked bodies on arbitrary bytes. The first byte says in
// what pieces the rest arrives. What holds for every input:
// - no piece changes what the whole says: refused stays refused, a header has one end;
// - a parser that has read it before says the same again;
// - a body in pieces is decoded as it is at once;
// - what handlers see is inside the input and free of what they must never see.
#include <algorithm>
#include <cstdint>
#include <string>

#include "http/characters.hpp"
#include "protocol/http1/chunked_body.hpp"
#include "protocol/http1/parser.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::http {
namespace {

using fuzz::Alone;
using fuzz::Require;
using fuzz::Touch;
using Outcome = http1::ParseResult::Outcome;

constexpr Bytes kBodyLimit{300};
constexpr config::Limits kLimits{
    .header_size = Bytes{400}, .headers = 8, .target = Bytes{100}, .body = kBodyLimit};

void CheckRequest(const Request& request, std::string_view header) {
  Require(header.ends_with("\r\n\r\n"), "a header ends in an empty line");
  for (const Field& field : request.fields) {
    Touch(field.name);
    Require(
        !field.name.empty() && std::all_of(field.name.begin(), field.name.end(), IsTokenCharacter),
        "a name is a token");
    Require(std::all_of(field.value.begin(), field.value.end(), IsValueCharacter),
            "a value has no controls");
  }
  for (const std::string_view view : {request.method_text, request.target, request.path,
                                      request.raw_path, request.query, request.host}) {
    Touch(view);
  }
  Require(request.fields.size() <= 8 && request.target.size() <= 100, "limits hold");
  if (request.method == Method::connect) return;
  const std::string_view path = request.path;
  Require(path == "*" || path.starts_with('/'), "a path is absolute");
  Require(path.find('\0') == path.npos, "a path has no NUL");
  Require((std::string(path) + "/").find("/../") == std::string::npos, "a path goes down only");
  Require(path.find("//") == path.npos, "a path has no empty segment");
}

void CheckPiece(const http1::ParseResult& piece, const http1::ParseResult& whole, bool is_short) {
  if (piece.outcome == Outcome::need_more) return;
  Require(piece.outcome == whole.outcome, "a piece says what the whole says");
  Require(piece.header_size == whole.header_size, "a header has one end");
  Require(piece.framing == whole.framing && piece.body_length == whole.body_length, "one framing");
  if (is_short) Require(piece.status == whole.status, "one status");
}

bool IsSame(const Request& one, const Request& other) {
  return one.method == other.method && one.method_text == other.method_text &&
         one.target == other.target && one.path == other.path && one.raw_path == other.raw_path &&
         one.query == other.query && one.has_query == other.has_query && one.host == other.host &&
         one.minor_version == other.minor_version &&
         std::equal(one.fields.begin(), one.fields.end(), other.fields.begin(), other.fields.end(),
                    [](const Field& a, const Field& b) {
                      return a.id == b.id && a.name == b.name && a.value == b.value;
                    });
}

/// From the third time on the parser may know the fields, which is no reason to see others.
void CheckRepeated(std::string_view sent, const http1::ParseResult& first, const Request& request) {
  http1::RequestParser parser(kLimits);
  for (int i = 0; i < 4; ++i) {
    const Alone input(sent);
    Request again;
    const http1::ParseResult result = parser.Parse(input.view(), again);
    Require(result.outcome == first.outcome && result.status == first.status, "the same again");
    Require(result.header_size == first.header_size && result.keep_alive == first.keep_alive &&
                result.framing == first.framing && result.body_length == first.body_length &&
                result.expects_continue == first.expects_continue &&
                result.has_failed_expectation == first.has_failed_expectation &&
                IsSame(again, request),
            "a request says the same again");
  }
}

struct Decoded {
  http1::ChunkedBody::Outcome outcome = http1::ChunkedBody::Outcome::need_more;
  std::string body;
  std::size_t sent_size = 0;
  bool operator==(const Decoded&) const = default;
};

Decoded Decode(std::string_view sent, std::size_t step) {
  http1::ChunkedBody body(kBodyLimit);
  for (std::size_t size = std::min(step, sent.size());; size = std::min(size + step, sent.size())) {
    const Alone piece(sent.substr(0, size));
    const http1::ChunkedBody::Outcome outcome = body.Feed(piece.view());
    if (outcome == http1::ChunkedBody::Outcome::need_more && size < sent.size()) continue;
    if (outcome != http1::ChunkedBody::Outcome::complete) return {outcome, {}, 0};
    return {outcome, std::string(body.body()), body.sent_size()};
  }
}

void CheckBody(std::string_view sent, std::size_t step) {
  const Decoded whole = Decode(sent, sent.size() + 1);
  Require(whole == Decode(sent, step), "a body in pieces is the body at once");
  if (whole.outcome != http1::ChunkedBody::Outcome::complete) return;
  Require(whole.body.size() <= kBodyLimit.count, "the limit holds");
  Require(whole.sent_size <= sent.size(), "a body is inside its input");
  Require(whole == Decode(sent.substr(0, whole.sent_size), 1), "what follows does not matter");
}

void CheckHeader(std::string_view sent, std::size_t step) {
  http1::RequestParser parser(kLimits);
  const Alone input(sent);
  Request request;
  const http1::ParseResult whole = parser.Parse(input.view(), request);
  if (whole.outcome == Outcome::header) {
    Require(whole.header_size <= sent.size(), "a header is inside its input");
    CheckRequest(request, sent.substr(0, whole.header_size));
    CheckRepeated(sent, whole, request);
    if (whole.framing == http1::BodyFraming::chunked)
      CheckBody(sent.substr(whole.header_size), step);
  }
  http1::RequestParser by_pieces(kLimits);
  for (std::size_t size = 0; size < sent.size(); size += step) {
    const Alone piece(sent.substr(0, size));
    const http1::ParseResult result = by_pieces.Parse(piece.view(), request);
    CheckPiece(result, whole, size <= parser.longest_header());
  }
}

}  // namespace
}  // namespace tined::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view sent(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = 1U + data[0] % 32;
  // The highest bit: a body alone, without the header that would announce it.
  if (data[0] < 128) {
    tined::http::CheckHeader(sent, step);
  } else {
    tined::http::CheckBody(sent, step);
  }
  return 0;
}
