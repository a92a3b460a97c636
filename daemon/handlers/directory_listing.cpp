#include "handlers/directory_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.hpp"
#include "handlers/escape.hpp"

namespace tined::handlers {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view kPageStart = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
td { padding: .3rem .5rem; border-bottom: 1px solid #8884; vertical-align: top; }
td:first-child { padding-left: 0; overflow-wrap: anywhere; width: 100%; }
td + td { white-space: nowrap; text-align: right; font-variant-numeric: tabular-nums; opacity: .75; }
a { text-decoration: none; display: block; }
a:hover { text-decoration: underline; }
@media (max-width: 32rem) { td:last-child { display: none; } }
</style>
)";

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// What `name` in `directory` is. A symbolic link is followed as a request for it would be: one
/// that leads out of the root, or nowhere, is not there.
bool Inspect(const Root& root, const std::string& path, int directory, const char* name,
             struct stat& status) {
  if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (S_ISLNK(status.st_mode)) {
    const Opened target = root.Look(path + name);
    if (target.error != 0) return false;
    status = target.status;
  }
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

void Sort(std::vector<DirectoryEntry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const DirectoryEntry& a, const DirectoryEntry& b) {
    return a.is_directory != b.is_directory ? a.is_directory : a.name < b.name;
  });
}

/// "2026-11-23 08:50"; empty for a time that no calendar has.
std::string ReadableTime(sys_seconds time) {
  constexpr sys_seconds kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
  constexpr sys_seconds kEnd = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);
  if (time < kFirst || time >= kEnd) return {};
  return fmt::format("{:%Y-%m-%d %H:%M}",
                     fmt::gmtime(std::time_t{time.time_since_epoch().count()}));
}

void AppendRow(std::string& page, const DirectoryEntry& entry) {
  const std::string_view slash = entry.is_directory ? "/" : "";
  fmt::format_to(std::back_inserter(page), "<tr><td><a href=\"{}{}\">{}{}</a><td>{}<td>{}\n",
                 EncodeSegment(entry.name), slash, EscapeHtml(entry.name), slash,
                 entry.is_directory ? std::string() : ReadableSize(entry.size),
                 ReadableTime(entry.modified));
}

}  // namespace

DirectoryListing ReadDirectory(const Root& root, std::string_view relative,
                               const Descriptor& looked_at, bool with_hidden, std::size_t limit) {
  const std::string path(relative);
  Descriptor directory = Reopen(looked_at, O_DIRECTORY);
  if (!directory) ThrowErrno("cannot list " + path);
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(directory.get()));
  if (!stream) ThrowErrno("cannot list " + path);
  const int fd = directory.Release();
  DirectoryListing listing;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || (name.front() == '.' && !with_hidden)) continue;
    struct stat status {};
    if (!Inspect(root, path, fd, entry->d_name, status)) continue;
    if (listing.entries.size() == limit) {
      listing.is_cut = true;
      break;
    }
    listing.entries.push_back({.name = std::string(name),
                               .is_directory = S_ISDIR(status.st_mode),
                               .size = static_cast<std::uint64_t>(status.st_size),
                               .modified = sys_seconds(seconds(status.st_mtim.tv_sec))});
  }
  Sort(listing.entries);
  return listing;
}

std::string RenderListing(std::string_view path, const DirectoryListing& listing,
                          bool with_parent) {
  const std::string title = EscapeHtml(path);
  std::string page(kPageStart);
  fmt::format_to(std::back_inserter(page), "<title>{0}</title>\n<h1>{0}</h1>\n<table>\n", title);
  if (with_parent) page += "<tr><td><a href=\"../\">../</a><td><td>\n";
  for (const DirectoryEntry& entry : listing.entries) AppendRow(page, entry);
  page += "</table>\n";
  if (listing.entries.empty()) page += "<p>This directory is empty.\n";
  if (listing.is_cut) {
    fmt::format_to(std::back_inserter(page), "<p>There is more: only {} entries are shown.\n",
                   listing.entries.size());
  }
  return page;
}

std::string ReadableSize(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // From 1023.5 on, rounding would print "1024".
  while (size >= 1023.5 && unit + 1 < std::size(kUnits)) {
    size /= 1024;
    ++unit;
  }
  const int decimals = size < 9.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", size, decimals, kUnits[unit]);
}

}  // namespace tined::handlers
