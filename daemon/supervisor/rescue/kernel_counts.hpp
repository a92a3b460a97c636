// What the kernel knows of a connection: how many bytes its program has really read and written,
// whatever the program got round to noting. Supervisor.
#pragma once

#include <cstdint>

namespace tined::supervisor {

struct KernelCounts {
  std::uint64_t read = 0;     ///< bytes that recv(2) has returned since accept
  std::uint64_t written = 0;  ///< bytes that send(2) has taken
  bool operator==(const KernelCounts&) const = default;
};

enum class CountOutcome {
  counted,
  gone,         ///< the connection is over: nobody is left to serve
  not_counted,  ///< no TCP socket
};

/// Asks about `socket` (TCP_INFO in tcp(7), SIOCINQ).
[[nodiscard]] CountOutcome Count(int socket, KernelCounts& counts) noexcept;

}  // namespace tined::supervisor
