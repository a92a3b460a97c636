// The schema by which editors check a configuration while it is written (JSON Schema, draft 7),
// made of the layouts of its sections: config/tined.schema.json is what it says. It takes whatever
// the loader takes, and refuses what can be told without knowing the machine; tined --check has the
// last word. Pure, any thread; no part of what serves.
#pragma once

#include <string>

namespace tined::config {

/// The schema as the text of a file.
std::string Schema();

}  // namespace tined::config
