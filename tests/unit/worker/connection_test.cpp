// A connection between a scripted protocol and a scripted transport: what it makes of what they
// say.
#include "worker/connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <deque>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "handlers/file_cache.hpp"
#include "worker/connections.hpp"

namespace tined::worker {
namespace {

using protocol::Need;
using transport::Received;
using transport::Sent;
using Kind = Need::Kind;

/// Needs what it is told, and nothing but input when it has been told no more.
class ScriptedProtocol final : public protocol::Protocol {
 public:
  Need Advance(protocol::Conversation&, const exchange::Routes&) noexcept override {
    ++advances;
    if (needs.empty()) return {Kind::input};
    const Need next = needs.front();
    needs.pop_front();
    return next;
  }
  Need OnSilence(protocol::Conversation&) noexcept override {
    ++silences;
    return {Kind::end};
  }
  Need OnNoMemory(protocol::Conversation&) noexcept override {
    return {.kind = Kind::end, .has_last_words = true};
  }
  std::string_view last_words() const noexcept override { return "last words"; }
  void WhenReady(protocol::Conversation&, std::function<void()> action) noexcept override {
    ready = std::move(action);
  }
  bool OnClientLeft(protocol::Conversation&) noexcept override { return false; }
  void Abandon(protocol::Conversation&) noexcept override { ++abandons; }
  bool CanTravel(const protocol::Conversation&) const noexcept override { return !is_busy; }
  bool Opens(const exchange::Routes&) const noexcept override { return false; }
  bool MayClose(const ledger::Record&) const noexcept override { return true; }
  bool announces_end() const noexcept override { return true; }
  bool may_be_typed() const noexcept override { return false; }

  std::deque<Need> needs;
  std::function<void()> ready;
  int advances = 0;
  int silences = 0;
  int abandons = 0;
  bool is_busy = false;
};

/// Receives and sends what it is told: else one byte with the first Receive, and all there is.
class ScriptedTransport final : public transport::Transport {
 public:
  Received Receive(transport::Buffers& buffers) noexcept override {
    if (received == Received::bytes) buffers.record->received.fetch_add(1);
    return std::exchange(received, Received::nothing);
  }
  Received Resume(transport::Buffers&) noexcept override { return Received::nothing; }
  void SayEnd(transport::Buffers&) noexcept override { ++ends; }
  Sent Send(transport::Buffers&) noexcept override {
    if (sends.empty()) return Sent::done;
    const Sent next = sends.front();
    sends.pop_front();
    return next;
  }
  void SendAtOnce(transport::Buffers&, std::string_view bytes) noexcept override { words = bytes; }
  bool CanTravel(const transport::Buffers&) const noexcept override { return can_travel; }

  Received received = Received::bytes;
  std::deque<Sent> sends;
  std::string words;
  int ends = 0;
  bool can_travel = true;
};

struct Scene {
  Scene() {
    int ends[2];
    Check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), "socketpair");
    client.Reset(ends[0]);
    server.Reset(ends[1]);
  }
  /// The worker accepts the client.
  void Open() { connections.Open(std::move(server), routes, {}); }
  void TurnUntil(const std::function<bool()>& is_so) {
    const TimePoint end = Clock::now() + std::chrono::seconds(20);
    while (!is_so() && Clock::now() < end) loop.Turn();
    BOOST_TEST(is_so());
  }
  [[nodiscard]] ledger::Phase phase() const { return memory.records()[0].phase; }

  ledger::Ledger memory{4, 1U << 20};
  ledger::Arena arena{memory.arena()};
  loop::Loop loop;
  config::Timeouts timeouts;
  config::Threads settings;
  backends::Threads threads{loop, settings, memory.board().threads};
  backends::FileReader files{loop, threads};
  Workbench bench{memory.board(), arena};
  ScriptedProtocol protocol;
  ScriptedTransport transport;
  handlers::FileCache cache;
  config::Listener listener;
  exchange::Routes routes{listener, 0, handlers::Context{.file_cache = cache}};
  transport::TlsOnDemand tls{arena, files, tls::Library::automatic};
  Connections connections{{loop,
                           arena,
                           memory.board(),
                           timeouts,
                           {protocol, protocol, protocol, protocol},
                           transport,
                           tls,
                           memory.tls_states(),
                           files,
                           bench},
                          memory.records(),
                          {4, 4}};
  Descriptor client;
  Descriptor server;
};

BOOST_FIXTURE_TEST_SUITE(ConnectionTest, Scene)

BOOST_AUTO_TEST_CASE(bytes_that_have_arrived_with_the_client_are_served_at_once) {
  Open();
  BOOST_TEST(protocol.advances == 1);
  BOOST_TEST((phase() == ledger::Phase::reading));
}

