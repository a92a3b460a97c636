// Keeps a process, and whatever it starts, from reading some files that its user may read: private
// keys, where supervisor, handshakers and workers are one user. What Landlock (landlock(7)) does
// not allow it forbids, so everything is allowed but the directories on the way to such a file: of
// those, each entry by itself.
//
// What is made, put in the place of another or mounted later in a directory on the way is therefore
// not allowed, a renewed key as well as anything else, to processes that are there already. That
// harms nobody where only root makes something there. Where the process itself may, its own new
// files would be closed to it: a file with such a directory on its way is not hidden, and who
// starts the service is told. Worker, spawner, before they run anything of somebody else's;
// handshaker, to tell.
#pragma once

#include <string>
#include <vector>

#include "children/identity.hpp"
#include "config/model.hpp"

namespace tined::children {

/// Why HideFiles does not hide the file at `path`, in words; empty: it does.
[[nodiscard]] std::string ObstacleToHiding(const std::string& path);

/// From now on the calling process, which has a single thread, can open none of the files that
/// there is no obstacle for, by whatever name; its rights no longer grow, and it traces nobody but
/// what it has started. Descriptors that are open stay so. Throws std::system_error; what is wrong
/// with single entries on the way closes those entries.
void HideFiles(const std::vector<std::string>& paths);
/// Hides what `config` names that is for handshakers alone, unless this process has become another
/// user (children::Become), who is kept from it by the files' modes.
void HideKeys(const config::Config& config, const Identity& identity);

}  // namespace tined::children
