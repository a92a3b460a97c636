// A client that speaks HTTP/2 frame by frame, so that it can also break the rules: over cleartext,
// by prior knowledge, or over whatever carries its bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/http2/field.hpp"
#include "daemon/http2/frame.hpp"
#include "daemon/http2/hpack_decoder.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/secure_client.hpp"

namespace tined::test {

class Http2Client {
 public:
  using Settings = std::vector<std::pair<std::uint16_t, std::uint32_t>>;
  /// What brings bytes to the server and back; both throw std::runtime_error when they cannot.
  struct Carrier {
    std::function<void(std::string_view bytes)> send;
    std::function<std::string(std::size_t size)> read;
  };

  /// Sends the preface and SETTINGS with these pairs.
  explicit Http2Client(Carrier carrier, const Settings& settings = {});
  /// Connects first.
  explicit Http2Client(std::uint16_t port, const Settings& settings = {});

  struct Frame {
    http2::FrameType type = http2::FrameType::settings;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string content;
  };
  void Send(std::string_view bytes) { carrier_.send(bytes); }
  void SendFrame(http2::FrameType type, std::uint8_t flags, std::uint32_t stream,
                 std::string_view payload);
  using Fields = std::vector<std::pair<std::string, std::string>>;
  /// HEADERS with these fields, pseudo-fields included, as they are.
  void SendHeaders(std::uint32_t stream, const Fields& fields, bool ends_stream = true);
  /// A request without content, or with some that follows.
  void Ask(std::uint32_t stream, const std::string& path, const std::string& method = "GET",
           bool ends_stream = true, const Fields& more = {});
  void SendData(std::uint32_t stream, std::string_view content, bool ends_stream = true);

  /// The next frame; std::runtime_error when there is none in time.
  Frame ReadFrame();

  struct Answer {
    int status = 0;
    std::map<std::string, std::string> fields;
    std::string content;
    bool is_whole = false;
    std::vector<int> before;  ///< 1xx
    std::int64_t reset = -1;  ///< the code of RST_STREAM
  };
  /// Reads frames until the stream has ended; what comes of others is kept for later. Its windows
  /// are kept open.
  Answer Read(std::uint32_t stream);
  /// Reads frames until there is the header of the stream's answer: its status. 0: it was reset.
  int ReadStatus(std::uint32_t stream);
  /// As far as has been read: the stream's answer is whole, or the stream was reset.
  [[nodiscard]] bool HasEnded(std::uint32_t stream) {
    return answers_[stream].is_whole || answers_[stream].reset >= 0;
  }
  /// Sends PING and reads frames until that is answered: all before it has been taken.
  void Ping();
  /// Reads frames until GOAWAY, and returns its code; -1: the connection ended without.
  std::int64_t ReadGoAway();
  /// Has windows grow by themselves, or not.
  void KeepWindowsOpen(bool are_open) { are_open_ = are_open; }

 private:
  void Take(const Frame& frame);

  Carrier carrier_;
  http2::HpackDecoder decoder_;
  http2::FieldList fields_{{.size = 1 << 20, .count = 1000}};
  std::map<std::uint32_t, Answer> answers_;
  bool are_open_ = true;
  std::int64_t goaway_ = -1;
  std::string goaway_reason_;
};

[[nodiscard]] Http2Client::Carrier CarriedBy(std::shared_ptr<Client> client);
[[nodiscard]] Http2Client::Carrier CarriedBy(std::shared_ptr<SecureClient> client);

}  // namespace tined::test
