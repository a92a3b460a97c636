// Handshakers that are small real children: they say that they are ready, count what they are told
// on their boards, and end when they are told to.
#include "supervisor/workers/handshakers.hpp"

#include <poll.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "channels/control_pair.hpp"
#include "tests/kill.hpp"

namespace tined::supervisor {
namespace {

using channels::MessageKind;

/// Generations with these numbers have handshakers that refuse, that end before they are ready.
constexpr int kRefused = 98;
constexpr int kBroken = 99;

void TellCertificate(shared::HandshakerBoard& board) {
  auto& told = board.certificates[0];
  told.listener = 1;
  told.expires = 1'900'000'000;
  std::strncpy(told.names.data(), "a.example\n", told.names.size());
  board.certificate_count.store(1);
}

int ObeyUntilTold(int control, shared::HandshakerBoard& board) {
  for (;;) {
    pollfd line{.fd = control, .events = POLLIN, .revents = 0};
    (void)::poll(&line, 1, -1);
    channels::Message message;
    const channels::ReceiveResult result = channels::ReceiveMessage(control, message);
    if (result == channels::ReceiveResult::closed) return 3;
    if (result == channels::ReceiveResult::empty) continue;
    if (message.order.kind == MessageKind::accept) board.established.Add();
    if (message.order.kind == MessageKind::give_to && message.descriptor) board.resumed.Add();
    if (message.order.kind == MessageKind::drain) return 0;
  }
}

int Obey(const Generation& generation, const HandshakerProgram::Borrowed& borrowed) {
  if (generation.number == kBroken) return 7;
  if (generation.number == kRefused) {
    channels::SendMessagePatiently(borrowed.control, {MessageKind::refuses, 2}, "b.key: no\tkey");
    return 1;
  }
  SharedFile<shared::HandshakerBoard> board(borrowed.board);
  TellCertificate(*board);
  channels::SendMessagePatiently(borrowed.control, {MessageKind::ready});
  return ObeyUntilTold(borrowed.control, *board);
}

struct Handshaking {
  ~Handshaking() {
    handshakers.Stop();
    Turn([this] { return handshakers.is_empty(); });
  }
  /// Three listeners, the first without TLS.
  GenerationPointer Make(int number, int count = 2) {
    auto generation = std::make_shared<Generation>();
    auto config = std::make_unique<config::Config>();
    config->handshakers.count = count;
    for (const char* name : {"plain", "a", "b"}) config->listeners.emplace_back().name = name;
    for (const std::size_t place : {1U, 2U}) {
      config::Tls& tls = config->listeners[place].tls.emplace();
      tls.where = {"tined.yaml", static_cast<int>(place), 1};
    }
    generation->config = std::move(config);
    generation->number = number;
    generations.push_back(generation);
    return generation;
  }
  /// Turns until `holds`, reaping as for SIGCHLD, but not for ever.
  template <typename Condition>
  void Turn(Condition holds) {
    const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
    while (!holds() && Clock::now() < deadline) {
      loop.Arm(tick, Clock::now() + std::chrono::milliseconds(5));
      loop.Turn();
      reaper.Reap();
    }
  }
  template <typename Condition>
  void TurnUntil(Condition holds) {
    Turn(holds);
    BOOST_REQUIRE(holds());
  }
  /// Brings in a generation whose handshakers accept.
  GenerationPointer Bring(int number) {
    const std::uint64_t before = handshakers.AllCounts().established;
    const GenerationPointer generation = Make(number);
    handshakers.Start(generation);
    TurnUntil([&] { return ready.size() == generations.size(); });
    handshakers.Switch(*generation);
    TurnUntil([&] { return handshakers.AllCounts().established == before + 2; });
    return generation;
  }
  [[nodiscard]] std::size_t Living() const { return handshakers.Describe().processes.size(); }

