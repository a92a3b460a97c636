// Takes out of OpenSSL what a handshake that is complete has led to, so that records are sealed and
// opened without it from then on. Public functions of OpenSSL alone. Handshaker.
#pragma once

#include <optional>

#include "handshake/openssl.hpp"
#include "handshake/witness.hpp"
#include "tls/key_schedule.hpp"
#include "tls/session.hpp"

namespace tined::handshake {

/// Nothing, if something is missing: there is nobody then who could go on with the connection. The
/// secrets are the caller's to wipe.
[[nodiscard]] std::optional<tls::Agreed> AgreedBy(const SSL* ssl, const Witness& witness,
                                                  tls::KeySchedule& schedule);

}  // namespace tined::handshake
