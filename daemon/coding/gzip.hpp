// The coding gzip (RFC 1952), by zlib.
#pragma once

#include <memory>

#include "coding/encoder.hpp"

namespace tined::coding {

/// Null: there is no memory for it.
[[nodiscard]] std::unique_ptr<Encoder> MakeGzip(config::Compress::Effort effort);

}  // namespace tined::coding
