#include "protocol/http1/parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

#include "http/characters.hpp"
#include "http/method.hpp"
#include "http/target.hpp"

namespace tined::http1 {
namespace {

/// Forgets all but what is known of the connection.
void Empty(http::Request& request) noexcept {
  const tls::Told* const tls = request.tls;
  request = {};
  request.tls = tls;
}

namespace beast = boost::beast;
using beast::error_code;
using BeastError = beast::http::error;
using BeastView = beast::string_view;

constexpr std::string_view kHeaderEnd = "\r\n\r\n";
/// Longer than any method that is implemented, and than any that is registered.
constexpr std::size_t kLongestMethod = 32;

std::string_view View(BeastView text) { return {text.data(), text.size()}; }

/// basic_parser folds continued lines into one value; RFC 9112, 5.2 has us refuse them instead.
/// `name` and `value` are Beast's: a folded value was copied out of the input or begins on a later
/// line.
bool IsFolded(std::string_view name, std::string_view value, std::string_view input) {
  const char* const end = input.data() + input.size();
  if (value.data() < name.data() || value.data() > end) return true;
  const char* gap = name.data() + name.size() + 1;
  while (gap < value.data() && http::IsBlank(*gap)) ++gap;
  return gap != value.data();
}

ParseResult Refuse(const Refusal& refusal) {
  ParseResult result;
  result.outcome = ParseResult::Outcome::refused;
  result.status = refusal.status;
  result.reason = refusal.reason;
  return result;
}

/// The request line of nearly all requests. False: basic_parser is to read it.
bool ReadLine(std::string_view line, http::Request& request) noexcept {
  constexpr std::string_view kVersion = " HTTP/1.1\r\n";
  if (!line.ends_with(kVersion)) return false;
  line.remove_suffix(kVersion.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  request.method_text = line.substr(0, space);
  request.method = http::MethodOf(request.method_text);
  request.target = line.substr(space + 1);
  request.minor_version = 1;
  return request.method != http::Method::other;
}

}  // namespace

/// Collects what basic_parser finds into the request, the parser's field array and MessageFields.
class RequestParser::Grammar final : public beast::http::basic_parser<true> {
 public:
  Grammar(RequestParser& parser, http::Request& request, std::string_view input)
      : parser_(parser), request_(request), input_(input) {
    header_limit(static_cast<std::uint32_t>(input.size() + 1));
    // The limit is not boost::none: basic_parser compares it with the length, and nothing is less
    // than any.
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  [[nodiscard]] bool has_too_many_fields() const noexcept { return has_too_many_fields_; }
  /// Where the first field line begins in the input.
  [[nodiscard]] std::size_t fields_offset() const noexcept { return fields_offset_; }
  [[nodiscard]] const MessageFields& message_fields() const noexcept { return message_fields_; }

 protected:
  void on_request_impl(beast::http::verb, BeastView method, BeastView target, int version,
                       error_code&) override {
    request_.method_text = View(method);
    request_.method = http::MethodOf(request_.method_text);
    request_.target = View(target);
    request_.minor_version = version % 10;
    constexpr std::string_view kLineEnd = " HTTP/1.1\r\n";
    fields_offset_ =
        static_cast<std::size_t>(target.data() - input_.data()) + target.size() + kLineEnd.size();
  }
  void on_field_impl(http::Name id, BeastView name, BeastView value, error_code& error) override {
    const http::Field field{id, View(name), View(value)};
    if (IsFolded(field.name, field.value, input_)) {
      error = BeastError::bad_value;
      return;
    }
    if (parser_.fields_.size() == static_cast<std::size_t>(parser_.limits_.headers)) {
      has_too_many_fields_ = true;
      error = BeastError::header_limit;
      return;
    }
    parser_.fields_.push_back(field);
    message_fields_.Note(field.id, field.value);
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
  http::Request& request_;
  std::string_view input_;
  MessageFields message_fields_;
  std::size_t fields_offset_ = 0;
  bool has_too_many_fields_ = false;
};

RequestParser::RequestParser(const config::Limits& limits) : limits_(limits) {
  fields_.reserve(static_cast<std::size_t>(limits.headers));
}

std::size_t RequestParser::longest_header() const noexcept {
  constexpr std::string_view kRequestLineRest = "  HTTP/1.1\r\n";
  return kLongestMethod + limits_.target.count + kRequestLineRest.size() +
         limits_.header_size.count;
}

/// A request whose fields have been read before. Any other outcome than `header`: it is to be read.
ParseResult RequestParser::ParseKnown(std::string_view input, std::string_view section,
                                      http::Request& request) {
  const SeenFields::Section* const seen = seen_.Find(section);
  if (seen == nullptr || !ReadLine(input.substr(0, input.size() - section.size()), request)) {
    return {};
  }
  request.fields = seen->fields;
  ParseResult result = Judge(request, seen->about, section.size());
  result.header_size = input.size();
  return result;
}

ParseResult RequestParser::Parse(std::string_view input, http::Request& request) {
  // What lies behind the longest header must not decide what is said of it: it may be here, or not
  // yet.
  input = input.substr(0, longest_header() + 1);
  Empty(request);
  fields_.clear();
  if (input == "\r") return {};  // Half an empty line, which would be ignored when whole.
  const std::size_t line_size = input.find('\n') + 1;
  const std::string_view section = input.substr(line_size);
  if (const ParseResult known = ParseKnown(input, section, request);
      known.outcome == ParseResult::Outcome::header) {
    return known;
  }
  Empty(request);
  Grammar grammar(*this, request, input);
  error_code error;
  const std::size_t used = grammar.put({input.data(), input.size()}, error);
  if (error) {
    if (error == BeastError::need_more) return JudgeUnfinished(input);
    if (error == BeastError::bad_version) return ParseOtherVersion(input, request);
    if (grammar.has_too_many_fields()) return Refuse({431, "too many header fields"});
    return Refuse({400, "malformed request header"});
  }
  request.fields = fields_;
  ParseResult result = Judge(request, grammar.message_fields(), used - grammar.fields_offset());
  result.header_size = used;
  const bool is_all = used == input.size() && grammar.fields_offset() == line_size;
  if (is_all && result.outcome == ParseResult::Outcome::header &&
      result.framing == BodyFraming::none) {
    seen_.Note(section, fields_);
  }
  return result;
}

/// The Host that came along with a target in absolute form is ignored, and replaced for whoever
/// reads the fields (RFC 9112, 3.2.2).
void RequestParser::ReplaceHost(http::Request& request) {
  replaced_.assign(request.fields.begin(), request.fields.end());
  const auto host = std::find_if(replaced_.begin(), replaced_.end(), [](const http::Field& field) {
    return field.id == http::Name::host;
  });
  if (host != replaced_.end()) {
    host->value = request.host;
  } else {
    replaced_.push_back({http::Name::host, "Host", request.host});
  }
  request.fields = replaced_;
}

ParseResult RequestParser::Judge(http::Request& request, MessageFields about,
                                 std::size_t fields_size) {
  const int version = request.minor_version;
  Refusal refusal = CheckSizes(request, fields_size);
  if (!refusal) refusal = ReadTarget(request);
  if (!refusal) refusal = about.CheckHost(version);
  if (!refusal) refusal = about.CheckFraming(request.method, version);
  if (refusal) return Refuse(refusal);
  if (request.host.empty()) {
    request.host = about.host();
  } else {
    ReplaceHost(request);
  }
  request.may_be_conditional = about.is_conditional();
  ParseResult result;
  result.outcome = ParseResult::Outcome::header;
  result.framing = about.framing();
  result.body_length = about.body_length();
  result.keep_alive = about.KeepsAlive(version);
  // An older client's expectations are to be ignored (RFC 9110, 10.1.1).
  result.expects_continue = version > 0 && about.expects_continue();
  result.has_failed_expectation = version > 0 && about.expects_something_else();
  return result;
}

/// A header that goes on may still be refused: when it is too long, and when its last line is
/// there, because then basic_parser waits for the rest of a request line that is over.
ParseResult RequestParser::JudgeUnfinished(std::string_view input) const {
  if (input.find(kHeaderEnd) != std::string_view::npos) {
    return Refuse({400, "malformed request line"});
  }
  if (input.size() <= longest_header()) return {};
  const std::size_t method_end = input.find(' ');
  if (method_end > kLongestMethod) return Refuse({501, "method too long"});
  const std::size_t target_end = std::min(input.find(' ', method_end + 1), input.size());
  if (target_end - method_end - 1 > limits_.target.count) {
    return Refuse({414, "request target too long"});
  }
  return Refuse({431, "header too large"});
}

/// A higher minor version of HTTP/1 is served as HTTP/1.1 (RFC 9110, 2.5); basic_parser knows 1.0
/// and 1.1 alone, so it is shown a copy that says 1.1.
ParseResult RequestParser::ParseOtherVersion(std::string_view input, http::Request& request) {
  constexpr std::string_view kPrefix = " HTTP/";
  // basic_parser has read method and target, and has seen as many bytes as a version has.
  const std::size_t at = input.find(' ', input.find(' ') + 1);
  const std::string_view version = input.substr(at, kPrefix.size() + 3);
  if (!version.starts_with(kPrefix) || !IsDigit(version[6]) || version[7] != '.' ||
      !IsDigit(version[8])) {
    return Refuse({400, "malformed HTTP version"});
  }
  if (version[6] != '1') return Refuse({505, "HTTP version not supported"});
  if (version[8] < '2') return Refuse({400, "malformed request line"});
  const std::size_t end = input.find(kHeaderEnd);
  rewritten_.assign(input, 0, end == input.npos ? end : end + kHeaderEnd.size());
  rewritten_[at + 8] = '1';
  return Parse(rewritten_, request);
}

Refusal RequestParser::CheckSizes(const http::Request& request, std::size_t fields_size) const {
  if (request.method_text.size() > kLongestMethod) return {501, "method too long"};
  if (request.target.size() > limits_.target.count) return {414, "request target too long"};
  if (fields_size > limits_.header_size.count) return {431, "header too large"};
  return {};
}

Refusal RequestParser::ReadTarget(http::Request& request) {
  http::Target target;
  if (!http::ParseTarget(request.method, request.target, target, path_)) {
    return {400, "malformed request target"};
  }
  // RFC 9110, 7.4: what is asked for over TLS must not be answered without.
  if (target.is_https && request.tls == nullptr)
    return {421, "https on a connection that is not secured"};
  request.path = target.path;
  request.raw_path = target.raw_path;
  request.has_encoded_slash = target.has_encoded_slash;
  request.query = target.query;
  request.has_query = target.has_query;
  request.host = target.authority;
  return {};
}

}  // namespace tined::http1
