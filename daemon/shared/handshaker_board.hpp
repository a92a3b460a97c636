// What a handshaker tells about itself: memory that the supervisor makes and shares with it. The
// handshaker alone writes; one that takes its place goes on with it. The supervisor reads copies
// and believes nothing: handshakers read what strangers send.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "shared/counter.hpp"

namespace tined::shared {

struct HandshakerBoard {
  Counter pending;      ///< handshakes at this moment; a new process begins with 0
  Counter established;  ///< connections that were handed to workers
  Counter resumed;      ///< of these
  Counter failed;       ///< handshakes that either side ended, or the client left
  Counter timed_out;
  Counter refused;   ///< clients that spoke HTTP in clear: they were told
  Counter lost;      ///< established, and nobody was left to take them
  Counter accepted;  ///< all connections
  /// When its loop last turned (Clock's time since its epoch, in milliseconds), each second at
  /// least.
  std::atomic<std::int64_t> heartbeat{0};

  struct Certificate {
    std::uint32_t listener = 0;     ///< its place in handshaker::Start::listeners
    std::int64_t expires = 0;       ///< seconds since 1970
    std::array<char, 244> names{};  ///< "www.example.org, example.org", cut; ends with a 0
  };
  static constexpr std::size_t kMostCertificates = 256;
  /// The first so many count; set last, before the handshaker is ready. What there is no room for
  /// is not told.
  std::atomic<std::uint32_t> certificate_count{0};
  std::array<Certificate, kMostCertificates> certificates{};
};

}  // namespace tined::shared
