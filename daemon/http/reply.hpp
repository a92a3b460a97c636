// Composes one answer into the connection's output, in this order: Start, then Field and Lines as
// often as wanted, then exactly one of the closing calls (Body, File, Parts, Stream, NoBody). The
// framing fields (Date, Server, Content-Length, Connection) are Reply's own: handlers never write
// them. HEAD is Reply's matter too: a handler answers it as it would answer GET. Worker's loop
// thread. When the arena has no room, the rest is ignored and `has_failed` says so.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"
#include "config/model.hpp"
#include "http/body_source.hpp"
#include "http/pending.hpp"
#include "http/request.hpp"
#include "ledger/composer.hpp"

namespace tined::http {

/// An open file that answers being sent may share; closed with its last owner.
struct OpenFile {
  Descriptor descriptor;
  config::FileIo io = config::FileIo::sendfile;  ///< how it is sent
};
using FileHandle = std::shared_ptr<const OpenFile>;

/// A body that follows its header in pieces.
struct StreamedBody {
  std::unique_ptr<BodySource> source;   ///< null: there is none
  std::optional<std::uint64_t> length;  ///< as the header says
  bool is_chunked = false;
};

/// The handler, for the log, that has an answer made in place of its own.
struct Redirector {
  std::string route;
  std::string program;
  pid_t pid = 0;
};

class Reply {
 public:
  /// What of the request decides how an answer is framed.
  struct Framing {
    bool is_head = false;
    int minor_version = 1;
    bool keep_alive = true;
    bool is_stream = false;  ///< an answer to a message, not to a request: bytes alone
  };

  /// `date` is a ready IMF-fixdate; it and `output` outlive the reply.
  Reply(ledger::Composer& output, Framing framing, std::string_view date)
      : output_(output), framing_(framing), date_(date) {}
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  /// Begins the answer: status line, Date, Server. 100 to 999; a final status.
  void Start(int status);
  /// Writes one field line. Neither name nor value may contain CR, LF or NUL: the caller has made
  /// sure.
  void Field(std::string_view name, std::string_view value);
  /// Writes ready field lines, each ended by CRLF.
  void Lines(std::string_view lines) { output_.Append(lines); }

  /// Ends the answer with these bytes (Content-Length is written).
  void Body(std::string_view bytes);
  /// Ends the answer with `length` bytes of `file` from `offset`.
  void File(FileHandle file, std::uint64_t offset, std::uint64_t length);
  /// A part of a multipart answer: `head` (delimiter, part header, blank line), then a file slice.
  struct Part {
    std::string head;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  /// Ends the answer with all `parts` of `file`, then `tail`; Content-Length is their sum.
  void Parts(FileHandle file, const std::vector<Part>& parts, std::string_view tail);
  /// Ends the answer's header; the body comes from `source` while it is sent. Without a length it
  /// is chunked or, for HTTP/1.0, ends with the connection.
  void Stream(std::unique_ptr<BodySource> source, std::optional<std::uint64_t> length);
  /// Ends an answer that has no content: 204, 304 (no Content-Length).
  void NoBody();

  /// Ends the answer to a message of a stream. `used` bytes of the message are done with, or all.
  void Bytes(std::string_view bytes, std::uint64_t used = UINT64_MAX);
  /// Ends the stream where a request would be answered with `status`.
  void EndStream(int status) {
    status_ = status;
    CloseAfter();
    Bytes({});
  }
  /// Says what the stream's connection remembers from now on.
  void State(std::string_view bytes) { state_ = bytes; }

  /// Leaves the answer for later, in place of all calls above: it comes from `pending`.
  void Later(std::shared_ptr<Pending> pending) noexcept { pending_ = std::move(pending); }

  /// Leaves the answer to another handler, in place of all calls above: it is that to a GET (for
  /// HEAD, to a HEAD) of `target`, a path of this listener and perhaps a query.
  void Redirect(std::string target, Redirector by) noexcept {
    redirect_ = std::move(target);
    redirector_ = std::move(by);
  }

  /// Has the connection close after this answer. It is called before the closing call.
  void CloseAfter() noexcept { framing_.keep_alive = false; }

  [[nodiscard]] bool is_stream() const noexcept { return framing_.is_stream; }
  /// Bytes of a message that are done with; UINT64_MAX: all.
  [[nodiscard]] std::uint64_t used() const noexcept { return used_; }
  /// What the connection remembers from now on; empty: what it did.
  [[nodiscard]] const std::optional<std::string>& state() const noexcept { return state_; }
  [[nodiscard]] int status() const noexcept { return status_; }
  /// Bytes of content (RFC 9110, 6.4) this answer sends; 0 for HEAD. For the access log.
  [[nodiscard]] std::uint64_t content_length() const noexcept { return content_length_; }
  [[nodiscard]] bool keep_alive() const noexcept { return framing_.keep_alive; }
  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
  [[nodiscard]] bool has_failed() const noexcept { return output_.has_failed(); }
  /// Where the answer comes from later; null unless it does.
  [[nodiscard]] const std::shared_ptr<Pending>& pending() const noexcept { return pending_; }
  /// The path that Redirect was called with, or empty.
  [[nodiscard]] const std::string& redirect() const noexcept { return redirect_; }
  [[nodiscard]] const Redirector& redirector() const noexcept { return redirector_; }
  /// The body that follows in pieces, for whoever sends it.
  [[nodiscard]] StreamedBody TakeBody() noexcept { return std::move(body_); }

  /// What follows the composed bytes: the connection sends it. Null when there is no file.
  [[nodiscard]] const FileHandle& file() const noexcept { return file_; }
  /// The pieces of the file, in order, `after` counted from the output's first byte. Empty when
  /// there is no file.
  [[nodiscard]] const std::vector<ledger::FilePart>& parts() const noexcept { return parts_; }

 private:
  void EndHeader(std::uint64_t content_length);
  void AppendConnection();

  ledger::Composer& output_;
  Framing framing_;
  std::string_view date_;
  int status_ = 0;
  std::uint64_t used_ = UINT64_MAX;
  std::optional<std::string> state_;
  std::uint64_t content_length_ = 0;
  bool is_complete_ = false;
  FileHandle file_;
  std::vector<ledger::FilePart> parts_;
  StreamedBody body_;
  std::shared_ptr<Pending> pending_;
  std::string redirect_;
  Redirector redirector_;
};

/// A whole small answer that explains `status` in one line of text ("404 Not Found\n"), with
/// `lines` (ready field lines) in its header. On a stream, which knows no statuses: the end.
void AnswerStatus(Reply& reply, int status, std::string_view lines = {});

}  // namespace tined::http
