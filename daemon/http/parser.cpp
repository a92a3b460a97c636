#include "http/parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "http/host.hpp"
#include "http/list.hpp"
#include "http/method.hpp"
#include "http/target.hpp"

namespace tined::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using BeastView = beast::string_view;

std::string_view View(BeastView text) { return {text.data(), text.size()}; }

/// basic_parser folds continued lines into one value; RFC 9112, 5.2 has us refuse them instead.
/// `name` and `value` are Beast's: a folded value was copied out of the input or begins on a later
/// line, and a value followed by a folded empty line is followed by white space.
bool IsFolded(std::string_view name, std::string_view value, std::string_view input) {
  const char* const end = input.data() + input.size();
  if (value.data() < name.data() || value.data() > end) return true;
  const char* gap = name.data() + name.size() + 1;
  while (gap < value.data() && (*gap == ' ' || *gap == '\t')) ++gap;
  if (gap != value.data()) return true;
  const char* line_end = value.data() + value.size();
  while (line_end < end && *line_end != '\n') ++line_end;
  return line_end + 1 < end && (line_end[1] == ' ' || line_end[1] == '\t');
}

ParseResult Refuse(int status, std::string_view reason) {
  ParseResult result;
  result.outcome = ParseResult::Outcome::refused;
  result.status = status;
  result.reason = reason;
  return result;
}

}  // namespace

/// Collects what basic_parser finds into the request and the parser's field array.
class RequestParser::Grammar final : public beast::http::basic_parser<true> {
 public:
  Grammar(RequestParser& parser, Request& request, std::string_view input)
      : parser_(parser), request_(request), input_(input) {
    header_limit(static_cast<std::uint32_t>(input.size() + 1));
    body_limit(boost::none);
  }

  bool has_too_many_fields() const noexcept { return has_too_many_fields_; }
  /// Where the first field line begins in the input.
  std::size_t fields_offset() const noexcept { return fields_offset_; }

