// A directory as a page for people: folders first, then files, each with size and date. One page of
// plain HTML that needs nothing else and reads well on a phone.
// Worker's loop thread; reading a directory blocks as long as the file system takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "handlers/root.hpp"

namespace tined::handlers {

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
  std::uint64_t size = 0;
  std::chrono::sys_seconds modified{};
};

struct DirectoryListing {
  std::vector<DirectoryEntry> entries;  ///< sorted: directories first, then by name
  bool is_cut = false;                  ///< there were more than could be listed
};

/// Reads the directory at `relative` below `root`, which Root::Look has given as `directory`: its
/// files and directories that can be reached, at most `limit` of them. Throws std::system_error.
[[nodiscard]] DirectoryListing ReadDirectory(const Root& root, std::string_view relative,
                                             const Descriptor& directory, bool with_hidden,
                                             std::size_t limit = 10000);

/// The page. `path` is the decoded path of the request, ending in '/'.
[[nodiscard]] std::string RenderListing(std::string_view path, const DirectoryListing& listing,
                                        bool with_parent);

/// "512 B", "1.5 KiB", "20 MiB".
[[nodiscard]] std::string ReadableSize(std::uint64_t bytes);

}  // namespace tined::handlers
