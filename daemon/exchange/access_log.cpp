#include "exchange/access_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/escape.hpp"
#include "http/peer_address.hpp"

namespace tined::exchange {
namespace {

constexpr std::size_t kFlushAbove = 32U << 10;
/// A buffer this full drops lines: the file has taken nothing for a long time.
constexpr std::size_t kDropAbove = 256U << 10;

void AppendNumber(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

/// inet_ntop goes through printf: too slow for a line a request.
void AppendV4(std::string& out, const ledger::Peer& peer) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) out.push_back('.');
    AppendNumber(out, peer.address[i]);
  }
}

void AppendPeer(std::string& out, const ledger::Peer* peer) {
  if (peer != nullptr && peer->family == AF_INET) return AppendV4(out, *peer);
  const std::string address = http::AddressOf(peer);
  out.append(address.empty() ? "-" : address);
}

constexpr bool IsPlain(char c) noexcept { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

/// The loop has no early end, and works in bytes: so the compiler looks at 16 of them at once.
bool IsAllPlain(std::string_view text) noexcept {
  std::uint8_t odd = 0;
  for (const char c : text) odd |= static_cast<std::uint8_t>(IsPlain(c) ? 0 : 1);
  return odd == 0;
}

/// A client's text, with whatever could end the line or the quotes written as \xHH.
void AppendQuotedText(std::string& out, std::string_view text) {
  if (IsAllPlain(text)) {
    out.append(text);
    return;
  }
  for (const char c : text) {
    if (IsPlain(c)) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02X}", static_cast<unsigned char>(c));
    }
  }
}

/// As a word: what a client says it is called may have spaces in it.
void AppendUser(std::string& out, std::string_view user) {
  if (user.empty()) return out.push_back('-');
  for (const char& c : user) {
    if (c == ' ') {
      out.append("\\x20");
    } else {
      AppendQuotedText(out, {&c, 1});
    }
  }
}

/// Appends `text` as a JSON string, escaped as the event log does.
void AppendJsonText(std::string& out, std::string_view text) {
  out.push_back('"');
  if (IsAllPlain(text)) {
    out.append(text);
  } else {
    AppendEscaped(out, text);
  }
  out.push_back('"');
}

void AppendQuotedField(std::string& out, const http::Request& request, http::Name name) {
  out.append(" \"");
  const std::string_view* const value = request.Find(name);
  AppendQuotedText(out, value != nullptr ? *value : "-");
  out.push_back('"');
}

std::string_view VersionOf(const http::Request& request) noexcept {
  if (request.major_version == 2) return "2.0";
  return request.minor_version == 0 ? "1.0" : "1.1";
}

void AppendJsonField(std::string& out, std::string_view key, const std::string_view* value) {
  if (value == nullptr) return;
  out.append(",\"").append(key).append("\":");
  AppendJsonText(out, *value);
}

}  // namespace

AccessLog::AccessLog(Descriptor descriptor, Format format, shared::Counter& lines_lost)
    : descriptor_(std::move(descriptor)), format_(format), lines_lost_(lines_lost) {
  if (descriptor_) buffer_.reserve(kFlushAbove + 4096);
}

AccessLog::~AccessLog() {
  Flush();
  lines_lost_.Add(static_cast<std::uint64_t>(std::count(buffer_.begin(), buffer_.end(), '\n')));
}

void AccessLog::RefreshTime(std::chrono::sys_seconds now) {
  if (now == time_) return;
  time_ = now;
  time_text_ = format_ == Format::json ? fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", now)
                                       : fmt::format("{:%d/%b/%Y:%H:%M:%S +0000}", now);
}

void AccessLog::Append(const http::Request& request, int status, std::uint64_t content_length,
                       std::chrono::sys_seconds now) noexcept {
  if (buffer_.size() > kDropAbove) {
    lines_lost_.Add();
    return;
  }
  RefreshTime(now);
  if (format_ == Format::json) {
    AppendJson(request, status, content_length);
  } else {
    AppendLine(request, status, content_length);
  }
  if (buffer_.size() > kFlushAbove) Flush();
}

