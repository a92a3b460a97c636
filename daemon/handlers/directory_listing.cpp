#include "handlers/directory_listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <compare>
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
)";

constexpr std::string_view kStyle = R"(
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .5rem; text-align: right; white-space: nowrap; }
td { font-variant-numeric: tabular-nums; opacity: .75; vertical-align: top; }
tr > :first-child { padding-left: 0; text-align: left; width: 100%; opacity: 1; }
td:first-child { white-space: normal; overflow-wrap: anywhere; }
tr { border-bottom: 1px solid #8884; }
th { font-weight: 600; }
a { text-decoration: none; display: block; }
a:hover { text-decoration: underline; }
@media (max-width: 32rem) {
  tr { display: grid; grid-template-columns: 1fr auto auto; padding: .3rem 0; }
  th, td { padding: 0 0 0 1rem; }
  td { font-size: .9rem; }
  td:first-child { grid-column: 1 / -1; font-size: 1rem; }
  td:nth-child(2) { grid-column: 2; }
}
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

/// "2026-11-23 08:50"; empty for a time that no calendar has.
std::string ReadableTime(sys_seconds time) {
  constexpr sys_seconds kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
  constexpr sys_seconds kEnd = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);
  if (time < kFirst || time >= kEnd) return {};
  return fmt::format("{:%Y-%m-%d %H:%M}",
                     fmt::gmtime(std::time_t{time.time_since_epoch().count()}));
}

using By = ListingOrder::By;

struct Column {
  By by;
  std::string_view name;  ///< in a query
  std::string_view title;
};
constexpr Column kColumns[] = {{By::name, "name", "Name"},
                               {By::size, "size", "Size"},
                               {By::modified, "modified", "Modified (UTC)"}};

/// "?sort=-size"; nothing for the order that there is without it.
std::string QueryFor(const ListingOrder& order) {
  if (order == ListingOrder{}) return {};
  const auto column = std::ranges::find(kColumns, order.by, &Column::by);
  return fmt::format("?sort={}{}", order.is_descending ? "-" : "", column->name);
}

/// What a column's title leads to: the other way round, or first the largest and the latest.
ListingOrder Next(const Column& column, const ListingOrder& now) {
  return {column.by, now.by == column.by ? !now.is_descending : column.by != By::name};
}

void AppendTitles(std::string& page, const ListingOrder& order) {
  page += "<thead><tr>";
  for (const Column& column : kColumns) {
    const bool is_it = column.by == order.by;
    const std::string_view sorted = order.is_descending ? "descending" : "ascending";
    const std::string query = QueryFor(Next(column, order));
    fmt::format_to(std::back_inserter(page), "<th{}><a href=\"{}\">{}{}</a>",
                   is_it ? fmt::format(" aria-sort=\"{}\"", sorted) : "",
                   query.empty() ? "./" : query, column.title,
                   is_it ? (order.is_descending ? " \u25be" : " \u25b4") : "");
  }
  page += "\n<tbody>\n";
}

/// `query` goes along into directories.
void AppendRow(std::string& page, const DirectoryEntry& entry, std::string_view query) {
  const std::string_view slash = entry.is_directory ? "/" : "";
  fmt::format_to(std::back_inserter(page), "<tr><td><a href=\"{}{}{}\">{}{}</a><td>{}<td>{}\n",
                 EncodeSegment(entry.name), slash, entry.is_directory ? query : "",
                 EscapeHtml(entry.name), slash,
                 entry.is_directory ? std::string() : ReadableSize(entry.size),
                 ReadableTime(entry.modified));
}

}  // namespace

const std::string_view kListingPolicy =
    "default-src 'none'; img-src 'self'; style-src "
    "'sha256-8b7Tq2YjXXYk/QAOQdUvs0w612eTX5BcUzL3y2b/+/A='; base-uri 'none'; "
    "form-action 'none'";

ListingOrder OrderOf(std::string_view query) noexcept {
  constexpr std::string_view kSort = "sort=";
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!part.starts_with(kSort)) continue;
    part.remove_prefix(kSort.size());
    const bool is_descending = part.starts_with('-');
    if (is_descending) part.remove_prefix(1);
    const auto column = std::ranges::find(kColumns, part, &Column::name);
    return column == std::end(kColumns) ? ListingOrder{} : ListingOrder{column->by, is_descending};
  }
  return {};
}

void Sort(DirectoryListing& listing, const ListingOrder& order) {
  const auto compare = [&](const DirectoryEntry& a, const DirectoryEntry& b) {
    if (order.by == By::name) return a.name <=> b.name;
    if (order.by == By::modified) return a.modified <=> b.modified;
    return a.is_directory ? std::strong_ordering::equal : a.size <=> b.size;
  };
  std::ranges::sort(listing.entries, [&](const DirectoryEntry& a, const DirectoryEntry& b) {
    if (a.is_directory != b.is_directory) return a.is_directory;
    const std::strong_ordering order_of_two = compare(a, b);
    if (order_of_two == 0) return a.name < b.name;
    return order.is_descending ? order_of_two > 0 : order_of_two < 0;
  });
}

bool IsHidden(std::string_view name, const config::Static& settings) noexcept {
  return name.starts_with('.') && !settings.hidden &&
         std::ranges::find(settings.visible, name) == settings.visible.end();
}

DirectoryListing ReadDirectory(const Root& root, std::string_view relative,
                               const Descriptor& looked_at, const config::Static& settings,
                               std::size_t limit) {
  const std::string path(relative);
  Descriptor directory = Reopen(looked_at, O_DIRECTORY);
  if (!directory) ThrowErrno("cannot list " + path);
  const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(directory.get()));
  if (!stream) ThrowErrno("cannot list " + path);
  const int fd = directory.Release();
  DirectoryListing listing;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || IsHidden(name, settings)) continue;
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
  Sort(listing, {});
  return listing;
}

std::string RenderListing(std::string_view path, const DirectoryListing& listing,
                          const ListingOrder& order, bool with_parent) {
  const std::string query = QueryFor(order);
  std::string page(kPageStart);
  fmt::format_to(std::back_inserter(page),
                 "<style>{0}</style>\n<title>{1}</title>\n<h1>{1}</h1>\n<table>\n", kStyle,
                 EscapeHtml(path));
  AppendTitles(page, order);
  if (with_parent) {
    fmt::format_to(std::back_inserter(page), "<tr><td><a href=\"../{}\">../</a><td><td>\n", query);
  }
  for (const DirectoryEntry& entry : listing.entries) AppendRow(page, entry, query);
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
