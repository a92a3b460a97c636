// Sealing and opening by libipsec-mb, which uses the widest instructions that a processor has: two
// to four times as fast as OpenSSL 3.0 on amd64, the only machines that it is there for. Worker's
// loop thread.
#pragma once

#include <memory>

#include "tls/aead.hpp"

namespace tined::tls {

/// Null: the build has not got the library, or the processor lacks instructions for AES.
[[nodiscard]] std::unique_ptr<Aead> MakeIpsecMbAead();

}  // namespace tined::tls
