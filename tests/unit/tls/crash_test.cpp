// A session whose worker is killed at every place where that may matter, over and over: whoever
// goes on has the memory that outlives it, and what the kernel has counted.
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "tests/unit/tls/client.hpp"
#include "tls/record_reader.hpp"
#include "tls/record_writer.hpp"

namespace tined::tls {
namespace {

using test::ByteString;
using test::Client;
using test::Example;

/// Remembers what has been sealed. What is committed may have left: from then on nothing may be
/// sealed in its place.
class Auditor final : public Aead {
 public:
  void Seal(const Key& key, const Nonce& nonce, ByteView aad, const Plain& plain,
            std::uint8_t* out) noexcept override {
    const Place place{key.bytes, nonce};
    if (committed_.contains(place)) ++conflicts;
    pending_.push_back(place);
    aead_->Seal(key, nonce, aad, plain, out);
  }
  [[nodiscard]] bool Open(const Key& key, const Nonce& nonce, ByteView aad, ByteView sealed,
                          std::uint8_t* out) noexcept override {
    return aead_->Open(key, nonce, aad, sealed, out);
  }
  [[nodiscard]] std::string library() const override { return "auditor"; }

  void Commit() {
    for (const Place& place : pending_) {
      if (!committed_.insert({place, true}).second) ++conflicts;
    }
    pending_.clear();
  }
  void Forget() { pending_.clear(); }

  int conflicts = 0;
  [[nodiscard]] std::size_t committed() const { return committed_.size(); }

 private:
  using Place = std::pair<std::array<std::uint8_t, 32>, Nonce>;
  std::unique_ptr<Aead> aead_ = MakeAead(Library::automatic);
  std::map<Place, bool> committed_;
  std::vector<Place> pending_;
};

struct Killed {};

/// What outlives workers, and the workers.
class Life {
 public:
  Life(Suite suite, unsigned seed)
      : random_(seed), client_(Example(suite)), is_13_(IsKnown(Version::tls13, suite)) {
    Establish(session_, Example(suite));
  }

  void Live(int kills) {
    while (kills > 0) {
      // A worker takes what it finds.
      BOOST_TEST_REQUIRE(IsIntact(session_, selector_));
      KeyCache cache;
      try {
        for (;;) {
          Receive(cache);
          Send(cache);
        }
      } catch (const Killed&) {
        --kills;
        auditor_.Forget();
        Scribble();
      }
    }
  }
  void Check() {
    KeyCache cache;
    is_immortal_ = true;
    while (wire_.size() < Begin() + session_.outbound_of(selector_).window_size) Send(cache);
    BOOST_TEST((client_.ReadWithUpdates(wire_) == expected_));
    BOOST_TEST((std::string_view(asked_).substr(0, heard_.size()) == heard_));
    BOOST_TEST(auditor_.conflicts == 0);
  }
  [[nodiscard]] std::size_t records() const { return auditor_.committed(); }

 private:
  void MayDie() {
    if (!is_immortal_ && random_() % 12 == 0) throw Killed();
  }
  /// Whatever does not count may have been left half written.
  void Scribble() {
    const auto fill = [&](auto& object) {
      std::generate_n(reinterpret_cast<std::uint8_t*>(&object), sizeof object,
                      [&] { return static_cast<std::uint8_t>(random_()); });
    };
    if (random_() % 2 == 0) return;
    fill(session_.inbound[selector_.WithOtherInbound().inbound()]);
    fill(session_.outbound[selector_.WithOtherOutbound().outbound()]);
    fill(session_.inbound_secrets[(session_.inbound_of(selector_).epoch + 1U) & 1U]);
    fill(session_.outbound_secrets[(session_.outbound_of(selector_).epoch + 1U) & 1U]);
  }
  [[nodiscard]] std::size_t Begin() const { return session_.outbound_of(selector_).window_begin; }

  void ClientSends() {
    ByteString record;
    if (is_13_ && random_() % 4 == 0) {
      record = client_.KeyUpdate(static_cast<std::uint8_t>(random_() % 2));
    } else {
      const std::string text = std::to_string(random_()) + " ";
      asked_ += text;
      record = client_.Data(text);
    }
    input_.insert(input_.end(), record.begin(), record.end());
  }
  void Receive(KeyCache& cache) {
    if (random_() % 2 == 0) ClientSends();
    const ByteView rest = ByteView(input_).subspan(session_.inbound_of(selector_).consumed);
    ByteString room(RecordReader::kLargestRoom);
    const Opened opened = RecordReader(crypto_).Open(session_, selector_, cache, rest, room);
    MayDie();
    if (!opened.is_to_commit()) {
      BOOST_TEST((opened.kind == Opened::Kind::needs_input));
      return;
    }
    selector_ = selector_.WithOtherInbound();
    heard_.append(room.begin(), room.begin() + opened.size);
    BOOST_TEST(heard_.size() == session_.inbound_of(selector_).produced);
    MayDie();
  }
  void Send(KeyCache& cache) {
    const Outbound& out = session_.outbound_of(selector_);
    const std::size_t done = wire_.size() - out.window_begin;
    if (done < out.window_size) {
      // The kernel counts what it takes.
      const std::size_t size = std::min<std::size_t>(1 + random_() % 400, out.window_size - done);
      const auto from = window_.begin() + static_cast<std::ptrdiff_t>(done);
      wire_.insert(wire_.end(), from, from + static_cast<std::ptrdiff_t>(size));
      MayDie();
      return;
    }
    if (!is_immortal_) SealWindow(cache);
  }
  /// What it seals is never twice the same, as a file's content that changes.
  void SealWindow(KeyCache& cache) {
    std::string text = std::to_string(random_()) + ";";
    RecordWriter writer(crypto_, session_, selector_, cache, window_);
    BOOST_TEST_REQUIRE(!writer.is_over());
    MayDie();
    for (int i = 0; i < 2; ++i) {
      BOOST_TEST(writer.Write(test::BytesOf(text)) == text.size());
      MayDie();
    }
    const Selector next = writer.Finish(static_cast<std::uint32_t>(wire_.size()), 0);
    MayDie();
    selector_ = next;
    auditor_.Commit();
    expected_ += text + text;
    MayDie();
  }

  std::mt19937 random_;
  Client client_;
  bool is_13_;
  bool is_immortal_ = false;
  Auditor auditor_;
  KeySchedule schedule_;
  Crypto crypto_{auditor_, schedule_};
  // What outlives: the session and its selector, input, output and the kernel's count.
  Session session_;
  Selector selector_;
  ByteString input_;
  ByteString window_ = ByteString(1000);
  ByteString wire_;
  std::string asked_;     ///< what the client has sent
  std::string heard_;     ///< what of it has been taken
  std::string expected_;  ///< what was committed for the client
};

}  // namespace

BOOST_AUTO_TEST_SUITE(CrashTest)

BOOST_AUTO_TEST_CASE(no_byte_is_wrong_and_no_nonce_used_twice_whenever_workers_die) {
  for (const Suite suite : test::AllSuites()) {
    for (unsigned seed = 0; seed < 5; ++seed) {
      BOOST_TEST_CONTEXT(NameOf(suite) << ", seed " << seed) {
        Life life(suite, seed);
        life.Live(300);
        life.Check();
        BOOST_TEST(life.records() > 100U);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::tls
