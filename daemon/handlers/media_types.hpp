// Which Content-Type a file is sent with: decided by its name, from what the configuration says and
// from a table that is built in, so that every system answers alike. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "config/model.hpp"

namespace tined::handlers {

/// The media type of a file of that name (a path will do), charset included where it is text;
/// "application/octet-stream" when nothing tells.
[[nodiscard]] std::string MediaType(std::string_view name, const config::Static& settings = {});

/// A file whose name means that it is that type in gzip, and has to be sent with that coding: svgz.
[[nodiscard]] bool IsGzip(std::string_view name) noexcept;

}  // namespace tined::handlers
