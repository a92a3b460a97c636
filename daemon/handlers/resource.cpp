#include "handlers/resource.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "handlers/media_types.hpp"
#include "http/date.hpp"

namespace tined::handlers {
namespace {

using http::Coding;
using std::chrono::seconds;
using std::chrono::sys_seconds;

struct CodedSuffix {
  Coding coding;
  std::string_view file;  ///< behind the file's name
  std::string_view etag;  ///< inside the entity tag: variants differ in it
  std::string_view line;
};
constexpr CodedSuffix kSuffixes[] = {
    {Coding::br, ".br", "-br", "Content-Encoding: br\r\n"},
    {Coding::zstd, ".zst", "-zst", "Content-Encoding: zstd\r\n"},
    {Coding::gzip, ".gz", "-gz", "Content-Encoding: gzip\r\n"},
};
constexpr CodedSuffix kPlain{Coding::identity, "", "", ""};

const CodedSuffix& SuffixOf(Coding coding) noexcept {
  for (const CodedSuffix& suffix : kSuffixes) {
    if (suffix.coding == coding) return suffix;
  }
  return kPlain;
}

/// Reads the file to its end, which lies at `size` as a rule; those of /proc and /sys say 0 or a
/// page whatever they hold. Without patience all else than the rule is for somebody with patience
/// to find out.
int ReadWhole(int fd, std::uint64_t size, Patience patience, std::string& contents) {
  const int flags = patience == Patience::none ? RWF_NOWAIT : 0;
  constexpr std::size_t kStep = std::size_t{4} << 10;
  std::size_t filled = 0;
  contents.resize(size + 1);  // one more: an end that is met where it was expected
  while (filled <= kLongestUnsaid) {
    if (filled == contents.size()) contents.resize(filled + std::max(filled, kStep));
    const iovec room{contents.data() + filled, contents.size() - filled};
    const ssize_t n = ::preadv2(fd, &room, 1, static_cast<off_t>(filled), flags);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return patience == Patience::none ? EAGAIN : errno;
    filled += static_cast<std::size_t>(n);
    const bool is_whole = filled == size && size > 0 && static_cast<std::size_t>(n) < room.iov_len;
    if (n > 0 && !is_whole) continue;
    if (filled != size && patience == Patience::none) return EAGAIN;
    contents.resize(filled);
    contents.shrink_to_fit();
    return 0;
  }
  return EFBIG;
}

/// The clock that the kernel dates files by.
FileTime FileClock() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return FileTimeOf(now);
}

/// A further change would bear the same date. One that a clock which was wrong has dated ahead does
/// not count: it would never settle.
bool IsInFlux(const FileTime& changed, const FileTime& tick, WallTime now) noexcept {
  const FileTime second{std::chrono::floor<seconds>(now).time_since_epoch().count(), 0};
  return changed >= tick && changed >= second && changed.seconds <= second.seconds + 1;
}

/// Fills `contents`, or `file` when it is not small. A file that changed under the read is read
/// once more; what is then still not as long as it says is taken as it was read, for the moment.
/// `in_flux` is then set, as it is for a file whose next change may not show.
int LoadContents(Opened& opened, const Loading& loading, Representation& representation,
                 bool& in_flux) {
  const int fd = opened.descriptor.get();
  for (int tries = 0; tries < 3; ++tries) {
    const FileTime now = FileClock();  // before the file is looked at: it could change in between
    if (::fstat(fd, &opened.status) != 0) return errno;
    const Stamp before = representation.stamp;
    representation.stamp = StampOf(opened.status);
    representation.size = representation.stamp.size;
    if (representation.size > kSmallFile) {
      in_flux |= IsInFlux(representation.stamp.changed, now, loading.now);
      representation.contents.clear();
      representation.file = std::make_shared<const answer::OpenFile>(
          answer::OpenFile{std::move(opened.descriptor), loading.settings.io});
      return 0;
    }
    std::string& contents = representation.contents;
    const int error = ReadWhole(fd, representation.size, loading.patience, contents);
    if (error != 0) return error;
    if (contents.size() == representation.size) return 0;
    representation.size = contents.size();
    if (before == representation.stamp) break;
  }
  in_flux = true;
  return 0;
}

/// What the entity tag is made of. Of a small file its content: the tag changes with it and with
/// nothing else, and all machines that serve the file have the same one. Of a larger one all that
/// the kernel changes with the content, hashed, because an inode's number is nobody's business.
/// Not the device: its number may be another after each start of the machine.
std::uint64_t DigestOf(const Representation& representation, bool in_flux) {
  if (!representation.file) return Digest(representation.contents);
  const Stamp& stamp = representation.stamp;
  std::array<std::uint64_t, 7> parts = {stamp.inode,
                                        stamp.size,
                                        static_cast<std::uint64_t>(stamp.modified.seconds),
                                        static_cast<std::uint64_t>(stamp.modified.nanoseconds),
                                        static_cast<std::uint64_t>(stamp.changed.seconds),
                                        static_cast<std::uint64_t>(stamp.changed.nanoseconds),
                                        0};
  // The kernel could not tell this state from the next: a tag that is never given again.
  if (in_flux) Check(::getrandom(&parts.back(), sizeof(parts.back()), 0), "getrandom");
  std::array<char, sizeof(parts)> bytes;
  std::memcpy(bytes.data(), parts.data(), sizeof(parts));
  return Digest({bytes.data(), bytes.size()});
}

void PrepareLines(std::string_view path, const config::Static& settings,
                  Representation& representation, bool has_siblings, bool in_flux) {
  const CodedSuffix& suffix = SuffixOf(representation.coding);
  representation.etag = fmt::format("\"{:x}-{:016x}{}\"", representation.size,
                                    DigestOf(representation, in_flux), suffix.etag);
  std::string& lines = representation.lines;
  lines = fmt::format("Content-Type: {}\r\n", MediaType(path, settings));
  representation.type_size = lines.size();
  const bool is_plain = representation.coding == Coding::identity;
  lines.append(is_plain && IsGzip(path) ? SuffixOf(Coding::gzip).line : suffix.line);
  lines.append("Accept-Ranges: bytes\r\n");
  representation.validators_at = lines.size();
  const http::DateText date = http::FormatDate(representation.last_modified);
  lines += fmt::format("ETag: {}\r\nLast-Modified: {}\r\n", representation.etag,
                       std::string_view(date.data(), date.size()));
  if (has_siblings) lines += "Vary: Accept-Encoding\r\n";
}

/// A date that HTTP can say, and never later than the answer's own (RFC 9110, 8.8.2.1).
sys_seconds LastModified(const FileTime& modified, sys_seconds now) noexcept {
  constexpr sys_seconds kFirst = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
  return sys_seconds(
      seconds(std::clamp<std::int64_t>(modified.seconds, kFirst.time_since_epoch().count(),
                                       std::max(now, kFirst).time_since_epoch().count())));
}

}  // namespace