BOOST_AUTO_TEST_CASE(as_long_as_there_is_room_it_goes_on) {
  protocol.needs = {{Kind::room}, {Kind::room}, {Kind::input}};
  Open();
  BOOST_TEST(protocol.advances == 3);
}

BOOST_AUTO_TEST_CASE(a_handler_is_waited_for_and_its_answer_goes_on) {
  protocol.needs = {{Kind::handler}};
  Open();
  BOOST_TEST((phase() == ledger::Phase::handling));
  protocol.ready();
  BOOST_TEST(protocol.advances == 2);
  BOOST_TEST((phase() == ledger::Phase::reading));
}

BOOST_AUTO_TEST_CASE(a_full_socket_is_waited_for) {
  protocol.needs = {{Kind::input}};
  transport.sends = {Sent::blocked};
  Open();
  BOOST_TEST((phase() == ledger::Phase::writing));
  TurnUntil([&] { return protocol.advances == 2; });
  BOOST_TEST((phase() == ledger::Phase::reading));
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_at_work_while_the_socket_is_full_is_what_the_record_says) {
  protocol.needs = {{Kind::handler}, {Kind::handler}};
  transport.sends = {Sent::blocked};
  Open();
  BOOST_TEST((phase() == ledger::Phase::handling));
}

BOOST_AUTO_TEST_CASE(others_have_their_turn_between_two_pieces) {
  protocol.needs = {{Kind::turn}, {Kind::turn}};
  Open();
  BOOST_TEST(protocol.advances == 1);
  TurnUntil([&] { return protocol.advances == 3; });
}

BOOST_AUTO_TEST_CASE(the_end_is_polite) {
  protocol.needs = {{Kind::end}};
  Open();
  BOOST_TEST((phase() == ledger::Phase::closing));
  char byte = 0;
  BOOST_TEST(::recv(client.get(), &byte, 1, 0) == 0);
  client.Reset();
  TurnUntil([&] { return connections.count() == 0; });
  BOOST_TEST((phase() == ledger::Phase::free));
  BOOST_TEST(protocol.abandons == 1);
}

BOOST_AUTO_TEST_CASE(what_is_cut_is_closed_at_once) {
  protocol.needs = {{.kind = Kind::end, .is_cut = true}};
  Open();
  BOOST_TEST(connections.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_client_that_is_gone_is_closed) {
  transport.sends = {Sent::broken};
  Open();
  BOOST_TEST(connections.count() == 0U);
}

BOOST_AUTO_TEST_CASE(last_words_are_sent_before_the_end) {
  protocol.needs = {{.kind = Kind::end, .has_last_words = true}};
  Open();
  BOOST_TEST(transport.words == "last words");
  BOOST_TEST((phase() == ledger::Phase::closing));
}

BOOST_AUTO_TEST_CASE(silence_while_a_request_arrives_is_the_protocols_to_answer) {
  timeouts.header = std::chrono::milliseconds(20);
  Open();
  TurnUntil([&] { return protocol.silences == 1; });
  BOOST_TEST((phase() == ledger::Phase::closing));
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_its_answer_is_closed) {
  timeouts.write = std::chrono::milliseconds(20);
  transport.sends.assign(1'000'000, Sent::blocked);
  // A socket that is never writable: its other end has been filled.
  while (::send(server.get(), "x", 1, MSG_DONTWAIT) == 1) {
  }
  Open();
  TurnUntil([&] { return connections.count() == 0; });
}

BOOST_AUTO_TEST_CASE(what_cannot_travel_stays) {
  protocol.needs = {{Kind::handler}};
  protocol.is_busy = true;
  Open();
  BOOST_TEST(connections.GiveAll(client.get(), 10).sent == 0U);
  protocol.is_busy = false;
  transport.can_travel = false;
  BOOST_TEST(connections.GiveAll(client.get(), 10).sent == 0U);
  BOOST_TEST(connections.count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_socket_that_somebody_has_made_block_and_linger_is_taken_without) {
  const Descriptor same(::dup(server.get()));
  const linger long_time{.l_onoff = 1, .l_linger = 3600};
  Check(::setsockopt(same.get(), SOL_SOCKET, SO_LINGER, &long_time, sizeof long_time), "linger");
  Check(::fcntl(same.get(), F_SETFL, 0), "fcntl");
  channels::IncomingParcel parcel;
  parcel.socket = std::move(server);
  connections.TakeOver(std::move(parcel), routes);
  BOOST_TEST(connections.count() == 1U);
  BOOST_TEST((::fcntl(same.get(), F_GETFL) & O_NONBLOCK) != 0);
  linger now = long_time;
  socklen_t size = sizeof now;
  Check(::getsockopt(same.get(), SOL_SOCKET, SO_LINGER, &now, &size), "linger");
  BOOST_TEST(now.l_onoff == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::worker
