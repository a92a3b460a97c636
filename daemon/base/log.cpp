#include "base/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "base/clock.hpp"
#include "base/escape.hpp"
#include "base/journal.hpp"

namespace tined::log {
namespace {

/// A pipe takes this much without blocking once poll(2) says that it is writable (PIPE_BUF).
constexpr std::size_t kLongestLine = 4096;

Level wanted_level = Level::info;
Format chosen_format = Format::text;
std::atomic<std::uint64_t> lines_lost{0};
/// The last line was cut off: the next one begins with the end of it.
std::atomic<bool> is_cut{false};

constexpr std::array<std::string_view, 4> kLevelNames = {"error", "warning", "info", "debug"};
constexpr std::array<int, 4> kPriorities = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

std::size_t Index(Level level) { return static_cast<std::size_t>(level); }

/// systemd says by JOURNAL_STREAM=device:inode which stream is the journal's; standard error may
/// have been redirected since.
bool IsStandardErrorTheJournal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::string Time() {
  const WallTime now = WallClock::now();
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(now - second);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", second, rest.count());
}

bool IsPlain(char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f && c != '"'; }

std::string TextLine(Level level, std::string_view message, Fields fields) {
  std::string line = fmt::format("{} {} ", Time(), kLevelNames[Index(level)]);
  AppendEscaped(line, message);
  for (const Field& field : fields) {
    if (field.name.empty()) continue;
    line.append(" ").append(field.name).append("=");
    const bool is_bare =
        !field.value.empty() && std::all_of(field.value.begin(), field.value.end(), IsPlain);
    if (!is_bare) line.push_back('"');
    AppendEscaped(line, field.value);
    if (!is_bare) line.push_back('"');
  }
  return line;
}

std::string JsonLine(Level level, std::string_view message, Fields fields) {
  std::string line =
      fmt::format(R"({{"time":"{}","level":"{}","message":")", Time(), kLevelNames[Index(level)]);
  AppendEscaped(line, message);
  line.push_back('"');
  for (const Field& field : fields) {
    if (field.name.empty()) continue;
    line.append(",\"").append(field.name).append("\":");
    if (!field.is_number) line.push_back('"');
    AppendEscaped(line, field.value);
    if (!field.is_number) line.push_back('"');
  }
  return line.append("}");
}

/// The line as it stands, or its beginning when it is too long; JSON must not be cut and is
/// replaced.
void Shorten(std::string& line) {
  if (line.size() < kLongestLine) return;
  if (chosen_format == Format::json) {
    line = JsonLine(Level::warning, "a log line was too long and left out", {});
  } else {
    line.resize(kLongestLine - 8);
    line.append(" ...");
  }
}

/// Standard error is non-blocking where it could be made so (standard_streams.hpp). A socket cannot
/// be opened again, but asked not to wait.
ssize_t WriteWithoutWaiting(const std::string& line) {
  ssize_t written = 0;
  do {
    written = ::send(STDERR_FILENO, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written < 0 && errno == ENOTSOCK) {
      written = ::write(STDERR_FILENO, line.data(), line.size());
    }
  } while (written < 0 && errno == EINTR);
  return written;
}

/// Writes at one go, and never waits: a reader that has stopped costs lines, never the server.
bool WriteLine(std::string line) {
  Shorten(line);
  line.push_back('\n');
  const bool was_cut = is_cut.exchange(false, std::memory_order_relaxed);
  if (was_cut) line.insert(line.begin(), '\n');
  pollfd standard_error{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  // poll itself fails when RLIMIT_NOFILE is 0; the line is worth a try.
  const bool is_full =
      ::poll(&standard_error, 1, 0) >= 0 && (standard_error.revents & POLLOUT) == 0;
  const ssize_t written = is_full ? -1 : WriteWithoutWaiting(line);
  if (written == static_cast<ssize_t>(line.size())) return true;
  if (was_cut || written > 0) is_cut.store(true, std::memory_order_relaxed);
  return false;
}

/// A field's name in the journal, where no line around it explains `gen`.
std::string JournalName(std::string_view name) {
  std::string upper(name == "gen" ? "generation" : name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return upper;
}

/// The signal in a `cause` such as "SIGSEGV, core dumped", if there is one.
std::string_view SignalIn(std::string_view cause) {
  const std::size_t begin = cause.find("SIG");
  if (begin == cause.npos) return {};
  return cause.substr(begin, cause.find(',', begin) - begin);
}

/// The text form's message goes into MESSAGE with its fields, so that `journalctl -u tined` reads
/// like the text log; each field stands by itself as well, and so does the signal that a process
/// died of, so that `journalctl SIGNAL=SIGSEGV` finds them all.
std::string JournalEntry(Level level, std::string_view message, Fields fields) {
  std::string entry;
  std::string readable(message);
  for (const Field& field : fields) {
    if (field.name.empty()) continue;
    readable.append(" ").append(field.name).append("=").append(Visible(field.value));
    journal::AppendField(entry, JournalName(field.name), field.value);
    const std::string_view signal = field.name == "cause" ? SignalIn(field.value) : "";
    if (!signal.empty()) journal::AppendField(entry, "SIGNAL", signal);
  }
  journal::AppendField(entry, "MESSAGE", readable);
  journal::AppendField(entry, "PRIORITY", std::to_string(kPriorities[Index(level)]));
  journal::AppendField(entry, "SYSLOG_IDENTIFIER", "tined");
  return entry;
}

bool Send(Level level, std::string_view message, Fields fields) {
  switch (chosen_format) {
    case Format::json:
      return WriteLine(JsonLine(level, message, fields));
    case Format::journald:
      // What the journal's socket does not take, its stream may.
      return journal::Send(JournalEntry(level, message, fields)) ||
             WriteLine(TextLine(level, message, fields));
    default:
      return WriteLine(TextLine(level, message, fields));
  }
}

}  // namespace

void Configure(Level level, Format format) {
  wanted_level = level;
  chosen_format = format;
  if (format == Format::automatic) {
    chosen_format = IsStandardErrorTheJournal() ? Format::journald : Format::text;
  }
}

void Write(Level level, std::string_view message, Fields fields) {
  if (level > wanted_level) return;
  const int saved = errno;
  if (!Send(level, message, fields)) lines_lost.fetch_add(1, std::memory_order_relaxed);
  errno = saved;
}

std::uint64_t LinesLost() noexcept { return lines_lost.load(std::memory_order_relaxed); }

void ForgetLinesLost() noexcept { lines_lost.store(0, std::memory_order_relaxed); }

}  // namespace tined::log
