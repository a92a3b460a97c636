// What becomes of answers on their way out, as an operator configures it: part of the model.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "config/position.hpp"
#include "config/setting_tree.hpp"

namespace tined::config {

using namespace tined::literals;

/// Changes of the fields of answers. A text may have variables in it (variable_text.hpp).
struct Headers {
  Setting set;                      ///< name: text, in place of all fields of that name
  Setting add;                      ///< name: text or list of texts, beside those there are
  std::vector<std::string> remove;  ///< names
};

/// How long what an answer brings may be used again, where it does not say so itself.
struct Cache {
  enum class Scope { unsaid, everybody, client };
  std::optional<Duration> max_age;  ///< 0: asked about each time; absent: nothing is said
  Scope scope = Scope::unsaid;
  bool immutable = false;
  bool store = true;
  Setting types;  ///< media type, or `image/*`: how long those may be used
};

/// Which answers are compressed while they are sent, and how.
struct Compress {
  enum class Coding { zstd, br, gzip };
  enum class Effort { fast, balanced, small };
  std::vector<Coding> codings = {Coding::zstd, Coding::br, Coding::gzip};  ///< the best first
  std::vector<std::string> types = {"text/*",
                                    "application/json",
                                    "application/javascript",
                                    "application/manifest+json",
                                    "application/xml",
                                    "application/xhtml+xml",
                                    "application/atom+xml",
                                    "application/rss+xml",
                                    "application/wasm",
                                    "image/svg+xml"};
  Bytes min_size = 1_KiB;
  Bytes max_size = 1_MiB;  ///< of what is compressed at once
  Effort effort = Effort::balanced;
};

/// What clients are shown in place of the line of text that says what went wrong.
struct Errors {
  Setting pages;           ///< "404", or "5xx" for all of a class: path of a file
  bool intercept = false;  ///< also in place of what a handler shows itself
  Position where;
};
inline constexpr Bytes kLargestPage = 256_KiB;

/// Which other sites' pages may use the answers (Fetch, 3.2: the CORS protocol).
struct Cors {
  std::vector<std::string> origins;  ///< "https://a.example"; "*": any
  std::vector<std::string> methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
  std::vector<std::string> headers = {"Content-Type"};  ///< "*": any
  std::vector<std::string> expose;                      ///< fields of answers that pages see
  bool credentials = false;
  Duration max_age = std::chrono::minutes(10);  ///< how long a browser need not ask again
};

/// What becomes of answers on their way out: of a route, or of all routes of a listener.
struct AnswerRules {
  std::optional<Headers> headers;
  std::optional<Cache> cache;
  std::optional<Compress> compress;
  std::optional<Cors> cors;
  std::optional<Errors> errors;
};

}  // namespace tined::config
