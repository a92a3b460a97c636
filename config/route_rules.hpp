// The kinds of text by which a route says what it takes, and where that leads. As those of
// text_rules.hpp, each refuses what could only fail later.
#pragma once

#include "config/rules.hpp"

namespace tined::config {

extern const TextRule kRoutePath;       ///< begins with '/', decoded, no dot segments
extern const TextRule kHostName;        ///< lower case, no port; `*.` and one: all names below
extern const TextRule kAuthority;       ///< a host, and a port where it is not the usual one
extern const TextRule kGlob;            ///< of paths (path_pattern.hpp)
extern const TextRule kRegex;           ///< of paths (path_pattern.hpp)
extern const TextRule kRewrite;         ///< a path with parts of a request (address_text.hpp)
extern const TextRule kCandidate;       ///< of `try`: $path and its like, a path, =404
extern const TextRule kRedirectTarget;  ///< a Location: with parts of a request, or without query

}  // namespace tined::config
