#include "protocol/http1/writer.hpp"

#include <utility>

#include "http/status.hpp"

namespace tined::http1 {
namespace {

class Writer {
 public:
  Writer(const Framing& framing, ledger::Composer& output, Written& written)
      : is_head_(framing.is_head),
        minor_version_(framing.minor_version),
        output_(output),
        written_(written) {
    written_.keep_alive = framing.keep_alive;
  }

  void Begin(const answer::Answer& answer, std::string_view date) {
    if (answer.status == 200) {
      output_.Append("HTTP/1.1 200 OK\r\nServer: tined\r\nDate: ");
    } else {
      output_.Append("HTTP/1.1 ");
      output_.AppendNumber(static_cast<std::uint64_t>(answer.status));
      output_.Append(" ");
      output_.Append(http::ReasonPhrase(answer.status));
      output_.Append("\r\nServer: tined\r\nDate: ");
    }
    output_.Append(date);
    output_.Append("\r\n");
    output_.Append(answer.fields.prepared());
    output_.Append(answer.fields.added());
  }

  void operator()(answer::NoContent&) { End(); }
  void operator()(const answer::Bytes& bytes) {
    EndWithLength(bytes.text().size());
    if (!is_head_) output_.Append(bytes.text());
  }
  void operator()(answer::FileSlice& slice) {
    EndWithLength(slice.length);
    if (is_head_ || slice.length == 0) return;
    written_.file = std::move(slice.file);
    written_.parts.push_back({output_.size(), slice.offset, slice.length});
  }
  void operator()(answer::FileParts& file) {
    std::uint64_t total = file.tail.size();
    for (const auto& part : file.parts) total += part.head.size() + part.length;
    EndWithLength(total);
    if (is_head_) return;
    written_.file = std::move(file.file);
    for (const auto& part : file.parts) {
      output_.Append(part.head);
      written_.parts.push_back({output_.size(), part.offset, part.length});
    }
    output_.Append(file.tail);
  }
  /// Without a length it is chunked or, for HTTP/1.0, ends with the connection.
  void operator()(answer::Source& source) {
    const bool is_chunked = !source.length && minor_version_ > 0;
    if (source.length) {
      EndWithLength(*source.length);
    } else {
      if (is_chunked) {
        output_.Append("Transfer-Encoding: chunked\r\n");
      } else {
        written_.keep_alive = false;
      }
      End();
    }
    if (is_head_ || source.length == 0U) return;
    written_.body = {std::move(source.pieces), source.length, is_chunked};
  }

 private:
  void EndWithLength(std::uint64_t content_length) {
    output_.Append("Content-Length: ");
    output_.AppendNumber(content_length);
    output_.Append("\r\n");
    End();
    written_.content_length = is_head_ ? 0 : content_length;
  }
  void End() {
    if (!written_.keep_alive) {
      output_.Append("Connection: close\r\n");
    } else if (minor_version_ == 0) {
      output_.Append("Connection: keep-alive\r\n");
    }
    output_.Append("\r\n");
  }

  const bool is_head_;
  const int minor_version_;
  ledger::Composer& output_;
  Written& written_;
};

}  // namespace

Written Write(answer::Answer& answer, const Framing& framing, std::string_view date,
              ledger::Composer& output) {
  Written written;
  Writer writer(framing, output, written);
  writer.Begin(answer, date);
  if (answer.closes) written.keep_alive = false;
  std::visit(writer, answer.body);
  return written;
}

}  // namespace tined::http1
