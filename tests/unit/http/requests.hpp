// Requests made by hand, and what the parser makes of bytes: the vocabulary of this room's tests.
#pragma once

#include <boost/beast/http/field.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "http/date.hpp"
#include "http/method.hpp"
#include "protocol/http1/header_scan.hpp"
#include "protocol/http1/parser.hpp"

namespace tined::http {

// How requests look on the wire is another room's.
using http1::BodyFraming;
using http1::HeaderScan;
using http1::ParseResult;
using http1::RequestParser;

/// 2026-01-01, when every request of these tests arrives.
inline constexpr std::chrono::sys_seconds kNow{std::chrono::sys_days{std::chrono::year_month_day{
    std::chrono::year(2026), std::chrono::month(1), std::chrono::day(1)}}};

/// A request with these fields, as handlers see it. Names and values outlive it.
class Made {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit Made(std::string_view method, Fields fields = {}) {
    for (const auto& [name, value] : fields) {
      fields_.push_back(
          {boost::beast::http::string_to_field({name.data(), name.size()}), name, value});
    }
    request_.method = MethodOf(method);
    request_.method_text = method;
    request_.path = request_.raw_path = request_.target = "/";
    request_.fields = fields_;
    request_.received_at = kNow;
  }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;

  [[nodiscard]] Request& operator*() noexcept { return request_; }

 private:
  std::vector<Field> fields_;
  Request request_;
};

/// What a parser says of `input` when it arrives in pieces that end at `ends`: asked as a
/// connection asks, of the first piece, then when HeaderScan says so, until it has an answer.
inline ParseResult ReadInPieces(RequestParser& parser, std::string_view input,
                                const std::vector<std::size_t>& ends) {
  HeaderScan scan;
  ParseResult result;
  Request request;
  bool is_first = true;
  for (const std::size_t end : ends) {
    const std::string_view arrived = input.substr(0, end);
    const bool is_worth_it = scan.Feed(arrived) || arrived.size() > parser.longest_header();
    if (!std::exchange(is_first, false) && !is_worth_it) continue;
    result = parser.Parse(arrived, request);
    if (result.outcome != ParseResult::Outcome::need_more) break;
  }
  return result;
}

/// However it is cut, the parser says the same of `input`.
inline void ExpectSameInPieces(RequestParser& parser, std::string_view input,
                               const ParseResult& whole) {
  const auto expect = [&](const std::vector<std::size_t>& ends) {
    const ParseResult result = ReadInPieces(parser, input, ends);
    const bool is_same = result.outcome == whole.outcome && result.status == whole.status &&
                         result.header_size == whole.header_size && result.framing == whole.framing;
    if (is_same) return;
    BOOST_TEST_CONTEXT(input.substr(0, 200)) {
      BOOST_ERROR("cut after " << ends.front() << " of " << ends.size() << ": "
                               << static_cast<int>(result.outcome) << ' ' << result.status
                               << ", whole: " << static_cast<int>(whole.outcome) << ' '
                               << whole.status);
    }
  };
  // An empty line before a request, and half of one, is not the parser's: it never comes first.
  if (input.starts_with('\r')) return;
  const std::size_t step = 1 + input.size() / 500;
  for (std::size_t cut = 1; cut < input.size(); cut += step) expect({cut, input.size()});
  std::vector<std::size_t> ends;
  for (std::size_t end = 1; end <= input.size(); ++end) ends.push_back(end);
  if (!ends.empty()) expect(ends);
}

/// What a parser makes of some bytes. Copied, so that a view that left the input would show.
class Read {
 public:
  explicit Read(std::string input, const config::Limits& limits = {})
      : input_(std::move(input)), parser_(limits), result_(parser_.Parse(input_, request_)) {
    RequestParser another(limits);
    ExpectSameInPieces(another, input_, result_);
  }
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;

  [[nodiscard]] const ParseResult& result() const noexcept { return result_; }
  [[nodiscard]] const Request& request() const noexcept { return request_; }
  [[nodiscard]] bool is_whole() const noexcept {
    return result_.outcome == ParseResult::Outcome::header;
  }
  [[nodiscard]] bool needs_more() const noexcept {
    return result_.outcome == ParseResult::Outcome::need_more;
  }
  /// The status that refuses it; 0 when it is not refused.
  [[nodiscard]] int refusal() const noexcept {
    return result_.outcome == ParseResult::Outcome::refused ? result_.status : 0;
  }

 private:
  std::string input_;
  RequestParser parser_;
  Request request_;
  ParseResult result_;
};

}  // namespace tined::http