 protected:
  void on_request_impl(beast::http::verb, BeastView method, BeastView target, int version,
                       error_code&) override {
    request_.method_text = View(method);
    request_.target = View(target);
    request_.minor_version = version % 10;
    constexpr std::string_view kLineEnd = " HTTP/1.1\r\n";
    fields_offset_ =
        static_cast<std::size_t>(target.data() - input_.data()) + target.size() + kLineEnd.size();
  }
  void on_field_impl(Name id, BeastView name, BeastView value, error_code& error) override {
    const Field field{id, View(name), View(value)};
    if (IsFolded(field.name, field.value, input_)) {
      error = beast::http::error::bad_value;
      return;
    }
    if (parser_.fields_.size() == static_cast<std::size_t>(parser_.limits_.headers)) {
      has_too_many_fields_ = true;
      error = beast::http::error::header_limit;
      return;
    }
    parser_.fields_.push_back(field);
  }
  void on_header_impl(error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

 private:
  RequestParser& parser_;
  Request& request_;
  std::string_view input_;
  std::size_t fields_offset_ = 0;
  bool has_too_many_fields_ = false;
};

RequestParser::RequestParser(const config::Limits& limits) : limits_(limits) {
  fields_.reserve(static_cast<std::size_t>(limits.headers));
}

std::size_t RequestParser::longest_header() const noexcept {
  constexpr std::size_t kRequestLineRest = 64;  // method, version, spaces, CRLF
  return limits_.target.count + limits_.header_size.count + kRequestLineRest;
}

/// The status for a header that is too long without an end: the request line's fault or the
/// fields'.
ParseResult RequestParser::RefuseUnfinished(std::string_view input) const {
  const std::size_t line_end = input.find('\n');
  if (line_end == std::string_view::npos || line_end > limits_.target.count + 32) {
    return Refuse(414, "request target too long");
  }
  return Refuse(431, "header too large");
}

ParseResult RequestParser::Parse(std::string_view input, Request& request) {
  request = {};
  fields_.clear();
  Grammar grammar(*this, request, input);
  error_code error;
  const std::size_t used = grammar.put({input.data(), input.size()}, error);
  if (error == beast::http::error::need_more) {
    return input.size() > longest_header() ? RefuseUnfinished(input) : ParseResult{};
  }
  if (grammar.has_too_many_fields()) return Refuse(431, "too many header fields");
  if (error == beast::http::error::bad_version) return ParseOtherVersion(input, request);
  if (error) return Refuse(400, "malformed request header");
  if (request.target.size() > limits_.target.count) return Refuse(414, "request target too long");
  if (used - grammar.fields_offset() > limits_.header_size.count) {
    return Refuse(431, "header too large");
  }
  request.fields = fields_;
  ParseResult result;
  result.outcome = ParseResult::Outcome::header;
  result.header_size = used;
  request.method = MethodOf(request.method_text);
  if (!ReadTarget(request, result) || !ReadHost(request, result)) return result;
  if (!ReadFraming(request, grammar.chunked(), result)) return result;
  ReadConnection(request, result);
  return result;
}

/// A higher minor version of HTTP/1 is served as HTTP/1.1 (RFC 9110, 2.5); basic_parser knows 1.0
/// and 1.1 alone, so it is shown a copy that says 1.1.
ParseResult RequestParser::ParseOtherVersion(std::string_view input, Request& request) {
  constexpr std::string_view kPrefix = " HTTP/";
  const std::string_view line = input.substr(0, input.find("\r\n"));
  const std::size_t at = line.rfind(kPrefix);
  const auto is_digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  if (at == line.npos || line.size() != at + kPrefix.size() + 3 || line[at + 7] != '.' ||
      !is_digit(at + 6) || !is_digit(at + 8)) {
    return Refuse(400, "malformed HTTP version");
  }
  if (line[at + 6] != '1') return Refuse(505, "HTTP version not supported");
  rewritten_.assign(input);
  rewritten_[at + 8] = '1';
  return Parse(rewritten_, request);
}

bool RequestParser::ReadTarget(Request& request, ParseResult& result) {
  Target target;
  if (!ParseTarget(request.method, request.target, target, path_)) {
    result = Refuse(400, "malformed request target");
    return false;
  }
  request.path = target.path;
  request.raw_path = target.raw_path;
  request.query = target.query;
  request.has_query = target.has_query;
  request.host = target.authority;
  return true;
}

/// RFC 9112, 3.2: one Host field exactly, from HTTP/1.1 on; the target's authority goes before it.
bool RequestParser::ReadHost(Request& request, ParseResult& result) {
  const std::string_view* host = nullptr;
  for (const Field& field : request.fields) {
    if (field.id != Name::host) continue;
    if (host != nullptr) {
      result = Refuse(400, "more than one Host field");
      return false;
    }
    host = &field.value;
  }
  if (host == nullptr) {
    if (request.minor_version == 0) return true;
    result = Refuse(400, "no Host field");
    return false;
  }
  if (!IsValidHost(*host)) {
    result = Refuse(400, "malformed Host field");
    return false;
  }
  if (request.host.empty()) request.host = *host;
  return true;
}

/// RFC 9112, 6.1 to 6.3, at its strictest: whatever two parties could understand in two ways is
/// refused.
bool RequestParser::ReadFraming(const Request& request, bool is_chunked, ParseResult& result) {
  const std::string_view* length = nullptr;
  int lengths = 0;
  bool has_coding = false;
  for (const Field& field : request.fields) {
    if (field.id == Name::content_length) {
      length = &field.value;
      ++lengths;
    }
    has_coding |= field.id == Name::transfer_encoding;
  }
  if (has_coding) return ReadCoding(request, lengths > 0, is_chunked, result);
  if (length == nullptr) return true;
  const auto [end, error] =
      std::from_chars(length->data(), length->data() + length->size(), result.body_length);
  if (lengths > 1 || error != std::errc() || end != length->data() + length->size()) {
    result = Refuse(400, "ambiguous Content-Length");
    return false;
  }
  if (result.body_length > 0) result.framing = BodyFraming::length;
  return true;
}

bool RequestParser::ReadCoding(const Request& request, bool has_length, bool is_chunked,
                               ParseResult& result) {
  int codings = 0;
  bool is_last_chunked = false;
  ForEachListElement(request, Name::transfer_encoding, [&](std::string_view coding) {
    ++codings;
    is_last_chunked = EqualsIgnoreCase(coding, "chunked");
  });
  if (has_length || request.minor_version == 0 || !is_last_chunked) {
    result = Refuse(400, "ambiguous Transfer-Encoding");
    return false;
  }
  if (codings > 1) {
    result = Refuse(501, "transfer coding not supported");
    return false;
  }
  if (!is_chunked) {
    result = Refuse(400, "malformed Transfer-Encoding");
    return false;
  }
  result.framing = BodyFraming::chunked;
  return true;
}

/// RFC 9112, 9.3 and RFC 9110, 10.1.1.
void RequestParser::ReadConnection(const Request& request, ParseResult& result) {
  result.keep_alive = request.minor_version > 0;
  for (const Field& field : request.fields) {
    if (field.id == Name::connection) {
      if (ListContains(request, Name::connection, "close")) {
        result.keep_alive = false;
      } else if (ListContains(request, Name::connection, "keep-alive")) {
        result.keep_alive = true;
      }
    } else if (field.id == Name::expect && request.minor_version > 0) {
      result.expects_continue = EqualsIgnoreCase(field.value, "100-continue");
      result.has_failed_expectation |= !result.expects_continue;
    }
  }
}

class ChunkedBody::Grammar final : public beast::http::basic_parser<true> {
 public:
  explicit Grammar(std::uint64_t limit) {
    body_limit(limit);
    header_limit(~std::uint32_t{0});
  }

