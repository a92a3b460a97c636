// What a client may send in a session of TLS: records with the right key and any content, type and
// padding, records with none, KeyUpdates; and what is sealed for it in between. The input is a row
// of commands. What holds for every input:
// - a record that is opened is what was sealed, and lies inside of what was received;
// - nothing that counts changes unless it is said so, and a session stays intact;
// - records that bring nothing are endured for a while only;
// - the client can read all that is sealed for it.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/fuzz/input.hpp"
#include "tls/message.hpp"
#include "tls/record_cipher.hpp"
#include "tls/record_reader.hpp"
#include "tls/record_writer.hpp"

namespace tined::tls {
namespace {

using fuzz::Alone;
using fuzz::Require;
using Kind = Opened::Kind;

constexpr Suite kSuites[] = {
    Suite::aes_128_gcm_sha256,           Suite::aes_256_gcm_sha384,
    Suite::chacha20_poly1305_sha256,     Suite::ecdhe_rsa_aes_128_gcm_sha256,
    Suite::ecdhe_rsa_aes_256_gcm_sha384, Suite::ecdhe_rsa_chacha20_poly1305_sha256};

ByteView BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// One direction as its other end knows it.
struct Far {
  Secret secret;
  std::uint64_t sequence = 0;

  void Renew(KeySchedule& schedule, Suite suite) {
    secret = schedule.NextOf(suite, secret);
    sequence = 0;
  }
};

class Talk {
 public:
  Talk(std::uint8_t choice, Aead& aead, KeySchedule& schedule) : crypto_{aead, schedule} {
    Agreed agreed{.version = choice % 6 < 3 ? Version::tls13 : Version::tls12,
                  .suite = kSuites[choice % 6],
                  .largest_fragment = choice < 128 ? kLargestFragment : std::uint16_t{512},
                  .client = {},
                  .server = {},
                  .client_sequence = choice,
                  .server_sequence = 1};
    agreed.client.bytes.fill(choice);
    agreed.server.bytes.fill(static_cast<std::uint8_t>(choice + 1));
    Establish(session_, agreed);
    client_ = {agreed.client, agreed.client_sequence};
    server_ = {agreed.server, agreed.server_sequence};
  }

  /// Does what the first bytes of `input` say, and takes them off. False: it has ended.
  bool Step(std::string_view& input) {
    const auto command = static_cast<std::uint8_t>(input[0]);
    const std::size_t size = input.size() > 1 ? static_cast<std::uint8_t>(input[1]) : 0;
    input.remove_prefix(std::min<std::size_t>(2, input.size()));
    const std::string_view bytes = input.substr(0, size);
    input.remove_prefix(bytes.size());
    switch (command >> 6) {
      case 0:
        return ClientSends(static_cast<ContentType>(command), bytes, 0);
      case 1:
        return ClientSends(static_cast<ContentType>(command & 63), bytes, (command & 7) * 300U);
      case 2:
        return Receive(bytes) || !is_ended_;
      default:
        ServerSends(bytes, 128 + (command & 63U) * 40);
        return true;
    }
  }

 private:
  [[nodiscard]] bool is_13() const { return session_.version == Version::tls13; }

  bool ClientSends(ContentType type, std::string_view content, std::size_t padding) {
    const RecordShape shape(session_);
    const Keys keys = crypto_.schedule.KeysOf(session_.version, session_.suite, client_.secret);
    std::string inner(content);
    if (is_13() && padding > 0) {
      // Zeros behind the type are content, too, whose own type is the last zero.
      inner.push_back(static_cast<char>(type));
      inner.append(padding - 1, '\0');
      type = ContentType{0};
    }
    std::vector<std::uint8_t> record(inner.size() + shape.overhead());
    SealRecord(crypto_.aead, {shape, keys, client_.sequence}, type, BytesOf(inner), record.data());
    ++client_.sequence;
    if (is_13()) {
      inner.push_back(static_cast<char>(type));
      inner.resize(inner.find_last_not_of('\0') + 1);
      type = inner.empty() ? ContentType{0} : static_cast<ContentType>(inner.back());
      inner.resize(inner.empty() ? 0 : inner.size() - 1);
    }
    const std::string_view sent(inner);
    return Receive({reinterpret_cast<const char*>(record.data()), record.size()},
                   type == ContentType::application_data ? &sent : nullptr);
  }

