// Says when a header that arrives in pieces is worth parsing again: when it may be whole, and when
// something in it may be wrong, so that a client learns of that however its bytes were cut. Looks
// at each byte once, for parsing from the beginning with each of them would cost the square of
// their number. Knows where the parser can decide something, and nothing of what it decides.
// Worker's loop thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tined::http1 {

class HeaderScan {
 public:
  /// Looks at what has come behind the bytes that it has seen; `input` begins with those. True: the
  /// parser may have something new to say.
  [[nodiscard]] bool Feed(std::string_view input) noexcept;

 private:
  enum class State : std::uint8_t { method, target, version, line_start, name, value, line_end };

  /// Whether the parser may decide something at `byte`.
  [[nodiscard]] bool Take(char byte) noexcept;

  std::uint32_t seen_ = 0;
  State state_ = State::method;
  std::uint8_t due_ = 0;  ///< so many further bytes are worth asking for
};

}  // namespace tined::http1
