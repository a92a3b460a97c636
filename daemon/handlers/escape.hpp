// Text made safe for where it goes: into a URI, into HTML. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tined::handlers {

/// One path segment for a link, with every byte but RFC 3986's unreserved ones percent-encoded.
[[nodiscard]] std::string EncodeSegment(std::string_view name);

/// A decoded path for a Location: as EncodeSegment, but '/' stays.
[[nodiscard]] std::string EncodePath(std::string_view path);

/// Text for HTML, between tags or inside quoted attributes.
[[nodiscard]] std::string EscapeHtml(std::string_view text);

}  // namespace tined::handlers
