// What names and values may look like in HTTP/2 (RFC 9113, 8.2), and which fields may not be there
// at all. Pure functions, any thread.
#pragma once

#include <string_view>

namespace tined::http2 {

/// A token in lower case; a pseudo-field's is not among them.
[[nodiscard]] bool IsFieldName(std::string_view name) noexcept;

/// Without controls, tab excepted, and without white space at its ends.
[[nodiscard]] bool IsFieldValue(std::string_view value) noexcept;

/// `text` without the spaces and tabs at its ends (OWS, RFC 9110, 5.6.3).
[[nodiscard]] std::string_view WithoutBlanks(std::string_view text) noexcept;

/// It speaks of a connection, of which HTTP/2 knows by other means (RFC 9113, 8.2.2). `name` is in
/// lower case.
[[nodiscard]] bool IsConnectionSpecific(std::string_view name) noexcept;

}  // namespace tined::http2
