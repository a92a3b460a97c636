#include "tests/integration/http2_rules.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "daemon/http2/field.hpp"
#include "daemon/http2/hpack_decoder.hpp"
#include "daemon/http2/hpack_integer.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"

namespace tined::test::rules {
namespace {

/// Of the request behind all else.
constexpr std::uint32_t kLast = 0x7ffffffd;
constexpr std::string_view kLastPing = "the last";

/// The other end of a row's connection.
class Peer {
 public:
  Peer(const Row& row, std::uint16_t port) : row_(row), client_(port) {}

  Expected Observe() {
    try {
      if (!row_.is_bare) client_.Send(std::string(http2::kPreface) + Settings());
      client_.Send(row_.sent);
      if (!row_.expected.goaway) client_.Send(Ping(kLastPing) + Get(kLast));
    } catch (const std::exception&) {
      // The server has ended it: it has said why.
    }
    while (!IsOver()) Take();
    if (seen_.goaway) return {.goaway = seen_.goaway};
    if (seen_.statuses[kLast] == 200) seen_.statuses.erase(kLast);
    return seen_;
  }

 private:
  [[nodiscard]] bool IsOver() const {
    if (seen_.goaway) return true;
    if (row_.expected.goaway || !is_ping_answered_ || !seen_.statuses.contains(kLast)) return false;
    return seen_.statuses.size() > row_.expected.statuses.size() &&
           seen_.resets.size() >= row_.expected.resets.size();
  }
  void Take() {
    const std::string head = client_.ReadBytes(http2::kFrameHeaderSize);
    const std::string content = client_.ReadBytes(http2::ReadNumber(head) >> 8);
    const std::uint32_t stream = http2::Read31Bits(std::string_view(head).substr(5));
    switch (static_cast<FrameType>(head[3])) {
      case FrameType::headers:
        return TakeHeaders(stream, content);
      case FrameType::rst_stream:
        seen_.resets[stream] = static_cast<ErrorCode>(http2::ReadNumber(content));
        return;
      case FrameType::goaway:
        seen_.goaway = static_cast<ErrorCode>(http2::ReadNumber(content.substr(4)));
        return;
      case FrameType::ping:
        is_ping_answered_ |= content == kLastPing && head[4] == http2::kAck;
        return;
      default:
        return;
    }
  }
  void TakeHeaders(std::uint32_t stream, std::string_view block) {
    const std::vector<std::string_view> parts{block};
    if (decoder_.Decode(parts, fields_) != http2::HpackDecoder::Outcome::fields) {
      throw std::runtime_error("a header block that is none");
    }
    const int status = std::stoi(std::string(fields_.fields().front().value));
    if (status >= 200) seen_.statuses[stream] = status;
  }

  const Row& row_;
  Client client_;
  http2::HpackDecoder decoder_;
  http2::FieldList fields_{{.size = 1 << 16, .count = 100}};
  Expected seen_;
  bool is_ping_answered_ = false;
};

}  // namespace

std::string Number(std::uint32_t number) {
  const auto bytes = http2::BytesOf(number);
  return {bytes.data(), bytes.size()};
}

std::string FrameOfLength(std::uint32_t length, FrameType type, int flags, std::uint32_t stream,
                          std::string_view payload) {
  std::string frame = Number(length).substr(1);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  return frame.append(Number(stream)).append(payload);
}

std::string Frame(FrameType type, int flags, std::uint32_t stream, std::string_view payload) {
  return FrameOfLength(static_cast<std::uint32_t>(payload.size()), type, flags, stream, payload);
}

std::string Padded(std::string_view content, std::size_t padding) {
  std::string payload(1, static_cast<char>(padding));
  return payload.append(content).append(padding, '\0');
}

std::string Settings(const std::vector<std::pair<int, std::uint32_t>>& settings) {
  std::string payload;
  for (const auto& [id, value] : settings) {
    payload += static_cast<char>(id >> 8);
    payload += static_cast<char>(id);
    payload += Number(value);
  }
  return Frame(FrameType::settings, 0, 0, payload);
}

std::string WindowUpdate(std::uint32_t stream, std::uint32_t increment) {
  return Frame(FrameType::window_update, 0, stream, Number(increment));
}

std::string Reset(std::uint32_t stream, ErrorCode code) {
  return Frame(FrameType::rst_stream, 0, stream, Number(static_cast<std::uint32_t>(code)));
}

std::string Priority(std::uint32_t stream, std::uint32_t depends_on) {
  return Frame(FrameType::priority, 0, stream, Number(depends_on) + "\x10");
}

std::string Data(std::uint32_t stream, std::string_view content, bool is_last) {
  return Frame(FrameType::data, is_last ? http2::kEndStream : 0, stream, content);
}

std::string Ping(std::string_view content, int flags) {
  return Frame(FrameType::ping, flags, 0, content);
}

std::string GoAway(std::uint32_t last, ErrorCode code) {
  return Frame(FrameType::goaway, 0, 0, Number(last) + Number(static_cast<std::uint32_t>(code)));
}

std::string Block(const Fields& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block += '\0';
    http2::AppendString(block, name);
    http2::AppendString(block, value);
  }
  return block;
}

Fields Request(const std::string& method, const std::string& path, const Fields& more) {
  Fields fields = {
      {":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "test"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

std::string HeadersOf(std::uint32_t stream, std::string_view block, int flags) {
  return Frame(FrameType::headers, flags, stream, block);
}

std::string Headers(std::uint32_t stream, const Fields& fields, int flags) {
  return HeadersOf(stream, Block(fields), flags);
}

std::string Continuation(std::uint32_t stream, std::string_view block, int flags) {
  return Frame(FrameType::continuation, flags, stream, block);
}

std::string Get(std::uint32_t stream) { return Headers(stream, Request("GET", "/")); }

std::string Put(std::uint32_t stream, const Fields& more) {
  return Headers(stream, Request("PUT", "/echo", more), kOpen);
}

std::string TooEarly(std::uint32_t stream) {
  return Headers(stream, Request("PUT", "/files/small"), kOpen);
}

std::ostream& operator<<(std::ostream& out, const Expected& expected) {
  if (expected.goaway) out << "ends with " << http2::NameOf(*expected.goaway) << ' ';
  for (const auto& [stream, code] : expected.resets) {
    out << "stream " << stream << " reset: " << http2::NameOf(code) << ' ';
  }
  for (const auto& [stream, status] : expected.statuses) {
    out << "stream " << stream << ": " << status << ' ';
  }
  return expected.goaway ? out : out << "goes on";
}

Site::Site() {
  Write("files/small", "small");
  Start(Config()
            .Workers(1)
            .Listener("web", "127.0.0.1:0", "protocols: [http2, http1]")
            .Route("/", Respond("hello"))
            .Route("/files", Files("${DIR}/files"))
            .Route("/echo", Module("echo", "run: process")));
}

void Site::Expect(const std::vector<Row>& rows) const {
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.section << ": " << row.what) {
      try {
        BOOST_TEST(Peer(row, Port()).Observe() == row.expected);
      } catch (const std::exception& error) {
        BOOST_TEST(false, error.what() << ", expected: " << row.expected);
      }
    }
  }
}

}  // namespace tined::test::rules
