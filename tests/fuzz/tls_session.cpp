// A session that a wild write has made, or a process that is not trusted has handed over: any
// bytes. As long as its check words do not fit, nothing is opened or sealed; when they do (here
// they are made to), whatever it says is gone on with inside of the memory that was given.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "tests/fuzz/input.hpp"
#include "tls/record_reader.hpp"
#include "tls/record_writer.hpp"

namespace tined::tls {
namespace {

using fuzz::Alone;
using fuzz::Require;
using fuzz::Touch;

ByteView BytesOf(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Trial {
 public:
  Trial(Session& session, Selector selector, const Crypto& crypto)
      : session_(session), selector_(selector), crypto_(crypto) {}

  void Receive(std::string_view received, std::size_t room_size) {
    const bool is_intact = IsInboundIntact(session_, selector_);
    const Alone input(received);
    std::unique_ptr<std::uint8_t[]> room(new std::uint8_t[room_size]);
    const Opened opened = RecordReader(crypto_).Open(
        session_, selector_, cache_, BytesOf(input.view()), {room.get(), room_size});
    Require(is_intact == (opened.kind != Opened::Kind::broken), "what is broken is told");
    Require(opened.record_size <= received.size(), "a record is inside of what was received");
  }

  void Send(std::string_view plain, std::size_t room_size) {
    const bool is_intact = IsOutboundIntact(session_, selector_);
    std::unique_ptr<std::uint8_t[]> room(new std::uint8_t[room_size]);
    RecordWriter writer(crypto_, session_, selector_, cache_, {room.get(), room_size});
    Require(is_intact || writer.is_over(), "nothing is sealed for what is broken");
    const Alone input(plain);
    const std::size_t written = writer.Write(BytesOf(input.view()));
    Require(written <= plain.size() && writer.size() <= room_size, "sizes hold");
    Require(!writer.is_over() || written == 0, "what is over is over");
    if (!writer.is_empty()) selector_ = writer.Finish(0, 0);
  }

  void Repair() {
    SetCheck(session_, session_.inbound[selector_.inbound()]);
    SetCheck(session_, session_.outbound[selector_.outbound()]);
  }

 private:
  Session& session_;
  Selector selector_;
  const Crypto& crypto_;
  KeyCache cache_;
};

void Try(std::string_view bytes) {
  static const std::unique_ptr<Aead> kAead = MakeAead(Library::automatic);
  static KeySchedule schedule;
  const Crypto crypto{*kAead, schedule};
  const Selector selector{static_cast<std::uint8_t>(bytes[0])};
  const std::size_t room = 1U << (static_cast<std::uint8_t>(bytes[1]) % 16U);
  bytes.remove_prefix(2);
  Session session;
  const std::size_t taken = std::min(sizeof session, bytes.size());
  std::memcpy(static_cast<void*>(&session), bytes.data(), taken);
  bytes.remove_prefix(taken);

  Touch(NameOf(session.version));
  Touch(NameOf(session.suite));
  static_cast<void>(IsMessageOwed(session, selector));
  static_cast<void>(IsWornOut(session, selector));
  Trial trial(session, selector, crypto);
  trial.Receive(bytes, room);
  trial.Send(bytes, room);
  trial.Repair();
  trial.Receive(bytes, room);
  trial.Send(bytes, room);
  trial.Send(bytes, room);
  Wipe(session);
  Require(!IsIntact(session, selector), "what is wiped is none");
}

}  // namespace
}  // namespace tined::tls

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  tined::tls::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