FileTime FileTimeOf(const timespec& time) noexcept { return {time.tv_sec, time.tv_nsec}; }

Stamp StampOf(const struct stat& status) noexcept {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified = FileTimeOf(status.st_mtim),
          .changed = FileTimeOf(status.st_ctim)};
}

bool Representation::IsUnchanged() const noexcept {
  struct stat status {};
  return !file || (::fstat(file->descriptor.get(), &status) == 0 && StampOf(status) == stamp);
}

std::vector<Source> OpenSources(const Root& root, std::string_view path, Opened file,
                                Patience patience) {
  std::vector<Source> sources;
  const FileTime oldest = FileTimeOf(file.status.st_mtim);
  sources.push_back({Coding::identity, std::move(file)});
  std::string name(path);
  for (const CodedSuffix& suffix : kSuffixes) {
    name.resize(path.size());
    Opened sibling = root.Open(name.append(suffix.file), patience);
    if (sibling.error == EAGAIN && patience == Patience::none) return {};
    if (!sibling.is_file() || FileTimeOf(sibling.status.st_mtim) < oldest) continue;
    sources.push_back({suffix.coding, std::move(sibling)});
  }
  return sources;
}

bool Resource::Matches(const std::vector<Source>& sources) const noexcept {
  return std::equal(sources.begin(), sources.end(), representations.begin(), representations.end(),
                    [](const Source& source, const Representation& representation) {
                      return source.coding == representation.coding &&
                             StampOf(source.opened.status) == representation.stamp;
                    });
}

int LoadResource(std::string_view path, std::vector<Source> sources, const Loading& loading,
                 Resource& resource) {
  const auto this_second = std::chrono::floor<seconds>(loading.now);
  resource.checked_at = loading.now;
  for (Source& source : sources) {
    Representation& loaded = resource.representations.emplace_back();
    loaded.coding = source.coding;
    bool in_flux = false;
    if (const int error = LoadContents(source.opened, loading, loaded, in_flux)) return error;
    const FileTime& modified = loaded.stamp.modified;
    const FileTime& changed = loaded.stamp.changed;
    loaded.last_modified = LastModified(modified, this_second);
    loaded.is_date_strong = modified.seconds == changed.seconds;
    const std::int64_t now = this_second.time_since_epoch().count();
    resource.is_unsettled |= modified.seconds > now || changed.seconds >= now - 1 || in_flux;
    resource.is_in_flux |= in_flux;
    PrepareLines(path, loading.settings, loaded, sources.size() > 1, in_flux);
  }
  return 0;
}

}  // namespace tined::handlers
