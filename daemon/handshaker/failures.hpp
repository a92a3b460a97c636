// Tells the log of handshakes that come to nothing: whoever can reach the port causes as many as he
// likes, so of each reason one line a second is written, and no more than a few of all together: a
// client can have reasons made up, with names in them. The next line says how many were not.
// Handshaker; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/seldom.hpp"
#include "ledger/record.hpp"

namespace tined::handshaker {

class Failures {
 public:
  /// Reasons are few, those of OpenSSL included; should they ever be more, the rest counts as one.
  static constexpr std::size_t kMostReasons = 128;

  /// How many such failures were not told since the last line, if a line is to be written now.
  /// Pure, for tests.
  [[nodiscard]] std::optional<std::uint64_t> Note(const std::string& reason, TimePoint now);

  void Tell(const std::string& listener, const ledger::Peer& client, const std::string& reason,
            TimePoint now);

 private:
  struct Reason {
    std::optional<TimePoint> told;
    std::uint64_t omitted = 0;
  };

  [[nodiscard]] Reason& Find(const std::string& reason, TimePoint now);

  std::map<std::string, Reason> reasons_;
  log::Seldom lines_;
};

/// "192.0.2.1"; "unix" for a client of a unix socket.
[[nodiscard]] std::string AddressText(const ledger::Peer& peer);

}  // namespace tined::handshaker
