// Settings (RFC 9113, 6.5): what a client's say of how it wants to be talked to, and the limits
// within which it may say so. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "http2/error_code.hpp"
#include "http2/frame.hpp"

namespace tined::http2 {

/// A setting's number (RFC 9113, 6.5.2; RFC 8441, 3; RFC 9218, 2.1).
enum class SettingId : std::uint16_t {
  header_table_size = 0x1,
  enable_push = 0x2,
  max_concurrent_streams = 0x3,
  initial_window_size = 0x4,
  max_frame_size = 0x5,
  max_header_list_size = 0x6,
  enable_connect_protocol = 0x8,
  no_rfc7540_priorities = 0x9,
};
struct Setting {
  SettingId id{};
  std::uint32_t value = 0;
};
inline constexpr std::size_t kSettingSize = 6;

/// The window that everybody begins with (RFC 9113, 6.9.2), and the largest there is.
inline constexpr std::uint32_t kDefaultWindow = 65535;
inline constexpr std::uint32_t kLargestWindow = (1U << 31) - 1;
inline constexpr std::uint32_t kDefaultTableSize = 4096;

/// A client that names more at once has something else in mind: there are not ten of them.
inline constexpr std::size_t kMostSettings = 32;

/// What of a client's settings a server that pushes nothing has to know, as plain data: it outlives
/// a worker with its connection.
struct ClientSettings {
  std::uint32_t header_table_size = kDefaultTableSize;
  std::uint32_t initial_window_size = kDefaultWindow;
  std::uint32_t max_frame_size = kDefaultFrameSize;

  bool operator==(const ClientSettings&) const = default;
};

/// Takes what the content of a frame SETTINGS says, in the order in which it says so; `settings` is
/// half changed by one that breaks a rule. `smallest_table` becomes the smallest size that the
/// client's table has had on the way.
[[nodiscard]] Fault Apply(std::string_view content, ClientSettings& settings,
                          std::uint32_t& smallest_table) noexcept;

}  // namespace tined::http2