  loop::Loop loop;
  loop::Alarm tick{[] {}};
  children::Reaper reaper;
  std::vector<GenerationPointer> generations;
  std::vector<int> ready;
  std::vector<std::string> failed;
  int ended = 0;
  Handshakers handshakers{
      loop,
      reaper,
      Obey,
      [] { return 2; },
      {.on_ready = [this](const GenerationPointer& each) { ready.push_back(each->number); },
       .on_failed =
           [this](const GenerationPointer&, const StartFailure& failure) {
             for (const std::string& line : failure.Lines()) failed.push_back(line);
           },
       .on_end = [this] { ++ended; }}};
};

BOOST_FIXTURE_TEST_SUITE(HandshakersTest, Handshaking)

BOOST_AUTO_TEST_CASE(the_first_one_is_the_trial_and_the_others_follow) {
  handshakers.Start(Make(1));
  BOOST_TEST(Living() == 1U);
  TurnUntil([this] { return handshakers.AllCounts().count == 2U; });
  BOOST_TEST((ready == std::vector<int>{1}));
  BOOST_TEST(Living() == 2U);
}

BOOST_AUTO_TEST_CASE(nobody_accepts_before_the_workers_serve) {
  const GenerationPointer generation = Make(1);
  handshakers.Start(generation);
  TurnUntil([this] { return handshakers.AllCounts().count == 2U; });
  BOOST_TEST(handshakers.AllCounts().established == 0U);
  handshakers.Switch(*generation);
  TurnUntil([this] { return handshakers.AllCounts().established == 2U; });
}

BOOST_AUTO_TEST_CASE(what_the_first_one_refuses_has_a_place_and_a_text) {
  handshakers.Start(Make(kRefused));
  TurnUntil([this] { return !failed.empty(); });
  BOOST_TEST((failed == std::vector<std::string>{"tined.yaml:2:1: b.key: no?key"}));
  BOOST_TEST(handshakers.is_empty());
  BOOST_TEST(ready.empty());
}

BOOST_AUTO_TEST_CASE(one_that_ends_before_it_is_ready_fails_the_generation) {
  handshakers.Start(Make(kBroken));
  TurnUntil([this] { return !failed.empty(); });
  BOOST_TEST(failed.front().find("exit 7") != std::string::npos);
  BOOST_TEST(handshakers.is_empty());
}

BOOST_AUTO_TEST_CASE(those_of_the_generation_before_drain_when_the_next_accepts) {
  (void)Bring(1);
  (void)Bring(2);
  TurnUntil([this] { return Living() == 2U; });
  BOOST_TEST(ended == 2);
  BOOST_TEST(handshakers.AllCounts().established == 4U);
  BOOST_TEST(handshakers.AllCounts().restarts == 0U);
}

BOOST_AUTO_TEST_CASE(a_generation_that_is_given_up_leaves_those_before_as_they_are) {
  (void)Bring(1);
  const GenerationPointer next = Make(2);
  handshakers.Start(next);
  handshakers.GiveUp(*next);
  TurnUntil([this] { return ended == 1; });
  BOOST_TEST(handshakers.AllCounts().count == 2U);
  BOOST_TEST(failed.empty());
}

BOOST_AUTO_TEST_CASE(one_that_dies_is_replaced_and_accepts) {
  const GenerationPointer generation = Bring(1);
  const pid_t pid = handshakers.Describe().processes.front().pid;
  BOOST_TEST(test::Kill(pid, SIGKILL) == 0);
  TurnUntil([this] { return handshakers.AllCounts().established == 3U; });
  BOOST_TEST(handshakers.AllCounts().restarts == 1U);
  BOOST_TEST(handshakers.AllCounts().count == 2U);
  BOOST_TEST(failed.empty());
}

BOOST_AUTO_TEST_CASE(a_generation_without_tls_has_none) {
  (void)Bring(1);
  Generation plain;
  plain.number = 2;
  plain.config = std::make_unique<config::Config>();
  BOOST_TEST(plain.HandshakerCount() == 0);
  handshakers.Switch(plain);
  TurnUntil([this] { return handshakers.is_empty(); });
}

BOOST_AUTO_TEST_CASE(another_channel_is_told_to_all) {
  (void)Bring(1);
  handshakers.SendChannel();
  TurnUntil([this] { return handshakers.AllCounts().resumed == 2U; });
}

BOOST_AUTO_TEST_CASE(certificates_are_told_once_whoever_has_them) {
  (void)Bring(1);
  const auto certificates = handshakers.Certificates();
  BOOST_REQUIRE(certificates.size() == 1U);
  BOOST_TEST(certificates[0].listener == "b");
  BOOST_TEST(certificates[0].names == "a.example?");
  BOOST_TEST(certificates[0].expires == 1'900'000'000);
}

BOOST_AUTO_TEST_CASE(after_a_stop_nobody_is_replaced) {
  (void)Bring(1);
  handshakers.Stop();
  TurnUntil([this] { return handshakers.is_empty(); });
  BOOST_TEST(ended == 2);
  BOOST_TEST(handshakers.AllCounts().count == 0U);
  BOOST_TEST(handshakers.AllCounts().established == 2U);
}

BOOST_AUTO_TEST_CASE(the_next_image_goes_on_with_them_until_it_has_its_own) {
  (void)Bring(1);
  const State::Handshakers state = handshakers.Describe();
  BOOST_TEST(state.tickets >= 0);
  BOOST_TEST(state.established == 2U);
  BOOST_REQUIRE(state.processes.size() == 2U);
  BOOST_TEST(state.processes[0].generation == 1);
  BOOST_TEST(state.processes[0].drain_time >= 10'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor
