// Turns an answer into the bytes of HTTP/1.1 (RFC 9112): the one place that writes a status line,
// the framing fields (Date, Server, Content-Length, Transfer-Encoding, Connection) and, for HEAD,
// no content. Worker's loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "answer/answer.hpp"
#include "ledger/composer.hpp"
#include "ledger/record.hpp"

namespace tined::http1 {

/// What of the request decides how its answer is framed.
struct Framing {
  bool is_head = false;
  int minor_version = 1;
  bool keep_alive = true;
};

/// A body that follows its header in pieces.
struct StreamedBody {
  std::unique_ptr<answer::BodySource> source;  ///< null: there is none
  std::optional<std::uint64_t> length;         ///< as the header says
  bool is_chunked = false;
};

/// What has been written, and what is to follow it.
struct Written {
  /// Bytes of content (RFC 9110, 6.4) that are sent; 0 for HEAD, and where only the end of a body
  /// tells its length. For the access log.
  std::uint64_t content_length = 0;
  bool keep_alive = true;  ///< the connection goes on behind this answer
  /// Pieces of the file go in between the bytes that were written, `after` counted from the
  /// output's first byte. Null and none: there is no file.
  answer::FileHandle file;
  std::vector<ledger::FilePart> parts;
  StreamedBody body;
};

/// Appends `answer` to `output`; its body is used up. When the arena has no room, the rest is left
/// out and `output.has_failed` says so. `date` is a ready IMF-fixdate.
[[nodiscard]] Written Write(answer::Answer& answer, const Framing& framing, std::string_view date,
                            ledger::Composer& output);

}  // namespace tined::http1
