// A module's shared object, loaded into this process and found to be one. Loaded for good: threads
// and exit handlers of its own may outlive every use of it. Worker or executor.
#pragma once

#include <tined/module.h>

#include <string>

namespace tined::backends {

/// Loads `file` and checks what it exports; members that an older module does not have are null.
/// The first load of a file runs its initialisers. `image`: a descriptor of a copy that is loaded
/// in its place; -1: none is. Throws std::runtime_error that says what is wrong with it, without
/// the file's name.
[[nodiscard]] tined_module LoadModule(const std::string& file, int image = -1);

}  // namespace tined::backends
