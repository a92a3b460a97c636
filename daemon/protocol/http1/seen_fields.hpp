// The field sections of requests that were read lately, and what they said. A client that keeps its
// connection sends the same fields with each request: those need not be understood once more, only
// compared, which for a browser's 700 bytes takes a twentieth of the time.
// Worker's loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "protocol/http1/message_fields.hpp"

namespace tined::http1 {

class SeenFields {
 public:
  /// `text` is all that follows a request line, up to and with the empty line.
  struct Section {
    std::uint64_t fingerprint = 0;
    bool was_found = false;           ///< since another one wanted its place
    std::string text;                 ///< empty while it has been seen but once
    std::vector<http::Field> fields;  ///< views of `text`
    MessageFields about;              ///< its views, too
  };

  /// What the same text said when it was noted, or nullptr. Good until the next Note.
  [[nodiscard]] const Section* Find(std::string_view text) noexcept;

  /// Keeps what was read in `text` after a Find in vain; the request was not refused and announces
  /// no body. It is kept only from the second time on, so that fields which never come again cost
  /// next to nothing. `fields` are views of `text`.
  void Note(std::string_view text, const std::vector<http::Field>& fields);

 private:
  /// There is a place for each kind of clients that come in turns, and few enough to stay in the
  /// processor's cache.
  static constexpr std::size_t kCount = 16;

  std::array<Section, kCount> sections_;
  std::uint64_t looked_for_ = 0;  ///< the fingerprint of the last Find
};

}  // namespace tined::http1
