// What a handshaker makes of its start: files are read from the descriptors that it was given, and
// each listener gets what its handshakes need of them, or problems in words. Handshaker, after it
// has become unreadable to others; owns all that is secret.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.hpp"
#include "handshake/context.hpp"
#include "handshaker/shared_tickets.hpp"
#include "handshaker/start.hpp"
#include "shared/handshaker_board.hpp"
#include "shared/key_ring.hpp"

namespace tined::handshaker {

class Contexts {
 public:
  struct Problem {
    std::uint32_t listener = 0;  ///< its place in Start::listeners
    std::string text;            ///< one line that names file and reason
  };

  /// `start` outlives it. `ring`: the keys of tickets that all handshakers share; null, to check
  /// alone: then sessions are resumed with keys that nobody else has.
  Contexts(const Start& start, shared::KeyRing* ring);
  Contexts(const Contexts&) = delete;
  Contexts& operator=(const Contexts&) = delete;

  /// All that is wrong. If there is anything, nothing below is to be used.
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }
  /// The context of the listener with that place in Start::listeners.
  [[nodiscard]] const handshake::Context& of(std::size_t listener) const {
    return *contexts_.at(listener);
  }
  /// Tells the supervisor which certificates there are.
  void Tell(shared::HandshakerBoard& board) const noexcept;
  /// Tells the log what is doubtful: certificates, and secrets that are written to a file.
  void Warn() const;

  /// To be called now and then: has handshakes use the keys for tickets that are in use now.
  void Refresh() noexcept;
  /// The OCSP answer of a certificate, counted through all listeners, is another one from now on;
  /// without a file there is none. What makes no sense is told to the log, and nothing changes.
  void SetStaple(std::uint32_t certificate, Descriptor file) noexcept;

 private:
  void Add(std::size_t listener, shared::KeyRing* ring);
  [[nodiscard]] handshake::TicketKeys KeysFor(const handshake::Settings& settings,
                                              shared::KeyRing* ring);
  void ReplaceStaple(std::uint32_t certificate, const Descriptor& file);

  const Start& start_;
  std::vector<Problem> problems_;
  std::optional<SharedTickets> tickets_;  ///< if some listener has the keys of the ring
  std::vector<std::unique_ptr<handshake::Context>> contexts_;  ///< null: it has problems
};

}  // namespace tined::handshaker
