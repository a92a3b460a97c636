// A worker that dies at any point where streams of HTTP/2 keep an order: a scripted run of changes
// is looked at at each of these points as whoever takes over would see it, and has to be what the
// last committed epoch made of it. This program is compiled with the points (base/order_point.hpp).
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "base/order_point.hpp"
#include "ledger/http2_state.hpp"
#include "ledger/stream_pool.hpp"

namespace tined {
namespace {
std::function<void()> at_order_point;
}  // namespace

void OrderPoint() noexcept {
  if (at_order_point) at_order_point();
}

namespace ledger {
namespace {

constexpr std::size_t kSlots = 8;
constexpr std::size_t kConnections = 2;

/// What a worker shares.
struct Memory {
  std::array<Stream, kSlots> slots;
  std::array<Http2State, kConnections> states;
  std::array<Record, kConnections> records;
};

/// What is known of a stream: bytes sent, and the length of its content, which is fixed.
struct Known {
  std::uint64_t sent = 0;
  std::uint64_t length = 0;
  bool operator==(const Known&) const = default;
};
/// Of a connection, in one epoch.
struct Model {
  std::map<std::uint32_t, Known> streams;
  std::uint32_t answered = 0;
  std::uint32_t output = 0;
  std::uint32_t last_stream = 0;
  bool operator==(const Model&) const = default;
};

Model Seen(const Memory& memory, std::size_t connection) {
  const Record& record = memory.records[connection];
  const Http2Version& version = memory.states[connection].Of(record);
  Model model{{}, record.answered(), record.output_size(), version.last_stream};
  for (const Stream& stream : memory.slots) {
    const auto owner = static_cast<std::uint32_t>(connection) + 1;
    const StreamVersion* const counts = stream.Of(owner, version.epoch);
    if (counts == nullptr) continue;
    BOOST_TEST(MakesSense(stream, *counts));
    BOOST_TEST(
        model.streams.try_emplace(stream.id, Known{counts->sent, stream.content_length}).second);
  }
  return model;
}

/// Copies what a worker shares, atomics included: it is stopped meanwhile.
void Copy(Memory& to, const Memory& from) {
  std::memcpy(static_cast<void*>(&to), static_cast<const void*>(&from), sizeof to);
}

/// One worker's connections, changed at random, and what they have to be in each epoch.
class Run {
 public:
  explicit Run(unsigned seed) : random_(seed) {
    for (auto& epochs : history_) epochs[1] = {};
  }

  Memory& memory() { return *memory_; }
  [[nodiscard]] std::size_t commits() const { return commits_; }

  /// What `memory` shows is what the epoch that counts in it made of it.
  void Check(const Memory& memory) const {
    for (std::size_t i = 0; i < kConnections; ++i) {
      const auto known = history_[i].find(memory.states[i].epoch(memory.records[i]));
      BOOST_TEST((known != history_[i].end() && Seen(memory, i) == known->second));
    }
  }

  void Step() {
    const std::size_t connection = Below(kConnections);
    Batch(connection, Below(6));
    // Now and then an answer finds no room: nothing of the epoch is to count.
    if (Below(5) == 0) {
      pool_.TakeBack(OwnerOf(connection), Epoch(connection));
    } else {
      Commit(connection);
    }
  }

 private:
  [[nodiscard]] std::size_t Below(std::size_t end) { return random_() % end; }
  static std::uint32_t OwnerOf(std::size_t connection) {
    return static_cast<std::uint32_t>(connection) + 1;
  }
  [[nodiscard]] std::uint64_t Epoch(std::size_t connection) const {
    return memory_->states[connection].epoch(memory_->records[connection]);
  }

  /// Changes of one epoch, which do not count yet.
  void Batch(std::size_t connection, std::size_t changes) {
    const std::uint64_t epoch = Epoch(connection);
    next_ = history_[connection].at(epoch);
    version_ = &memory_->states[connection].Begin(memory_->records[connection]);
    for (; changes > 0; --changes) Change(connection, epoch);
    next_.answered += static_cast<std::uint32_t>(Below(100));
    next_.output = static_cast<std::uint32_t>(Below(1000));
    version_->last_stream = next_.last_stream;
  }

  void Change(std::size_t connection, std::uint64_t epoch) {
    if (next_.streams.empty() || Below(3) == 0) {
      const std::uint32_t id = next_.last_stream + 1 + next_.last_stream % 2;
      Stream* const stream = pool_.Take(OwnerOf(connection), id, epoch);
      if (stream == nullptr) return;
      stream->content_length = Below(1000);
      next_.last_stream = id;
      next_.streams[id] = {0, stream->content_length};
      return;
    }
    auto known =
        std::next(next_.streams.begin(), static_cast<std::ptrdiff_t>(Below(next_.streams.size())));
    Stream& stream = Find(connection, known->first);
    if (Below(3) == 0) {
      pool_.Free(stream, epoch);
      next_.streams.erase(known);
      return;
    }
    stream.Begin();
    stream.versions.Change(epoch).sent = known->second.sent = random_();
  }

