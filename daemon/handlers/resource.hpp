// What a path of a static route stands for: a file and, where they exist, its precompressed
// siblings, each with everything prepared that an answer needs. Worker's loop thread; loading may
// be a thread's work.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "answer/body.hpp"
#include "base/clock.hpp"
#include "handlers/root.hpp"
#include "http/encoding.hpp"

namespace tined::handlers {

/// Files up to this size are kept in memory, larger ones as an open descriptor.
inline constexpr std::uint64_t kSmallFile = 16U << 10;
/// What is read at the most of a file that is longer than it says.
inline constexpr std::size_t kLongestUnsaid = std::size_t{1} << 20;

/// A point in time as the kernel keeps it: from far before to far beyond what nanoseconds since the
/// epoch can say in 64 bits.
struct FileTime {
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  auto operator<=>(const FileTime&) const = default;
};
[[nodiscard]] FileTime FileTimeOf(const timespec& time) noexcept;

/// Tells one state of a file from another.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  FileTime modified;
  FileTime changed;
  bool operator==(const Stamp&) const = default;
};
[[nodiscard]] Stamp StampOf(const struct stat& status) noexcept;

/// A file opened to be one representation of a resource.
struct Source {
  http::Coding coding = http::Coding::identity;
  Opened opened;
};

/// Looks for the .br, .zst and .gz siblings of the file at `path`, which is open in `file`: regular
/// files that are not older than it. The first of the result is `file` itself; the result is empty
/// where that takes more patience.
[[nodiscard]] std::vector<Source> OpenSources(const Root& root, std::string_view path, Opened file,
                                              Patience patience = Patience::wait);

/// One form in which a resource can be sent. Its header lines, each ended by CRLF, stand in the
/// order Content-Type, then what else describes the content, then what a 304 repeats.
struct Representation {
  http::Coding coding = http::Coding::identity;
  Stamp stamp;
  std::uint64_t size = 0;  ///< of what is sent
  std::string etag;        ///< strong (RFC 9110, 8.8.1)
  std::chrono::sys_seconds last_modified;
  bool is_date_strong = false;  ///< nobody has set the file's date to another than its change's
  std::string lines;
  std::size_t type_size = 0;      ///< bytes of the Content-Type line
  std::size_t validators_at = 0;  ///< where the lines of a 304 begin
  std::string contents;           ///< of a small file
  answer::FileHandle file;        ///< of a larger one; else null

  /// False when the file that is to be sent is not any more what the header lines say. What is in
  /// memory cannot change.
  [[nodiscard]] bool IsUnchanged() const noexcept;
  /// The Content-Type line, with its CRLF.
  [[nodiscard]] std::string_view type_line() const noexcept {
    return std::string_view(lines).substr(0, type_size);
  }
  [[nodiscard]] std::string_view lines_behind_type() const noexcept {
    return std::string_view(lines).substr(type_size);
  }
  [[nodiscard]] std::string_view validator_lines() const noexcept {
    return std::string_view(lines).substr(validators_at);
  }
};

struct Resource {
  std::vector<Representation> representations;  ///< the first is the file itself
  WallTime checked_at;                          ///< when the files were last looked at
  /// The files are so young, or dated so late, that their stamps cannot be relied on: a second
  /// change within the clock's tick, or a date still to come, would not show.
  bool is_unsettled = false;
  /// Whether the resource must not be kept even for a moment: it has changed within the tick of the
  /// file system's clock, or is made by the kernel while it is read, as files in /proc are.
  bool is_in_flux = false;

  [[nodiscard]] bool has_siblings() const noexcept { return representations.size() > 1; }
  /// Looked at less than a second before `now`.
  [[nodiscard]] bool IsFresh(WallTime now) const noexcept {
    return !is_in_flux && now >= checked_at && now - checked_at < std::chrono::seconds(1);
  }
  /// True when `sources` are the files this resource was loaded from, unchanged since.
  [[nodiscard]] bool Matches(const std::vector<Source>& sources) const noexcept;
};

/// How files are loaded.
struct Loading {
  WallTime now;
  const config::Static& settings;  ///< how larger files are sent, what types files are of
  Patience patience = Patience::wait;
};

/// Reads small files and prepares the header lines; takes the descriptors of larger files. `path`
/// decides the media type. The result is an errno value: 0, EFBIG for a file that says it is small
/// and goes on and on, or EAGAIN without patience.
[[nodiscard]] int LoadResource(std::string_view path, std::vector<Source> sources,
                               const Loading& loading, Resource& resource);

}  // namespace tined::handlers
