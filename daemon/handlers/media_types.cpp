#include "handlers/media_types.hpp"

#include <algorithm>
#include <array>

#include "base/characters.hpp"
#include "http/list.hpp"

namespace tined::handlers {
namespace {

struct Row {
  std::string_view key;
  std::string_view type;
};

constexpr Row kExtensions[] = {
    {"3gp", "video/3gpp"},
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"adoc", "text/plain"},
    {"ai", "application/postscript"},
    {"apk", "application/vnd.android.package-archive"},
    {"apng", "image/apng"},
    {"asc", "application/pgp-signature"},
    {"atom", "application/atom+xml"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"bmp", "image/bmp"},
    {"bz2", "application/x-bzip2"},
    {"c", "text/plain"},
    {"cc", "text/plain"},
    {"cfg", "text/plain"},
    {"cjs", "text/javascript"},
    {"conf", "text/plain"},
    {"cpp", "text/plain"},
    {"crt", "application/x-x509-ca-cert"},
    {"css", "text/css"},
    {"csv", "text/csv"},
    {"cxx", "text/plain"},
    {"deb", "application/vnd.debian.binary-package"},
    {"der", "application/x-x509-ca-cert"},
    {"diff", "text/plain"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"eot", "application/vnd.ms-fontobject"},
    {"eps", "application/postscript"},
    {"epub", "application/epub+zip"},
    {"flac", "audio/flac"},
    {"flv", "video/x-flv"},
    {"geojson", "application/geo+json"},
    {"gif", "image/gif"},
    {"glb", "model/gltf-binary"},
    {"gltf", "model/gltf+json"},
    {"go", "text/plain"},
    {"gpx", "application/gpx+xml"},
    {"gz", "application/gzip"},
    {"h", "text/plain"},
    {"heic", "image/heic"},
    {"hh", "text/plain"},
    {"hpp", "text/plain"},
    {"htm", "text/html"},
    {"html", "text/html"},
    {"ico", "image/x-icon"},
    {"ics", "text/calendar"},
    {"ini", "text/plain"},
    {"iso", "application/x-iso9660-image"},
    {"jar", "application/java-archive"},
    {"java", "text/plain"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", "text/javascript"},
    {"json", "application/json"},
    {"jsonld", "application/ld+json"},
    {"jxl", "image/jxl"},
    {"kml", "application/vnd.google-earth.kml+xml"},
    {"kmz", "application/vnd.google-earth.kmz"},
    {"log", "text/plain"},
    {"lua", "text/plain"},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"m4a", "audio/mp4"},
    {"m4v", "video/mp4"},
    {"map", "application/json"},
    {"markdown", "text/markdown"},
    {"md", "text/markdown"},
    {"mid", "audio/midi"},
    {"midi", "audio/midi"},
    {"mjs", "text/javascript"},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpd", "application/dash+xml"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"nfo", "text/plain"},
    {"odg", "application/vnd.oasis.opendocument.graphics"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"otf", "font/otf"},
    {"patch", "text/plain"},
    {"pdf", "application/pdf"},
    {"pem", "application/x-x509-ca-cert"},
    {"pl", "text/plain"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"ps", "application/postscript"},
    {"py", "text/plain"},
    {"rar", "application/vnd.rar"},
    {"rb", "text/plain"},
    {"rpm", "application/x-rpm"},
    {"rs", "text/plain"},
    {"rss", "application/rss+xml"},
    {"rst", "text/plain"},
    {"rtf", "application/rtf"},
    {"sh", "text/plain"},
    {"shtml", "text/html"},
    {"sig", "application/pgp-signature"},
    {"sql", "text/plain"},
    {"sqlite", "application/vnd.sqlite3"},
    {"stl", "model/stl"},
    {"svg", "image/svg+xml"},
    {"svgz", "image/svg+xml"},
    {"tar", "application/x-tar"},
    {"tbz2", "application/x-bzip2"},
    {"tex", "text/plain"},
    {"text", "text/plain"},
    {"tgz", "application/gzip"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"toml", "text/plain"},
    {"ts", "video/mp2t"},
    {"tsv", "text/tab-separated-values"},
    {"ttc", "font/collection"},
    {"ttf", "font/ttf"},
    {"txt", "text/plain"},
    {"txz", "application/x-xz"},
    {"udeb", "application/vnd.debian.binary-package"},
    {"vcf", "text/vcard"},
    {"vtt", "text/vtt"},
    {"war", "application/java-archive"},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"weba", "audio/webm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xht", "application/xhtml+xml"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", "text/xml"},
    {"xsl", "text/xml"},
    {"xslt", "text/xml"},
    {"xz", "application/x-xz"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

/// Files whose whole name says that they are text.
constexpr std::string_view kTextNames[] = {
    "authors", "bugs",    "changelog", "changes", "copying", "copyright", "dockerfile", "faq",
    "install", "license", "makefile",  "news",    "notice",  "readme",    "thanks",     "todo",
};

constexpr bool ByKey(const Row& a, const Row& b) { return a.key < b.key; }
static_assert(std::is_sorted(std::begin(kExtensions), std::end(kExtensions), ByKey));
static_assert(std::is_sorted(std::begin(kTextNames), std::end(kTextNames)));

constexpr std::size_t kLongestKey = 12;

/// `text` in lower case, or nothing when it is longer than every key.
class LowerCase {
 public:
  explicit LowerCase(std::string_view text) noexcept {
    if (text.size() > bytes_.size()) return;
    size_ = text.size();
    std::transform(text.begin(), text.end(), bytes_.begin(), ToLower);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, kLongestKey> bytes_;
  std::size_t size_ = 0;
};

/// What the table says of a file of that name (no path).
std::string_view BuiltIn(std::string_view name) noexcept {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    const bool is_text =
        std::binary_search(std::begin(kTextNames), std::end(kTextNames), LowerCase(name).view());
    return is_text ? "text/plain" : "application/octet-stream";
  }
  const LowerCase extension(name.substr(dot + 1));
  const auto* row = std::lower_bound(std::begin(kExtensions), std::end(kExtensions),
                                     Row{extension.view(), {}}, ByKey);
  if (row == std::end(kExtensions) || row->key != extension.view()) {
    return "application/octet-stream";
  }
  return row->type;
}

/// What an operator's own types say of it; empty: nothing.
std::string_view Own(const config::Setting& types, std::string_view name) noexcept {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return {};
  for (const config::Setting& type : types.items) {
    if (http::EqualsIgnoreCase(type.key, name.substr(dot + 1))) return type.text;
  }
  return {};
}

}  // namespace

std::string MediaType(std::string_view name, const config::Static& settings) {
  name.remove_prefix(name.rfind('/') + 1);
  const std::string_view own = Own(settings.types, name);
  std::string type(own.empty() ? BuiltIn(name) : own);
  const bool wants_charset =
      !settings.charset.empty() && type.starts_with("text/") && type.find(';') == std::string::npos;
  if (wants_charset) type.append("; charset=").append(settings.charset);
  return type;
}

bool IsGzip(std::string_view name) noexcept {
  name.remove_prefix(std::min(name.rfind('.'), name.size()));
  return name.size() == 5 && LowerCase(name).view() == ".svgz";
}

}  // namespace tined::handlers
