#include "http/cgi_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/number.hpp"
#include "http/characters.hpp"
#include "http/list.hpp"
#include "http/target.hpp"
#include "http/uri_text.hpp"

namespace tined::http {
namespace {

/// Fields that are this server's own, or that end with the program (RFC 9110, 7.6.1).
constexpr std::array<std::string_view, 9> kDropped = {
    "connection", "keep-alive", "proxy-connection",  "te", "trailer", "upgrade",
    "date",       "server",     "proxy-authenticate"};

struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int ReadStatus(std::string_view value) {
  const auto status = ParseNumber<unsigned>(value.substr(0, 3));
  if (!status || value.size() < 3 || (value.size() > 3 && value[3] != ' ')) {
    throw Fault("Status is not three digits and a reason");
  }
  if (*status < 200 || *status > 599) throw Fault("Status is not from 200 to 599");
  return static_cast<int>(*status);
}

std::uint64_t ReadLength(std::string_view value) {
  const auto length = ParseNumber<std::uint64_t>(value);
  if (!length) throw Fault("Content-Length is not a number");
  return *length;
}

/// A path of this server, perhaps with a query: not "//host/", which names another, and nothing
/// with a fragment, which is for the client.
bool IsLocal(std::string_view reference) {
  return reference.starts_with('/') && !reference.starts_with("//") &&
         reference.find('#') == std::string_view::npos;
}

bool CanBeAnswered(std::string_view path) {
  Target target;
  std::string scratch;
  return ParseTarget(Method::get, path, target, scratch);
}

class HeaderReader {
 public:
  explicit HeaderReader(Cgi kind) noexcept : kind_(kind) {}

  CgiHeader Read(std::string_view text) {
    for (std::string_view line = TakeLine(text); !line.empty(); line = TakeLine(text)) Field(line);
    line_ = 0;
    Conclude();
    return std::move(header_);
  }

  /// The number of the line that is at fault; 0: none, the header as a whole is.
  [[nodiscard]] int line() const noexcept { return line_; }

 private:
  /// A caller has made sure of an empty line at the end.
  std::string_view TakeLine(std::string_view& text) {
    ++line_;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void Field(std::string_view line) {
    if (line_ == 1 && line.starts_with("HTTP/")) {
      throw Fault(
          "it begins with a status line: programs that write HTTP themselves (nph, "
          "non-parsed headers) are not supported, write Status: instead");
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) throw Fault("it has no colon");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(colon + 1));
    if (name.empty() || !std::all_of(name.begin(), name.end(), IsTokenCharacter)) {
      throw Fault("what stands before the colon is no name of a field");
    }
    if (!std::all_of(value.begin(), value.end(), IsValueCharacter)) {
      throw Fault("its value has control characters");
    }
    Take(name, value);
  }

  void Take(std::string_view name, std::string_view value) {
    const auto is = [&](std::string_view other) { return EqualsIgnoreCase(name, other); };
    if (is("transfer-encoding")) throw Fault("Transfer-Encoding is not a program's to choose");
    if (std::any_of(kDropped.begin(), kDropped.end(), is)) return;
    if (is("status")) {
      Once(has_status_, "Status");
      header_.status = ReadStatus(value);
    } else if (is("content-length")) {
      Once(has_length_, "Content-Length");
      header_.content_length = ReadLength(value);
    } else {
      if (is("content-type")) Once(has_type_, "Content-Type");
      if (is("location")) {
        Once(has_location_, "Location");
        if (value.empty()) throw Fault("Location is empty");
        // Programs write spaces and UTF-8 as they are.
        location_ = KeepUri(value);
        header_.lines.append(name).append(": ").append(location_).append("\r\n");
        return;
      }
      has_others_ = true;
      header_.lines.append(name).append(": ").append(value).append("\r\n");
    }
  }

  static void Once(bool& has, std::string_view name) {
    if (has) throw Fault(fmt::format("a second {}", name));
    has = true;
  }

  /// The kinds of response that there are (RFC 3875, 6.2).
  void Conclude() {
    if (kind_ == Cgi::program && !has_status_ && !has_type_ && !has_location_) {
      throw Fault("there is neither Content-Type, Status nor Location in it");
    }
    if (!has_location_ || has_status_) return;
    if (IsLocal(location_) && !has_others_ && header_.content_length.value_or(0) == 0) {
      if (!CanBeAnswered(location_)) {
        throw Fault(fmt::format("Location is a path that cannot be asked for: {}", location_));
      }
      header_.local_redirect = location_;
    }
    header_.status = 302;
  }

  CgiHeader header_;
  const Cgi kind_;
  int line_ = 0;
  bool has_status_ = false;
  bool has_type_ = false;
  bool has_length_ = false;
  bool has_location_ = false;
  bool has_others_ = false;
  std::string location_;
};

}  // namespace

std::size_t CgiHeaderSize(std::string_view output, std::size_t known) noexcept {
  if (output.starts_with("\n")) return 1;
  if (output.starts_with("\r\n")) return 2;
  // The end of a line may be known, what follows it not.
  std::size_t at = output.find('\n', known < 2 ? 0 : known - 2);
  for (; at != std::string_view::npos; at = output.find('\n', at + 1)) {
    const std::string_view rest = output.substr(at + 1);
    if (rest.starts_with("\n")) return at + 2;
    if (rest.starts_with("\r\n")) return at + 3;
  }
  return 0;
}

CgiHeaderReading ReadCgiHeader(std::string_view text, Cgi kind) {
  HeaderReader reader(kind);
  try {
    return {reader.Read(text), {}};
  } catch (const Fault& fault) {
    if (reader.line() == 0) return {std::nullopt, fault.what()};
    return {std::nullopt, fmt::format("line {}: {}", reader.line(), fault.what())};
  }
}

}  // namespace tined::http
