// A session with what belongs to it, as a worker would have it, and its client: for the tests of
// both ends of the record layer. What records lead to counts at once.
#pragma once

#include <functional>
#include <string>

#include "tests/unit/tls/bytes.hpp"
#include "tests/unit/tls/client.hpp"
#include "tls/record_reader.hpp"
#include "tls/record_writer.hpp"

namespace tined::tls::test {

struct Server {
  explicit Server(const Agreed& agreed, Library library = Library::automatic)
      : aead(MakeAead(library)), client(agreed) {
    Establish(session, agreed);
  }
  explicit Server(Suite suite) : Server(Example(suite)) {}

  /// The record at the front, and its commitment.
  Opened Open(ByteView received) {
    Scribble();
    const ByteString before = Counting();
    const Opened opened =
        RecordReader(crypto).Open(session, selector, cache, received, std::span(room));
    BOOST_TEST(Counting() == before);
    if (opened.is_to_commit()) {
      selector = selector.WithOtherInbound();
      BOOST_TEST(IsIntact(session, selector));
    }
    if (opened.kind == Opened::Kind::application)
      text.append(room.begin(), room.begin() + opened.size);
    return opened;
  }
  /// All records in `received`, up to the first that is not merely opened.
  Opened OpenAll(ByteView received) {
    Opened opened;
    while (!received.empty()) {
      opened = Open(received);
      if (!opened.is_to_commit() || opened.kind > Opened::Kind::key_update) return opened;
      received = received.subspan(opened.record_size);
    }
    return opened;
  }

  /// A window that `write` fills, committed.
  ByteString Send(const std::function<void(RecordWriter&)>& write, std::size_t size = 1U << 15) {
    Scribble();
    const ByteString before = Counting();
    window.assign(size, 0xee);
    RecordWriter writer(crypto, session, selector, cache, window);
    write(writer);
    window.resize(writer.size());
    if (!writer.is_empty()) {
      const Selector next = writer.Finish(100, 200);
      BOOST_TEST(Counting() == before);
      selector = next;
      BOOST_TEST(IsIntact(session, selector));
    }
    return window;
  }
  ByteString SendText(std::string_view plain) {
    return Send(
        [&](RecordWriter& writer) { BOOST_TEST(writer.Write(BytesOf(plain)) == plain.size()); });
  }

  /// Whatever does not count may have been left half written.
  void Scribble() {
    const auto fill = [](auto& object) {
      std::fill_n(reinterpret_cast<std::uint8_t*>(&object), sizeof object, std::uint8_t{0xa5});
    };
    fill(session.inbound[selector.WithOtherInbound().inbound()]);
    fill(session.outbound[selector.WithOtherOutbound().outbound()]);
    fill(session.inbound_secrets[(in().epoch + 1U) & 1U]);
    fill(session.outbound_secrets[(out().epoch + 1U) & 1U]);
  }
  /// The bytes of all that counts.
  [[nodiscard]] ByteString Counting() const {
    ByteString bytes;
    const auto add = [&](const auto& object) {
      const auto* const from = reinterpret_cast<const std::uint8_t*>(&object);
      bytes.insert(bytes.end(), from, from + sizeof object);
    };
    add(in());
    add(out());
    add(session.inbound_secrets[in().epoch & 1U]);
    add(session.outbound_secrets[out().epoch & 1U]);
    return bytes;
  }
  [[nodiscard]] const Inbound& in() const { return session.inbound_of(selector); }
  [[nodiscard]] const Outbound& out() const { return session.outbound_of(selector); }

  /// As if so many records had been moved.
  void SetSequences(std::uint64_t inbound, std::uint64_t outbound) {
    Inbound& in = session.inbound[selector.inbound()];
    Outbound& out = session.outbound[selector.outbound()];
    in.sequence = inbound;
    out.sequence = outbound;
    SetCheck(session, in);
    SetCheck(session, out);
    client.SetSent(inbound);
    client.SetReceived(outbound);
  }

  std::unique_ptr<Aead> aead;
  KeySchedule schedule;
  Crypto crypto{*aead, schedule};
  Session session;
  Selector selector;
  KeyCache cache;
  ByteString room = ByteString(RecordReader::kLargestRoom);
  ByteString window;
  std::string text;  ///< application bytes that have come
  Client client;
};

}  // namespace tined::tls::test
