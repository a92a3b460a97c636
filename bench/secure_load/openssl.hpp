// Clients with OpenSSL. See session.hpp.
#pragma once

#include "bench/secure_load/session.hpp"

namespace tined::bench {

[[nodiscard]] std::unique_ptr<Endpoint> MakeOpensslEndpoint(const Endpoint::Wanted& wanted);

}  // namespace tined::bench
