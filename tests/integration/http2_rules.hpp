// What RFC 9113 and RFC 7541 demand of a server, row by row: bytes that a client sends, and what
// comes of them. Each row has a connection of its own, over a plain socket.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/http2/error_code.hpp"
#include "daemon/http2/frame.hpp"
#include "tests/integration/server.hpp"

namespace tined::test::rules {

using http2::ErrorCode;
using http2::FrameType;

// Frames, as bytes on the wire. Any number is a type; `length` may say something else than
// `payload` has.
[[nodiscard]] std::string Frame(FrameType type, int flags, std::uint32_t stream,
                                std::string_view payload = {});
[[nodiscard]] std::string FrameOfLength(std::uint32_t length, FrameType type, int flags,
                                        std::uint32_t stream, std::string_view payload = {});
[[nodiscard]] std::string Number(std::uint32_t number);
/// `content` behind the length of `padding` and in front of that.
[[nodiscard]] std::string Padded(std::string_view content, std::size_t padding);
[[nodiscard]] std::string Settings(const std::vector<std::pair<int, std::uint32_t>>& settings = {});
[[nodiscard]] std::string WindowUpdate(std::uint32_t stream, std::uint32_t increment);
[[nodiscard]] std::string Reset(std::uint32_t stream, ErrorCode code = ErrorCode::cancel);
[[nodiscard]] std::string Priority(std::uint32_t stream, std::uint32_t depends_on);
[[nodiscard]] std::string Data(std::uint32_t stream, std::string_view content, bool is_last = true);
[[nodiscard]] std::string Ping(std::string_view content = "12345678", int flags = 0);
[[nodiscard]] std::string GoAway(std::uint32_t last, ErrorCode code);

// Header blocks: fields that no table keeps (RFC 7541, 6.2.2), without Huffman.
using Fields = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] std::string Block(const Fields& fields);
/// The pseudo-fields of a request, and `more`.
[[nodiscard]] Fields Request(const std::string& method, const std::string& path,
                             const Fields& more = {});
constexpr int kWhole = http2::kEndHeaders | http2::kEndStream;
constexpr int kOpen = http2::kEndHeaders;
[[nodiscard]] std::string Headers(std::uint32_t stream, const Fields& fields, int flags = kWhole);
[[nodiscard]] std::string HeadersOf(std::uint32_t stream, std::string_view block,
                                    int flags = kWhole);
[[nodiscard]] std::string Continuation(std::uint32_t stream, std::string_view block,
                                       int flags = kOpen);
/// GET / on that stream.
[[nodiscard]] std::string Get(std::uint32_t stream);
/// The header of a request whose content follows, and is sent back.
[[nodiscard]] std::string Put(std::uint32_t stream, const Fields& more = {});

/// The header of a request with content that nobody wants: the answer is 405, and RST_STREAM.
[[nodiscard]] std::string TooEarly(std::uint32_t stream);

/// What comes of a row. Of a connection that ends nothing else is looked at. One that does not end
/// is seen to go on: a PING and a request behind all else are answered.
struct Expected {
  std::optional<ErrorCode> goaway{};  ///< the connection ends so; nothing: it goes on
  std::map<std::uint32_t, ErrorCode> resets{};
  std::map<std::uint32_t, int> statuses{};

  bool operator==(const Expected&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Expected& expected);

[[nodiscard]] inline Expected Ends(ErrorCode code) { return {.goaway = code}; }
[[nodiscard]] inline Expected GoesOn() { return {}; }
/// These streams are answered so; all else goes on.
[[nodiscard]] inline Expected Answers(std::map<std::uint32_t, int> statuses) {
  return {.statuses = std::move(statuses)};
}
[[nodiscard]] inline Expected Resets(std::uint32_t stream, ErrorCode code) {
  return {.resets = {{stream, code}}};
}

struct Row {
  const char* section;  ///< of RFC 9113, unless it says so
  const char* what;
  std::string sent;  ///< behind preface and SETTINGS
  Expected expected;
  bool is_bare = false;  ///< without those
};

/// A tined, and what it makes of rows.
class Site : public Server {
 public:
  Site();
  void Expect(const std::vector<Row>& rows) const;
};

}  // namespace tined::test::rules
