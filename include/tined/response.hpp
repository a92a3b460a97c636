// The answer to an HTTP request: a status, headers, and a body of bytes, of a file, or made in
// pieces. Part of module.hpp. A value, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tined {

/// Bytes [offset, offset + length) of a file; by default all of it.
struct File {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t length = UINT64_MAX;
};

/// A body made in pieces while it is sent: writes at most as many bytes as fit and returns how
/// many, 0 at the end. Each piece is sent when it is made, and the next one asked for when the
/// client has taken what there is. What it throws is in the log and cuts the connection, for the
/// client to see that something is missing.
struct Stream {
  std::function<std::size_t(std::span<char> room)> next;
  std::uint64_t length = UINT64_MAX;  ///< of the whole body, if it is known
};

/// The answer. Date, Server, Content-Length and the like are tined's to write.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::variant<std::string, File, Stream> body;
  /// Sent as Content-Type, in front of `headers`, unless it is empty. Outlives the response, as a
  /// literal does: no memory is taken for it.
  std::string_view content_type{};

  /// 200 with a text in UTF-8.
  [[nodiscard]] static Response Text(std::string text) {
    return {200, {}, std::move(text), "text/plain; charset=utf-8"};
  }
  /// 200 with these bytes.
  [[nodiscard]] static Response Bytes(std::string bytes, std::string type) {
    Response response{200, {}, std::move(bytes)};
    response.Header("Content-Type", std::move(type));
    return response;
  }
  /// A status with one line that explains it.
  [[nodiscard]] static Response Status(int status, std::string_view text = {}) {
    Response response = Text(text.empty() ? std::string() : std::string(text) + "\n");
    response.status = status;
    return response;
  }
  Response& Header(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

}  // namespace tined
