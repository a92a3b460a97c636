// The coding zstd (RFC 8878, with windows as RFC 9659 bounds them), by libzstd.
#pragma once

#include <memory>

#include "coding/encoder.hpp"

namespace tined::coding {

/// Null: there is no memory for it.
[[nodiscard]] std::unique_ptr<Encoder> MakeZstandard(config::Compress::Effort effort);

}  // namespace tined::coding
