#include "supervisor/workers/handshaker.hpp"

#include <algorithm>

namespace tined::supervisor {
namespace {

/// Beyond the longest handshake_timeout, for one that drains.
constexpr Duration kGrace = std::chrono::seconds(2);

Duration LongestHandshake(const config::Config& config) {
  Duration longest{};
  for (const config::Listener& listener : config.listeners) {
    if (listener.tls) longest = std::max(longest, listener.tls->handshake_timeout);
  }
  return longest;
}

}  // namespace

Handshaker::Handshaker(const GenerationPointer& of, int which)
    : generation(of),
      generation_number(of->number),
      number(which),
      drain_time(LongestHandshake(*of->config) + kGrace),
      board(std::make_shared<SharedFile<shared::HandshakerBoard>>("tined-handshaker")) {}

}  // namespace tined::supervisor