void AccessLog::AppendLine(const http::Request& request, int status, std::uint64_t content_length) {
  AppendPeer(buffer_, request.peer);
  buffer_.append(" - ");
  AppendUser(buffer_, request.user);
  buffer_.append(" [").append(time_text_).append("] \"");
  if (request.method_text.empty()) {
    buffer_.push_back('-');
  } else {
    AppendQuotedText(buffer_, request.method_text);
    buffer_.push_back(' ');
    AppendQuotedText(buffer_, request.target);
    buffer_.append(" HTTP/").append(VersionOf(request));
  }
  buffer_.append("\" ");
  AppendNumber(buffer_, static_cast<std::uint64_t>(status));
  buffer_.push_back(' ');
  AppendNumber(buffer_, content_length);
  if (format_ == Format::combined) {
    AppendQuotedField(buffer_, request, http::Name::referer);
    AppendQuotedField(buffer_, request, http::Name::user_agent);
  }
  buffer_.push_back('\n');
}

void AccessLog::AppendJson(const http::Request& request, int status, std::uint64_t content_length) {
  buffer_.append("{\"time\":\"").append(time_text_).append("\",\"peer\":\"");
  AppendPeer(buffer_, request.peer);
  buffer_.append("\",\"status\":");
  AppendNumber(buffer_, static_cast<std::uint64_t>(status));
  buffer_.append(",\"bytes\":");
  AppendNumber(buffer_, content_length);
  if (!request.method_text.empty()) {
    AppendJsonField(buffer_, "method", &request.method_text);
    AppendJsonField(buffer_, "target", &request.target);
    buffer_.append(",\"version\":\"").append(VersionOf(request)).append("\"");
    AppendJsonField(buffer_, "host", &request.host);
    if (!request.request_id.empty()) AppendJsonField(buffer_, "request_id", &request.request_id);
    if (!request.user.empty()) AppendJsonField(buffer_, "user", &request.user);
    if (request.tls != nullptr) {
      const std::string_view version = tls::NameOf(request.tls->version);
      AppendJsonField(buffer_, "tls_version", &version);
    }
    AppendJsonField(buffer_, "referer", request.Find(http::Name::referer));
    AppendJsonField(buffer_, "user_agent", request.Find(http::Name::user_agent));
  }
  buffer_.append("}\n");
}

void AccessLog::Flush() noexcept {
  if (!descriptor_ || buffer_.empty()) return;
  // Whole lines only, so that the lines of several workers never mix. A line cut off by a full disk
  // stays in the buffer and is completed first.
  if (is_left_cut_) is_left_cut_ = ::write(descriptor_.get(), "\n", 1) != 1;
  const ssize_t written =
      is_left_cut_ ? -1 : ::write(descriptor_.get(), buffer_.data(), buffer_.size());
  if (written < 0 && errno == EFBIG) return LoseAll();
  if (written <= 0) return;
  is_cut_ = buffer_[static_cast<std::size_t>(written) - 1] != '\n';
  buffer_.erase(0, static_cast<std::size_t>(written));
}

/// The file may not grow any more (RLIMIT_FSIZE), which only another one will change: what is there
/// is lost, the rest of a line that was cut off included, and counted now.
void AccessLog::LoseAll() noexcept {
  lines_lost_.Add(static_cast<std::uint64_t>(std::count(buffer_.begin(), buffer_.end(), '\n')));
  buffer_.clear();
  is_left_cut_ |= std::exchange(is_cut_, false);
}

void AccessLog::Reopen(Descriptor descriptor) noexcept {
  Flush();
  if (is_cut_) {
    buffer_.erase(0, buffer_.find('\n') + 1);
    lines_lost_.Add();
    is_cut_ = false;
  }
  is_left_cut_ = false;
  descriptor_ = std::move(descriptor);
}

}  // namespace tined::exchange
