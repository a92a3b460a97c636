// The field lines of an answer, in the order in which they are sent. Lines that are always the same
// (a cached file's) are prepared as text once and only pointed to; all others are a copy. Names and
// values are the caller's to check: none may contain CR, LF or NUL. The framing fields (Date,
// Server, Content-Length, Transfer-Encoding, Connection) are not among them: the protocol that
// sends the answer writes those. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tined::answer {

class Fields {
 public:
  /// Points to ready lines, each ended by CRLF, which stand in front of all others. They stay where
  /// they are until the answer has been written.
  void Prepare(std::string_view lines) noexcept { prepared_ = lines; }
  /// Adds ready lines, each ended by CRLF.
  void Append(std::string_view lines) { added_.append(lines); }
  void Add(std::string_view name, std::string_view value) {
    added_.append(name).append(": ").append(value).append("\r\n");
  }
  /// Removes all fields of that name, in whatever case it was written. Prepared lines become a copy
  /// when one of them goes.
  void Remove(std::string_view name);
  /// Adds ready lines, each ended by CRLF, in place of all fields of their names.
  void Replace(std::string_view lines);
  /// The value of the first field of that name; nothing: there is none. Until the next change.
  [[nodiscard]] std::optional<std::string_view> Find(std::string_view name) const noexcept;
  /// Memory is kept for what is added next.
  void Clear() noexcept {
    prepared_ = {};
    added_.clear();
  }

  [[nodiscard]] std::string_view prepared() const noexcept { return prepared_; }
  [[nodiscard]] std::string_view added() const noexcept { return added_; }

 private:
  std::string_view prepared_;
  std::string added_;
};

}  // namespace tined::answer
