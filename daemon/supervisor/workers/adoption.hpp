// Makes what a supervisor works with into a State, and a State into what the next image of the
// program works with. Supervisor.
#pragma once

#include <map>
#include <memory>

#include "supervisor/generation/generation.hpp"
#include "supervisor/upgrade/state.hpp"
#include "supervisor/workers/child.hpp"

namespace tined::supervisor {

/// The sockets of a service, each once: what is described refers to them by their places.
class SocketList {
 public:
  explicit SocketList(std::vector<State::Socket>& sockets) : sockets_(sockets) {}
  std::size_t PlaceOf(const ListeningSocket& socket);
  std::size_t Append(std::string key, int descriptor, const UnixListener* name);

 private:
  std::vector<State::Socket>& sockets_;
};

[[nodiscard]] State::Generation Describe(const Generation& generation, SocketList& sockets);
[[nodiscard]] State::Child Describe(const Child& child);

/// The sockets of a state, theirs from now on. Throws std::system_error.
using SocketsByPlace = std::vector<std::shared_ptr<const ListeningSocket>>;
[[nodiscard]] SocketsByPlace AdoptSockets(const State& state);
[[nodiscard]] std::unique_ptr<UnixListener> AdoptUnix(const State::Socket& socket);
/// An inherited descriptor: this process's own from now on, not inherited any further.
[[nodiscard]] Descriptor Own(int number) noexcept;
/// What is left of a generation whose children were forked by another image: enough to end them.
[[nodiscard]] GenerationPointer Adopt(const State::Generation& state,
                                      const SocketsByPlace& sockets);
/// The same process under the same line, its ledger mapped. Throws std::exception.
[[nodiscard]] std::unique_ptr<Child> Adopt(const State::Child& state,
                                           const GenerationPointer& generation);

}  // namespace tined::supervisor
