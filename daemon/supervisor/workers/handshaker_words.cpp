#include "supervisor/workers/handshaker_words.hpp"

#include <algorithm>

namespace tined::supervisor {

const config::Listener* TlsListener(const config::Config& config, std::size_t place) {
  for (const config::Listener& listener : config.listeners) {
    if (listener.tls && place-- == 0) return &listener;
  }
  return nullptr;
}

config::Problem RefusalIn(const channels::Message& message, const config::Config& config) {
  const std::size_t place = message.order.count;
  const config::Listener* const listener = place == 0 ? nullptr : TlsListener(config, place - 1);
  return {listener == nullptr ? config::Position() : listener->tls->where, Shown(message.text)};
}

std::string Shown(std::string_view text) {
  std::string shown(text.substr(0, text.find('\0')));
  const auto is_hidden = [](char c) { return c < ' ' || c > '~'; };
  std::replace_if(shown.begin(), shown.end(), is_hidden, '?');
  return shown;
}

}  // namespace tined::supervisor
