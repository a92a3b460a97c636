// A directory of real files for tests, and a small client of one handler over it: requests made by
// hand, answers taken from the composed bytes and the file slices behind them.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "handlers/dispatch.hpp"
#include "handlers/file_cache.hpp"
#include "handlers/handler.hpp"
#include "protocol/http1/writer.hpp"

namespace tined::handlers::test {

using std::chrono::seconds;

/// One answer taken apart.
struct Answer {
  int status = 0;
  std::string header;  ///< from the status line to the blank line
  std::string body;
  bool is_from_file = false;
  std::uint64_t content_length = 0;

  [[nodiscard]] bool Has(const std::string& name) const {
    return header.find("\r\n" + name + ": ") != std::string::npos;
  }
  /// The value of a field that occurs exactly once; "(none)" or "(several)" else.
  [[nodiscard]] std::string operator[](const std::string& name) const {
    const std::string start = "\r\n" + name + ": ";
    const std::size_t at = header.find(start);
    if (at == std::string::npos) return "(none)";
    if (header.find(start, at + 1) != std::string::npos) return "(several)";
    const std::size_t value = at + start.size();
    return header.substr(value, header.find("\r\n", value) - value);
  }
};

struct RequestField {
  http::Name id;
  std::string value;
};
using RequestFields = std::vector<RequestField>;

inline http::Method MethodOf(const std::string& text) {
  static const std::pair<const char*, http::Method> kMethods[] = {
      {"GET", http::Method::get},         {"HEAD", http::Method::head},
      {"OPTIONS", http::Method::options}, {"POST", http::Method::post},
      {"TRACE", http::Method::trace},     {"CONNECT", http::Method::connect},
  };
  for (const auto& [name, method] : kMethods) {
    if (text == name) return method;
  }
  return http::Method::other;
}

/// Percent-decoding for tests, but of an encoded slash (http/target.hpp); dot segments are given
/// resolved, in `path`.
inline std::string Decode(const std::string& sent) {
  std::string path;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i] == '%' && sent[i + 1] == '2' && (sent[i + 2] | 0x20) == 'f') {
      path.append(sent, i, 3);
      i += 2;
    } else if (sent[i] == '%') {
      path.push_back(static_cast<char>(std::stoi(sent.substr(i + 1, 2), nullptr, 16)));
      i += 2;
    } else {
      path.push_back(sent[i]);
    }
  }
  return path;
}

/// What a test asks for; `path` only where it is not simply the decoded target.
struct Ask {
  std::string method = "GET";
  std::string target = "/";
  RequestFields fields = {};
  std::string path = {};
};

/// Takes the answer that was written at `bytes` apart.
inline Answer Receive(int status, const http1::Written& written, const std::string& bytes) {
  Answer answer;
  answer.status = status;
  answer.content_length = written.content_length;
  const std::size_t header_end = bytes.find("\r\n\r\n");
  BOOST_REQUIRE(header_end != std::string::npos);
  answer.header = bytes.substr(0, header_end + 2);
  std::size_t at = header_end + 4;
  for (const ledger::FilePart& part : written.parts) {
    BOOST_REQUIRE(part.after >= at);
    answer.body.append(bytes, at, part.after - at);
    at = part.after;
    std::string content(part.length, '\0');
    const ssize_t n = ::pread(written.file->descriptor.get(), content.data(), content.size(),
                              static_cast<off_t>(part.offset));
    BOOST_TEST(n == static_cast<ssize_t>(part.length));
    answer.body += content;
    answer.is_from_file = true;
  }
  answer.body.append(bytes, at);
  return answer;
}

