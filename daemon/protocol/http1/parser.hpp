// Turns the bytes at the front of a connection's input into a request, or into the status that
// refuses them. Boost.Beast's basic_parser reads the grammar; what it lets pass and RFC 9112
// calls ambiguous is refused here. Nothing about a connection is kept between calls: its state is
// its bytes, so that another process can go on with them. Worker's loop thread; one parser a
// worker, its views are good until the next Parse.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"
#include "http/request.hpp"
#include "protocol/http1/message_fields.hpp"
#include "protocol/http1/seen_fields.hpp"

namespace tined::http1 {

/// What Parse found at the front of the input.
struct ParseResult {
  enum class Outcome : std::uint8_t {
    header,     ///< a whole header: `request` is filled but for its body
    need_more,  ///< nothing wrong so far, but the header has no end yet
    refused,    ///< answer `status`, then close: what follows cannot be trusted
  };
  Outcome outcome = Outcome::need_more;
  int status = 0;               ///< with refused: 400, 411, 414, 421, 431, 501 or 505
  std::string_view reason;      ///< with refused: for the log, a constant
  std::size_t header_size = 0;  ///< with header: bytes up to the body's first
  BodyFraming framing = BodyFraming::none;
  std::uint64_t body_length = 0;        ///< with framing length
  bool keep_alive = true;               ///< what the client asks for (RFC 9112, 9.3)
  bool expects_continue = false;        ///< waits for 100 Continue (RFC 9110, 10.1.1)
  bool has_failed_expectation = false;  ///< expects something else: 417
};

class RequestParser {
 public:
  explicit RequestParser(const config::Limits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Reads the request header at the front of `input`. The views in `request` point into `input`
  /// and into this parser. With refused, `request` holds what had been understood until then.
  /// Whether it has TLS is asked of `request` (Request::tls), which is the caller's to say.
  ParseResult Parse(std::string_view input, http::Request& request);

  /// A header that has no end within this many bytes is refused.
  [[nodiscard]] std::size_t longest_header() const noexcept;

 private:
  class Grammar;

  [[nodiscard]] ParseResult ParseKnown(std::string_view input, std::string_view section,
                                       http::Request& request);
  /// Whether a header that is grammatical is one that can be answered.
  [[nodiscard]] ParseResult Judge(http::Request& request, MessageFields about,
                                  std::size_t fields_size);
  void ReplaceHost(http::Request& request);
  [[nodiscard]] ParseResult JudgeUnfinished(std::string_view input) const;
  [[nodiscard]] ParseResult ParseOtherVersion(std::string_view input, http::Request& request);
  [[nodiscard]] Refusal CheckSizes(const http::Request& request, std::size_t fields_size) const;
  [[nodiscard]] Refusal ReadTarget(http::Request& request);

  config::Limits limits_;
  std::vector<http::Field> fields_;
  std::vector<http::Field> replaced_;  ///< the fields with the Host that counts
  SeenFields seen_;
  std::string path_;       ///< a path that had to be decoded
  std::string rewritten_;  ///< a request of a version that basic_parser does not know
};

}  // namespace tined::http1