  /// Whether it goes on. `sent`: the application bytes that have to come out.
  bool Receive(std::string_view received, const std::string_view* sent = nullptr) {
    const Alone input(received);
    const Session before = session_;
    std::unique_ptr<std::uint8_t[]> room(new std::uint8_t[RecordReader::kLargestRoom]);
    const Opened opened =
        RecordReader(crypto_).Open(session_, selector_, cache_, BytesOf(input.view()),
                                   {room.get(), RecordReader::kLargestRoom});
    Require(IsIntact(session_, selector_), "what counts stays as it is");
    Require(opened.kind != Kind::broken, "nothing breaks it");
    Require(opened.kind != Kind::needs_room, "there is room for every record");
    Require(opened.record_size <= received.size(), "a record is inside of what was received");
    if (!opened.is_to_commit()) {
      Require(std::memcmp(&before, &session_, sizeof before) == 0, "a fault changes nothing");
      is_ended_ = opened.kind != Kind::needs_input;
      return false;
    }
    Require(sent != nullptr || opened.kind != Kind::application, "nothing comes of nothing");
    if (sent != nullptr) CheckData(opened, room.get(), *sent);
    selector_ = selector_.WithOtherInbound();
    Require(IsIntact(session_, selector_), "what is to count is intact");
    Require(session_.inbound_of(selector_).barren <= kMostBarren, "patience has an end");
    if (opened.kind == Kind::key_update) client_.Renew(crypto_.schedule, session_.suite);
    return opened.kind != Kind::alert && opened.kind != Kind::close_notify;
  }

  void CheckData(const Opened& opened, const std::uint8_t* room, std::string_view sent) {
    Require(opened.kind == (sent.empty() ? Kind::nothing : Kind::application), "data is data");
    Require(opened.size == sent.size(), "of its size");
    Require(sent.empty() || std::memcmp(room, sent.data(), sent.size()) == 0, "byte for byte");
  }

  void ServerSends(std::string_view plain, std::size_t room) {
    std::unique_ptr<std::uint8_t[]> window(new std::uint8_t[room]);
    RecordWriter writer(crypto_, session_, selector_, cache_, {window.get(), room});
    Require(!writer.is_over(), "it may be sealed");
    const std::size_t written = writer.Write(BytesOf(plain));
    Require(plain.empty() || written > 0 || !writer.is_empty(), "a window holds something");
    Require(writer.size() <= room, "a window is inside of its room");
    if (writer.is_empty()) return;
    const ByteView sealed(window.get(), writer.size());
    selector_ = writer.Finish(0, 0);
    Require(IsIntact(session_, selector_), "what is to count is intact");
    Require(!IsMessageOwed(session_, selector_), "what is owed is paid");
    Require(Read(sealed) == plain.substr(0, written), "the client reads what was written");
  }

  std::string Read(ByteView sealed) {
    const RecordShape shape(session_);
    std::string text;
    while (!sealed.empty()) {
      const RecordHeader header = ReadHeader(sealed);
      const std::size_t size = kHeaderSize + header.size;
      const Keys keys = crypto_.schedule.KeysOf(session_.version, session_.suite, server_.secret);
      std::string content(size - shape.begin - kTagSize, '\0');
      Require(OpenRecord(crypto_.aead, {shape, keys, server_.sequence}, sealed.first(size),
                         reinterpret_cast<std::uint8_t*>(content.data())),
              "a record is sealed with the key and number of its place");
      ++server_.sequence;
      ContentType type = header.type;
      if (is_13()) {
        type = static_cast<ContentType>(content.back());
        content.pop_back();
      }
      if (type == ContentType::application_data) text += content;
      if (type == ContentType::handshake) server_.Renew(crypto_.schedule, session_.suite);
      sealed = sealed.subspan(size);
    }
    return text;
  }

  Crypto crypto_;
  KeyCache cache_;
  Session session_;
  Selector selector_;
  Far client_;
  Far server_;
  bool is_ended_ = false;
};

}  // namespace
}  // namespace tined::tls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tined::tls;
  static const std::unique_ptr<Aead> kLibraries[] = {MakeAead(Library::automatic),
                                                     MakeAead(Library::openssl)};
  static KeySchedule schedule;
  if (size == 0) return 0;
  Talk talk(data[0], *kLibraries[data[0] / 6 % 2], schedule);
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!input.empty() && talk.Step(input)) {
  }
  return 0;
}