  void Commit(std::size_t connection) {
    const std::uint64_t epoch = Epoch(connection) + 1;
    // The commit is one store: what it leads to has to be known before.
    history_[connection][epoch] = next_;
    memory_->states[connection].Commit(memory_->records[connection], next_.output, next_.answered);
    pool_.OnCommit(OwnerOf(connection));
    ++commits_;
  }

  Stream& Find(std::size_t connection, std::uint32_t id) {
    const auto found =
        std::find_if(memory_->slots.begin(), memory_->slots.end(), [&](const Stream& stream) {
          return stream.owner == OwnerOf(connection) && stream.id == id &&
                 !IsLeaving(stream, connection);
        });
    BOOST_REQUIRE((found != memory_->slots.end()));
    return *found;
  }
  bool IsLeaving(const Stream& stream, std::size_t connection) const {
    const StreamVersion* const next = stream.versions.At(Epoch(connection) + 1);
    return next == nullptr || next->state == StreamState::free;
  }

  std::mt19937 random_;
  std::unique_ptr<Memory> memory_ = std::make_unique<Memory>();
  StreamPool pool_{memory_->slots};
  std::array<std::map<std::uint64_t, Model>, kConnections> history_;
  Model next_;
  Http2Version* version_ = nullptr;
  std::size_t commits_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(StreamPoolWindowsTest)

BOOST_AUTO_TEST_CASE(at_every_point_what_counts_is_what_the_last_commit_made) {
  std::size_t points = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Run run(seed);
    const auto snapshot = std::make_unique<Memory>();
    at_order_point = [&] {
      ++points;
      Copy(*snapshot, run.memory());
      run.Check(*snapshot);
    };
    for (int step = 0; step < 200; ++step) run.Step();
    at_order_point = nullptr;
    BOOST_TEST(run.commits() > 100U);
  }
  BOOST_TEST(points > 20000U);
}

/// Who goes on in the same memory outvotes what was unfinished: later epochs do not make it count.
BOOST_AUTO_TEST_CASE(whoever_goes_on_at_any_point_is_not_haunted_by_what_was_unfinished) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    Run run(seed);
    at_order_point = [&] {
      const auto points = std::exchange(at_order_point, nullptr);
      const auto taken = std::make_unique<Memory>();
      Copy(*taken, run.memory());
      for (std::size_t i = 0; i < kConnections; ++i) {
        Record& record = taken->records[i];
        Http2State& state = taken->states[i];
        for (Stream& stream : taken->slots) {
          if (stream.owner == i + 1) stream.versions.Outvote(state.epoch(record));
        }
        const Model before = Seen(*taken, i);
        for (int later = 0; later < 3; ++later) {
          static_cast<void>(state.Begin(record));
          state.Commit(record, record.output_size(), record.answered());
          BOOST_TEST((Seen(*taken, i) == before));
        }
      }
      at_order_point = points;
    };
    for (int step = 0; step < 100; ++step) run.Step();
    at_order_point = nullptr;
  }
}

BOOST_AUTO_TEST_CASE(a_slot_is_not_handed_out_before_its_end_is_committed) {
  const auto memory = std::make_unique<Memory>();
  StreamPool pool(memory->slots);
  std::array<Stream*, kSlots> taken{};
  for (std::size_t i = 0; i < kSlots; ++i) {
    taken[i] = pool.Take(1, static_cast<std::uint32_t>(2 * i + 1), 1);
    BOOST_REQUIRE(taken[i] != nullptr);
  }
  BOOST_TEST(pool.Take(2, 1, 1) == nullptr);
  pool.Free(*taken[3], 2);
  BOOST_TEST(pool.Take(2, 1, 1) == nullptr);
  pool.OnCommit(2);
  BOOST_TEST(pool.Take(2, 1, 1) == nullptr);
  pool.OnCommit(1);
  BOOST_TEST(pool.Take(2, 1, 1) == taken[3]);
}

BOOST_AUTO_TEST_CASE(a_handler_that_was_given_a_request_is_remembered_at_once) {
  const auto memory = std::make_unique<Memory>();
  StreamPool pool(memory->slots);
  Stream& stream = *pool.Take(1, 5, 1);
  BOOST_TEST(!stream.is_begun(*stream.Of(1, 2)));
  stream.Begin();
  BOOST_TEST(stream.is_begun(*stream.Of(1, 2)));
  stream.versions.Change(2).is_answered = 1;
  BOOST_TEST(stream.is_begun(*stream.Of(1, 2)));
  BOOST_TEST(!stream.is_begun(*stream.Of(1, 3)));
}

BOOST_AUTO_TEST_CASE(what_belongs_to_a_connection_that_is_no_more_is_free) {
  const auto memory = std::make_unique<Memory>();
  StreamPool pool(memory->slots);
  BOOST_REQUIRE(pool.Take(1, 1, 1) != nullptr);
  Stream& leaving = *pool.Take(1, 3, 1);
  Stream& other = *pool.Take(2, 1, 1);
  pool.Free(leaving, 2);
  pool.Drop(1);
  BOOST_TEST(pool.free_count() == kSlots - 1);
  BOOST_TEST((other.Of(2, 2) != nullptr));
  pool.OnCommit(1);
  BOOST_TEST(pool.free_count() == kSlots - 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace ledger
}  // namespace tined
