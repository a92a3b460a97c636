#include "tests/integration/http2_client.hpp"

#include <array>
#include <memory>
#include <stdexcept>

#include "daemon/http2/frame_reader.hpp"
#include "daemon/http2/hpack_integer.hpp"

namespace tined::test {
namespace {

std::string Number(std::uint32_t number) {
  const auto bytes = http2::BytesOf(number);
  return {bytes.data(), bytes.size()};
}

}  // namespace

Http2Client::Carrier CarriedBy(std::shared_ptr<Client> client) {
  return {[client](std::string_view bytes) { client->Send(bytes); },
          [client](std::size_t size) { return client->ReadBytes(size); }};
}

Http2Client::Carrier CarriedBy(std::shared_ptr<SecureClient> client) {
  return {[client](std::string_view bytes) { client->Send(bytes); },
          [client](std::size_t size) { return client->ReadBytes(size); }};
}

Http2Client::Http2Client(std::uint16_t port, const Settings& settings)
    : Http2Client(CarriedBy(std::make_shared<Client>(port)), settings) {}

Http2Client::Http2Client(Carrier carrier, const Settings& settings) : carrier_(std::move(carrier)) {
  std::string payload;
  for (const auto& [id, value] : settings) {
    payload += static_cast<char>(id >> 8);
    payload += static_cast<char>(id);
    payload += Number(value);
  }
  Send(http2::kPreface);
  SendFrame(http2::FrameType::settings, 0, 0, payload);
}

void Http2Client::SendFrame(http2::FrameType type, std::uint8_t flags, std::uint32_t stream,
                            std::string_view payload) {
  std::string frame = Number(static_cast<std::uint32_t>(payload.size())).substr(1);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  Send(frame.append(Number(stream)).append(payload));
}

void Http2Client::SendHeaders(std::uint32_t stream, const Fields& fields, bool ends_stream) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block += '\0';
    http2::AppendString(block, name);
    http2::AppendString(block, value);
  }
  const auto flags =
      static_cast<std::uint8_t>(http2::kEndHeaders | (ends_stream ? http2::kEndStream : 0));
  SendFrame(http2::FrameType::headers, flags, stream, block);
}

void Http2Client::Ask(std::uint32_t stream, const std::string& path, const std::string& method,
                      bool ends_stream, const Fields& more) {
  Fields fields = {
      {":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "test"}};
  fields.insert(fields.end(), more.begin(), more.end());
  SendHeaders(stream, fields, ends_stream);
}

void Http2Client::SendData(std::uint32_t stream, std::string_view content, bool ends_stream) {
  SendFrame(http2::FrameType::data, ends_stream ? http2::kEndStream : 0, stream, content);
}

Http2Client::Frame Http2Client::ReadFrame() {
  const std::string head = carrier_.read(http2::kFrameHeaderSize);
  Frame frame;
  frame.type = static_cast<http2::FrameType>(head[3]);
  frame.flags = static_cast<std::uint8_t>(head[4]);
  frame.stream = http2::Read31Bits(std::string_view(head).substr(5));
  frame.content = carrier_.read(http2::ReadNumber(head) >> 8);
  return frame;
}

void Http2Client::Take(const Frame& frame) {
  Answer& answer = answers_[frame.stream];
  if (frame.type == http2::FrameType::headers) {
    const std::array<std::string_view, 1> parts{frame.content};
    if (decoder_.Decode(parts, fields_) != http2::HpackDecoder::Outcome::fields) {
      throw std::runtime_error("a header block that is none");
    }
    std::map<std::string, std::string> fields;
    for (const http2::Field& field : fields_.fields()) {
      fields.emplace(field.name, field.value);
    }
    const int status = std::stoi(fields[":status"]);
    if (status < 200) {
      answer.before.push_back(status);
    } else {
      answer.status = status;
      answer.fields = std::move(fields);
    }
  } else if (frame.type == http2::FrameType::data) {
    answer.content += frame.content;
    if (are_open_ && !frame.content.empty()) {
      const std::string size = Number(static_cast<std::uint32_t>(frame.content.size()));
      SendFrame(http2::FrameType::window_update, 0, 0, size);
      SendFrame(http2::FrameType::window_update, 0, frame.stream, size);
    }
  } else if (frame.type == http2::FrameType::rst_stream) {
    answer.reset = http2::ReadNumber(frame.content);
    return;
  } else if (frame.type == http2::FrameType::goaway) {
    goaway_ = http2::ReadNumber(std::string_view(frame.content).substr(4));
    goaway_reason_ = frame.content.substr(8);
    return;
  } else {
    return;
  }
  answer.is_whole |= (frame.flags & http2::kEndStream) != 0;
}

Http2Client::Answer Http2Client::Read(std::uint32_t stream) {
  try {
    while (!answers_[stream].is_whole && answers_[stream].reset < 0) Take(ReadFrame());
  } catch (const std::runtime_error& error) {
    if (goaway_ < 0) throw;
    throw std::runtime_error(error.what() + std::string(", GOAWAY ") + std::to_string(goaway_) +
                             " " + goaway_reason_);
  }
  Answer answer = std::move(answers_[stream]);
  answers_.erase(stream);
  return answer;
}

int Http2Client::ReadStatus(std::uint32_t stream) {
  while (answers_[stream].status == 0 && answers_[stream].reset < 0) Take(ReadFrame());
  return answers_[stream].status;
}

void Http2Client::Ping() {
  SendFrame(http2::FrameType::ping, 0, 0, "12345678");
  for (Frame frame; frame.type != http2::FrameType::ping;) Take(frame = ReadFrame());
}

std::int64_t Http2Client::ReadGoAway() {
  try {
    while (goaway_ < 0) Take(ReadFrame());
  } catch (const std::runtime_error&) {
    return -1;
  }
  return goaway_;
}

}  // namespace tined::test
