// The certificates that handshakers serve, as they tell them, and what the log says of them: each
// once when a generation is put in force, and those that expire soon, daily. Supervisor, its loop's
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/model.hpp"
#include "shared/handshaker_board.hpp"

namespace tined::supervisor {

/// A certificate of a listener: printable ASCII.
struct ServedCertificate {
  std::string listener;
  std::string names;
  std::int64_t expires = 0;  ///< seconds since 1970
};

/// What a handshaker of `config` has written on its board, checked: it is not trusted.
[[nodiscard]] std::vector<ServedCertificate> CertificatesOn(const shared::HandshakerBoard& board,
                                                            const config::Config& config);

/// Writes a line each.
void Tell(const std::vector<ServedCertificate>& certificates);

/// Warns of certificates that expire soon, or have.
class ExpiryWarnings {
 public:
  /// A day has gone by since the last Warn.
  [[nodiscard]] bool IsDue(TimePoint now) const noexcept;
  void Warn(const std::vector<ServedCertificate>& certificates, TimePoint now);

 private:
  TimePoint warned_{};
};

}  // namespace tined::supervisor
