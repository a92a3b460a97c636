// A directory as a page for people: folders first, then files, each with size and date, in the
// order that the query asks for. One page of plain HTML that needs nothing else, no script either,
// and reads well on a phone.
// Worker's loop thread; reading a directory blocks as long as the file system takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"
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

/// In what order a directory is shown, its folders first whatever it is.
struct ListingOrder {
  enum class By { name, size, modified };
  By by = By::name;
  bool is_descending = false;
  bool operator==(const ListingOrder&) const = default;
};
/// What a query asks for: `sort=` and one of `name`, `size` and `modified`, with a minus in front
/// from the last to the first. Anything else: names, from the first to the last.
[[nodiscard]] ListingOrder OrderOf(std::string_view query) noexcept;
void Sort(DirectoryListing& listing, const ListingOrder& order);

/// Whether clients are not shown what has that name.
[[nodiscard]] bool IsHidden(std::string_view name, const config::Static& settings) noexcept;

/// Reads the directory at `relative` below `root`, which Root::Look has given as `directory`: its
/// files and directories that can be reached, at most `limit` of them. Throws std::system_error.
[[nodiscard]] DirectoryListing ReadDirectory(const Root& root, std::string_view relative,
                                             const Descriptor& directory,
                                             const config::Static& settings,
                                             std::size_t limit = 10000);

/// The page. `path` is the decoded path of the request, ending in '/'.
[[nodiscard]] std::string RenderListing(std::string_view path, const DirectoryListing& listing,
                                        const ListingOrder& order, bool with_parent);
/// What such a page may do (Content Security Policy): look as it does, and nothing else.
extern const std::string_view kListingPolicy;

/// "512 B", "1.5 KiB", "20 MiB".
[[nodiscard]] std::string ReadableSize(std::uint64_t bytes);

}  // namespace tined::handlers