  [[nodiscard]] std::string_view body() const noexcept { return body_; }
  void set_input(std::string_view input) noexcept { input_ = input; }

 protected:
  void on_request_impl(beast::http::verb, BeastView, BeastView, int, error_code&) override {}
  void on_field_impl(Name, BeastView name, BeastView value, error_code& error) override {
    if (IsFolded(View(name), View(value), input_)) error = beast::http::error::bad_value;
  }
  void on_header_impl(error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView data, error_code&) override {
    body_.append(data.data(), data.size());
    return data.size();
  }
  void on_finish_impl(error_code&) override {}

 private:
  std::string body_;
  std::string_view input_;
};

ChunkedBody::ChunkedBody(Bytes limit)
    : grammar_(std::make_unique<Grammar>(limit.count)),
      framing_limit_(limit.count + (std::uint64_t{64} << 10)) {
  grammar_->eager(true);
}

ChunkedBody::~ChunkedBody() = default;

std::string_view ChunkedBody::body() const noexcept { return grammar_->body(); }

ChunkedBody::Outcome ChunkedBody::Feed(std::string_view message) {
  grammar_->set_input(message);
  while (!grammar_->is_done()) {
    error_code error;
    consumed_ += grammar_->put({message.data() + consumed_, message.size() - consumed_}, error);
    if (error == beast::http::error::body_limit) return Outcome::too_large;
    if (consumed_ - grammar_->body().size() > framing_limit_) return Outcome::too_large;
    if (error == beast::http::error::need_more) {
      const bool is_endless = message.size() - consumed_ > framing_limit_;
      return is_endless ? Outcome::too_large : Outcome::need_more;
    }
    if (error) return Outcome::malformed;
    if (consumed_ == message.size() && !grammar_->is_done()) return Outcome::need_more;
  }
  return Outcome::complete;
}

}  // namespace tined::http
