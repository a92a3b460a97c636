// What a client's first bytes are: the beginning of TLS or of something else that is worth its own
// answer. Decisions about bytes alone; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace tined::handshake {

enum class Opening : std::uint8_t {
  unknown,    ///< more bytes are needed to tell
  tls,        ///< a handshake record
  http,       ///< a request in clear
  other_ssl,  ///< a version of TLS or SSL whose records are others: SSL 2, or one that is not made
              ///< yet
  nonsense,
};

/// `bytes`: all that the client has said.
[[nodiscard]] Opening Recognise(std::string_view bytes) noexcept;

}  // namespace tined::handshake
