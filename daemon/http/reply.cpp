#include "http/reply.hpp"

#include <fmt/format.h>

#include "http/status.hpp"

namespace tined::http {

void Reply::Start(int status) {
  status_ = status;
  if (status == 200) {
    output_.Append("HTTP/1.1 200 OK\r\nServer: tined\r\nDate: ");
  } else {
    output_.Append("HTTP/1.1 ");
    output_.AppendNumber(static_cast<std::uint64_t>(status));
    output_.Append(" ");
    output_.Append(ReasonPhrase(status));
    output_.Append("\r\nServer: tined\r\nDate: ");
  }
  output_.Append(date_);
  output_.Append("\r\n");
}

void Reply::Field(std::string_view name, std::string_view value) {
  output_.Append(name);
  output_.Append(": ");
  output_.Append(value);
  output_.Append("\r\n");
}

void Reply::AppendConnection() {
  if (!framing_.keep_alive) {
    output_.Append("Connection: close\r\n");
  } else if (framing_.minor_version == 0) {
    output_.Append("Connection: keep-alive\r\n");
  }
}

void Reply::EndHeader(std::uint64_t content_length) {
  output_.Append("Content-Length: ");
  output_.AppendNumber(content_length);
  output_.Append("\r\n");
  AppendConnection();
  output_.Append("\r\n");
  content_length_ = framing_.is_head ? 0 : content_length;
  is_complete_ = true;
}

void Reply::Body(std::string_view bytes) {
  EndHeader(bytes.size());
  if (!framing_.is_head) output_.Append(bytes);
}

void Reply::File(FileHandle file, std::uint64_t offset, std::uint64_t length) {
  EndHeader(length);
  if (framing_.is_head || length == 0) return;
  file_ = std::move(file);
  parts_.push_back({output_.size(), offset, length});
}

void Reply::Parts(FileHandle file, const std::vector<Part>& parts, std::string_view tail) {
  std::uint64_t total = tail.size();
  for (const Part& part : parts) total += part.head.size() + part.length;
  EndHeader(total);
  if (framing_.is_head) return;
  file_ = std::move(file);
  for (const Part& part : parts) {
    output_.Append(part.head);
    parts_.push_back({output_.size(), part.offset, part.length});
  }
  output_.Append(tail);
}

void Reply::Stream(std::unique_ptr<BodySource> source, std::optional<std::uint64_t> length) {
  const bool is_chunked = !length && framing_.minor_version > 0;
  if (length) {
    EndHeader(*length);
  } else {
    if (is_chunked) {
      output_.Append("Transfer-Encoding: chunked\r\n");
    } else {
      CloseAfter();
    }
    NoBody();
  }
  if (!framing_.is_head && length != 0U) body_ = {std::move(source), length, is_chunked};
}

void Reply::Bytes(std::string_view bytes, std::uint64_t used) {
  output_.Append(bytes);
  used_ = used;
  is_complete_ = true;
}

void Reply::NoBody() {
  AppendConnection();
  output_.Append("\r\n");
  is_complete_ = true;
}

void AnswerStatus(Reply& reply, int status, std::string_view lines) {
  if (reply.is_stream()) return reply.EndStream(status);
  reply.Start(status);
  reply.Lines(lines);
  reply.Field("Content-Type", "text/plain; charset=utf-8");
  reply.Body(fmt::format("{} {}\n", status, ReasonPhrase(status)));
}

}  // namespace tined::http
