// The kinds of text in a configuration. Each rule refuses what could only fail later: while a
// request is answered, or silently.
#pragma once

#include "config/rules.hpp"

namespace tined::config {

extern const TextRule kAccountName;   ///< of a user or group; empty: none
extern const TextRule kListenerName;  ///< fits into the ledger's records
extern const TextRule kPath;          ///< of a file or directory; resolved
extern const TextRule kControlPath;   ///< of a socket; `none` or nothing: empty
extern const TextRule kRoutePath;     ///< begins with '/', decoded, no dot segments
extern const TextRule kHostName;      ///< lower case, no port
extern const TextRule kMethod;        ///< a method that can be answered
extern const TextRule kIndexName;     ///< a file's name in a directory
extern const TextRule kAnyText;
extern const TextRule kMediaType;       ///< a Content-Type header's value
extern const TextRule kRedirectTarget;  ///< a Location header's value, without query

}  // namespace tined::config
