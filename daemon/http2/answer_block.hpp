// The header block of an answer: its status, the fields that this server writes, and those of the
// answer, whose text is that of HTTP/1, "Name: value" and CRLF. Names become lower case, and fields
// that speak of a connection are left out (RFC 9113, 8.2). One a worker, filled again for each
// answer. Worker's loop thread.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http2/field.hpp"

namespace tined::http2 {

class AnswerBlock {
 public:
  /// Begins another answer. `status`: 100 to 999.
  void Begin(int status);
  /// `name` is in lower case. Both stay where they are until the block has been encoded.
  void Add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  void AddNumber(std::string_view name, std::uint64_t value);
  /// Adds ready lines, each ended by CRLF, which stay where they are as above.
  void AddLines(std::string_view lines);

  /// For HpackEncoder::Encode.
  [[nodiscard]] std::span<const Field> fields() const noexcept { return fields_; }

 private:
  void AddLine(std::string_view line);
  [[nodiscard]] std::string_view Keep(std::string text) {
    return texts_.emplace_back(std::move(text));
  }

  std::vector<Field> fields_;
  std::deque<std::string> texts_;  ///< names and numbers; they do not move when others are added
};

}  // namespace tined::http2