/// A request made by hand; borrows `ask`.
class MadeRequest {
 public:
  MadeRequest(const Ask& ask, WallTime now) {
    const std::size_t question = std::min(ask.target.find('?'), ask.target.size());
    const std::string_view target = ask.target;
    path_ = ask.path.empty() ? Decode(ask.target.substr(0, question)) : ask.path;
    for (const RequestField& field : ask.fields) fields_.push_back({field.id, {}, field.value});
    request.method = MethodOf(ask.method);
    request.method_text = ask.method;
    request.target = target;
    request.path = path_;
    request.raw_path = target.substr(0, question);
    request.has_query = question < target.size();
    const std::string_view raw = request.raw_path;
    request.has_encoded_slash =
        raw.find("%2F") != std::string_view::npos || raw.find("%2f") != std::string_view::npos;
    if (request.has_query) request.query = target.substr(question + 1);
    request.fields = fields_;
    request.received_at = now;
  }
  MadeRequest(const MadeRequest&) = delete;
  MadeRequest& operator=(const MadeRequest&) = delete;

  http::Request request;

 private:
  std::string path_;
  std::vector<http::Field> fields_;
};

/// Lets `answer(exchange)` answer, as the worker would, at the time `now`.
template <typename Function>
Answer ServeBy(Function answer, const Ask& ask, WallTime now) {
  const MadeRequest made(ask, now);
  static std::vector<char> memory(4U << 20);
  ledger::Arena arena(memory);
  ledger::Block block;
  std::atomic<std::uint32_t> place{0};
  ledger::Composer composer(arena, block, place, 0);
  answer::Exchange exchange(made.request);
  answer(exchange);
  const http1::Written written = http1::Write(exchange.answer, {.is_head = ask.method == "HEAD"},
                                              "Mon, 23 Nov 2026 08:00:00 GMT", composer);
  BOOST_TEST(!composer.has_failed());
  return Receive(exchange.answer.status, written,
                 std::string(arena.At(block.offset), composer.size()));
}

inline Answer Serve(Handler& handler, const Ask& ask, WallTime now) {
  return ServeBy([&](answer::Exchange& exchange) { Dispatch(handler, exchange); }, ask, now);
}

/// A temporary directory; every file written gets a later modification time, all in the past.
class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "tined-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    ::chmod(name.c_str(), 0755);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string At(const std::string& name) const { return (path_ / name).string(); }

  void Write(const std::string& name, const std::string& contents) {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary | std::ios::trunc) << contents;
    SetModified(name, ++clock_);
  }
  void SetModified(const std::string& name, std::int64_t seconds_since_epoch) const {
    const timespec times[2] = {{0, UTIME_OMIT}, {seconds_since_epoch, 123456789}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, At(name).c_str(), times, 0) == 0);
  }
  void Remove(const std::string& name) const { std::filesystem::remove_all(path_ / name); }
  void Link(const std::string& name, const std::string& target) const {
    std::filesystem::create_symlink(target, path_ / name);
  }

 private:
  std::filesystem::path path_;
  std::int64_t clock_ = 1'700'000'000;  ///< 2023-11-14T22:13:20Z
};

/// A static route over a temporary directory. Time stands still unless a test moves it, and begins
/// late enough for the files' stamps to be relied on.
class Site : public Directory {
 public:
  Site() : now(std::chrono::floor<seconds>(WallClock::now()) + seconds(10)) {
    settings.root = At("");
  }

  /// Made with the settings of the first call.
  Handler& TheHandler() {
    if (!handler) {
      configured.path = route;
      configured.handler = settings;
      handler = MakeHandler(configured, {.file_cache = cache, .threads = threads});
    }
    return *handler;
  }
  Answer Send(const Ask& ask) { return Serve(TheHandler(), ask, now); }
  Answer Get(const std::string& target, const RequestFields& fields = {}) {
    return Send({.target = target, .fields = fields});
  }
  Answer Head(const std::string& target, const RequestFields& fields = {}) {
    return Send({.method = "HEAD", .target = target, .fields = fields});
  }

  std::string route = "/";
  config::Static settings;
  FileCache cache;
  backends::Threads* threads = nullptr;
  WallTime now;
  config::Route configured;  ///< what the handler, made with the first request, has
  std::unique_ptr<Handler> handler;
};

}  // namespace tined::handlers::test
