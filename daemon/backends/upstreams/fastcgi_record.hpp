// Records, in which FastCGI (fastcgi-archives.github.io, version 1) carries everything: eight bytes
// of header, content, padding. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tined::backends::fastcgi {

enum class Type : std::uint8_t {
  begin_request = 1,
  end_request = 3,
  params = 4,
  input = 5,   ///< FCGI_STDIN
  output = 6,  ///< FCGI_STDOUT
  errors = 7,  ///< FCGI_STDERR
};

inline constexpr std::uint8_t kVersion = 1;
/// The one request that is under way on a connection.
inline constexpr std::uint16_t kRequest = 1;
inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kMostContent = 0xFFFF;

/// Appends `content` in as many records as it takes; what is empty is the end of a stream.
void Append(std::string& bytes, Type type, std::string_view content);

}  // namespace tined::backends::fastcgi
