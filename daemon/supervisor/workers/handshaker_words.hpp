// What a handshaker says, in the supervisor's terms: it reads what strangers send, so it names
// listeners by number, and its words are taken for text alone. Supervisor; any process that checks
// a configuration.
#pragma once

#include <string>
#include <string_view>

#include "channels/control_pair.hpp"
#include "config/model.hpp"
#include "config/problem.hpp"

namespace tined::supervisor {

/// The listener with TLS that has that place among those with TLS; null: none has.
[[nodiscard]] const config::Listener* TlsListener(const config::Config& config, std::size_t place);
/// What a handshaker's `refuses` (handshaker/start.hpp) says, as a problem of `config`.
[[nodiscard]] config::Problem RefusalIn(const channels::Message& message,
                                        const config::Config& config);
/// Text of a process that is not trusted: cut at its first 0, only what can be shown.
[[nodiscard]] std::string Shown(std::string_view text);

}  // namespace tined::supervisor
