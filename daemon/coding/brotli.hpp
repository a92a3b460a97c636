// The coding br (RFC 7932), by libbrotlienc.
#pragma once

#include <memory>

#include "coding/encoder.hpp"

namespace tined::coding {

/// Null: there is no memory for it.
[[nodiscard]] std::unique_ptr<Encoder> MakeBrotli(config::Compress::Effort effort);

}  // namespace tined::coding
