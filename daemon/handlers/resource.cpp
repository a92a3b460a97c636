#include "handlers/resource.hpp"

#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "handlers/media_types.hpp"
#include "http/date.hpp"

namespace tined::handlers {
namespace {

using http::Coding;
using std::chrono::nanoseconds;
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

nanoseconds SinceEpoch(const timespec& time) noexcept {
  return seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// Reads `size` bytes from the file's start; fewer when it has become shorter. Without patience,
/// that too is for somebody with patience to find out.
int ReadFromStart(int fd, std::uint64_t size, Patience patience, std::string& contents) {
  const int flags = patience == Patience::none ? RWF_NOWAIT : 0;
  contents.resize(size);
  std::size_t filled = 0;
  while (filled < size) {
    const iovec room{contents.data() + filled, size - filled};
    const ssize_t n = ::preadv2(fd, &room, 1, static_cast<off_t>(filled), flags);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 && patience == Patience::none) return EAGAIN;
    if (n < 0) return errno;
    if (n == 0) break;
    filled += static_cast<std::size_t>(n);
  }
  contents.resize(filled);
  return 0;
}

/// Fills `contents`, or `file` when it is not small. A file that shrank under the read is read once
/// more.
int LoadContents(Opened& opened, const Loading& loading, Representation& representation) {
  for (int tries = 0; tries < 2; ++tries) {
    representation.stamp = StampOf(opened.status);
    const std::uint64_t size = representation.stamp.size;
    if (size > kSmallFile) {
      representation.contents.clear();
      representation.file = std::make_shared<const http::OpenFile>(
          http::OpenFile{std::move(opened.descriptor), loading.io});
      return 0;
    }
    const int error =
        ReadFromStart(opened.descriptor.get(), size, loading.patience, representation.contents);
    if (error != 0) return error;
    if (representation.contents.size() == size) return 0;
    if (::fstat(opened.descriptor.get(), &opened.status) != 0) return errno;
  }
  return EIO;
}

void PrepareLines(Representation& representation, bool has_siblings) {
  const CodedSuffix& suffix = SuffixOf(representation.coding);
  representation.etag =
      fmt::format("\"{:x}-{:x}{}\"", representation.stamp.size,
                  static_cast<std::uint64_t>(representation.stamp.modified.count()), suffix.etag);
  std::string& lines = representation.lines;
  lines = fmt::format("Content-Type: {}\r\n", representation.media_type);
  representation.type_size = lines.size();
  lines.append(suffix.line).append("Accept-Ranges: bytes\r\n");
  representation.validators_at = lines.size();
  const http::DateText date = http::FormatDate(representation.last_modified);
  lines += fmt::format("ETag: {}\r\nLast-Modified: {}\r\n", representation.etag,
                       std::string_view(date.data(), date.size()));
  if (has_siblings) lines += "Vary: Accept-Encoding\r\n";
}

}  // namespace

Stamp StampOf(const struct stat& status) noexcept {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified = SinceEpoch(status.st_mtim),
          .changed = SinceEpoch(status.st_ctim)};
}

std::vector<Source> OpenSources(const Root& root, std::string_view path, Opened file,
                                Patience patience) {
  std::vector<Source> sources;
  const nanoseconds oldest = SinceEpoch(file.status.st_mtim);
  sources.push_back({Coding::identity, std::move(file)});
  std::string name(path);
  for (const CodedSuffix& suffix : kSuffixes) {
    name.resize(path.size());
    Opened sibling = root.Open(name.append(suffix.file), patience);
    if (sibling.error == EAGAIN && patience == Patience::none) return {};
    if (!sibling.is_file() || SinceEpoch(sibling.status.st_mtim) < oldest) continue;
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
    loaded.media_type = MediaType(path);
    if (const int error = LoadContents(source.opened, loading, loaded)) return error;
    const sys_seconds modified(std::chrono::floor<seconds>(loaded.stamp.modified));
    // RFC 9110, 8.8.2.1: never later than Date.
    loaded.last_modified = std::min(modified, this_second);
    const sys_seconds changed(std::chrono::floor<seconds>(loaded.stamp.changed));
    resource.is_unsettled |= modified > this_second || changed >= this_second - seconds(1);
    PrepareLines(loaded, sources.size() > 1);
  }
  return 0;
}

}  // namespace tined::handlers
