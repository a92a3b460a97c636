// Symbolic links that openat2(2) with RESOLVE_BENEATH refuses although what they mean lies inside:
// absolute ones, and those that lead out and in again. The rewritten path is opened below the root
// as any other, so that a mistake here reaches nothing outside. Any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace tined::handlers {

/// The names under which one directory is known: as configured, and without symbolic links. An
/// empty one is none.
using RootNames = std::array<std::string_view, 2>;

/// Resolves the first link that leads out of `root` on `path`, which RESOLVE_BENEATH has refused
/// with EXDEV, and makes of `path` what follows the root's own name. False: the path means
/// something outside.
[[nodiscard]] bool TurnLinkInward(int root, const RootNames& names, std::string& path);

/// `path`, absolute and without its links being looked at, as seen from `root`: "a/b" of
/// "/srv/x/../a//b" below "/srv". Nothing and false where it lies outside.
[[nodiscard]] bool PathBelow(std::string_view root, std::string_view path, std::string& below);

}  // namespace tined::handlers
