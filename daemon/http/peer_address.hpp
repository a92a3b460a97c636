// The address of whom a connection is with, as text. Any thread.
#pragma once

#include <string>

#include "ledger/record.hpp"

namespace tined::http {

/// Without port, as RFC 5952 writes it; empty: there is none (a unix socket's client; null).
[[nodiscard]] std::string AddressOf(const ledger::Peer* peer);

}  // namespace tined::http
