// What of an answer's content is known before any of it is sent. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "answer/answer.hpp"

namespace tined::http2 {

/// Bytes of it; nothing where no length is told (RFC 9110, 8.6), or nobody knows it yet.
[[nodiscard]] std::optional<std::uint64_t> LengthOf(const answer::Body& body);

/// The digest of the content: an answer that is made once more, and has the same one, has the same
/// rest. A file counts as the one that it was as long as it has not been written since. Fields do
/// not count, which are out, and may tell of the time.
[[nodiscard]] std::uint64_t DigestOf(const answer::Answer& answer);

/// Copies what a module has lent, and gives it back: what does so counts as the module's doing.
void TakeLoan(answer::Body& body);

}  // namespace tined::http2
