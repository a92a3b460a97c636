// What the variables in texts of the configuration stand for (config/variable_text.hpp), for one
// request and its answer. Worker's loop thread.
#pragma once

#include <string>
#include <vector>

#include "config/variable_text.hpp"
#include "http/request.hpp"

namespace tined::exchange {

/// The text with the facts in it, as the value of a field may have them: what is not printable
/// ASCII in what a client sent is `?`.
[[nodiscard]] std::string Expanded(const std::vector<config::TextPiece>& pieces,
                                   const http::Request& request, int status);

/// A page of HTML or XML with the facts in it: what a client sent is text there, never markup.
[[nodiscard]] std::string ExpandedPage(const std::vector<config::TextPiece>& pieces,
                                       const http::Request& request, int status);

}  // namespace tined::exchange
