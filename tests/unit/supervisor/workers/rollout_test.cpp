// Generations brought into a pool whose workers are small real children: they say that they are
// ready and end when they are told to.
#include "supervisor/workers/rollout.hpp"

#include <poll.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "channels/control_pair.hpp"

namespace tined::supervisor {
namespace {

using channels::MessageKind;

/// Generations with this number have workers that end before they are ready.
constexpr int kBrokenWorkers = 99;

int ServeUntilTold(const channels::WorkerStart& start) {
  if (start.generation == kBrokenWorkers) return 7;
  channels::SendMessagePatiently(start.control, {MessageKind::ready});
  for (;;) {
    pollfd line{.fd = start.control, .events = POLLIN, .revents = 0};
    (void)::poll(&line, 1, -1);
    channels::Message message;
    const channels::ReceiveResult result = channels::ReceiveMessage(start.control, message);
    if (result == channels::ReceiveResult::closed) return 0;
    if (result == channels::ReceiveResult::empty) continue;
    if (message.order.kind == MessageKind::drain || message.order.kind == MessageKind::stop) {
      return 0;
    }
  }
}

struct Rolling {
  ~Rolling() {
    pool.Stop();
    Turn([this] { return pool.is_empty(); });
  }
  static GenerationPointer Make(int number) {
    auto generation = std::make_shared<Generation>();
    auto config = std::make_unique<config::Config>();
    config->rescue = false;
    generation->config = std::move(config);
    generation->number = number;
    generation->scale = 2;
    return generation;
  }
  void Begin(int number) {
    rollout.Begin(
        Make(number),
        {.on_done = [this](const GenerationPointer& each) { done.push_back(each->number); },
         .on_failed =
             [this](const StartFailure& failure) {
               for (const std::string& line : failure.Lines()) failed.push_back(line);
             }});
  }
  /// Begins one whose spawner never says that it is ready.
  GenerationPointer BeginWithSpawner(int number) {
    const GenerationPointer generation = Make(number);
    generation->executors.push_back(std::make_unique<Generation::Executors>());
    generation->executors[0]->Renew();
    generation->executors[0]->board = std::make_shared<SharedFile<shared::ExecutorBoard>>("board");
    rollout.Begin(generation, {});
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
  [[nodiscard]] int ChildrenOf(int generation) const {
    int count = 0;
    for (const auto& child : pool.children()) count += child->generation->number == generation;
    return count;
  }

  loop::Loop loop;
  loop::Alarm tick{[] {}};
  children::Reaper reaper;
  std::vector<int> done;
  std::vector<std::string> failed;
  Pool pool{
      loop,
      reaper,
      ServeUntilTold,
      {channels::MakeHandoffChannel(), -1, {}},
      {[this](Child& child) { rollout.OnReady(child); },
       [this](const Child& child, const Death& death) { rollout.OnDeath(child, death); }, [] {}}};
  Spawners spawners{loop,
                    reaper,
                    [](const Generation&, std::size_t, int) { return 7; },
                    {.on_ready = {},
                     .on_failed = [](const GenerationPointer&, const StartFailure&) {},
                     .on_channel = {},
                     .on_end = [] {}}};
  Handshakers handshakers{loop,
                          reaper,
                          [](const Generation&, const HandshakerProgram::Borrowed&) { return 7; },
                          [] { return -1; },
                          {.on_ready = {},
                           .on_failed = [](const GenerationPointer&, const StartFailure&) {},
                           .on_end = [] {}}};
  Rollout rollout{loop, pool, spawners, handshakers};
};

BOOST_FIXTURE_TEST_SUITE(RolloutTest, Rolling)

BOOST_AUTO_TEST_CASE(every_slot_serves_when_a_rollout_is_done) {
  Begin(1);
  BOOST_TEST(rollout.is_running());
  BOOST_TEST(ChildrenOf(1) == 1);
  TurnUntil([this] { return !done.empty(); });
  BOOST_TEST((done == std::vector<int>{1}));
  BOOST_TEST(pool.IsComplete());
  BOOST_TEST(ChildrenOf(1) == 2);
  BOOST_TEST(!rollout.is_running());
}

BOOST_AUTO_TEST_CASE(the_generation_before_drains_when_the_next_one_serves) {
  Begin(1);
  TurnUntil([this] { return done.size() == 1; });
  Begin(2);
  TurnUntil([this] { return done.size() == 2; });
  TurnUntil([this] { return ChildrenOf(1) == 0; });
  BOOST_TEST(ChildrenOf(2) == 2);
  BOOST_TEST(pool.DrainingGenerations() == 0);
}

BOOST_AUTO_TEST_CASE(a_canary_that_ends_leaves_everything_as_it_was) {
  Begin(1);
  TurnUntil([this] { return done.size() == 1; });
  Begin(kBrokenWorkers);
  TurnUntil([this] { return !failed.empty(); });
  BOOST_TEST(failed.front().find("exit 7") != std::string::npos);
  BOOST_TEST(pool.generation()->number == 1);
  BOOST_TEST(pool.IsComplete());
  BOOST_TEST(done.size() == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_is_told_of_the_end_of_one_that_was_abandoned) {
  Begin(kBrokenWorkers);
  rollout.Abandon();
  BOOST_TEST(!rollout.is_running());
  BOOST_TEST(rollout.generation()->number == kBrokenWorkers);
  TurnUntil([this] { return pool.is_empty(); });
  BOOST_TEST(done.empty());
  BOOST_TEST(failed.empty());
}

BOOST_AUTO_TEST_CASE(a_spawner_that_gets_ready_after_the_rollout_was_abandoned_brings_no_worker) {
  const GenerationPointer generation = BeginWithSpawner(1);
  rollout.Abandon();
  rollout.OnSpawnerReady(generation);
  BOOST_TEST(pool.is_empty());
  TurnUntil([this] { return spawners.is_empty(); });
}

BOOST_AUTO_TEST_CASE(a_canary_that_gets_ready_after_the_rollout_was_abandoned_fills_no_slot) {
  Begin(1);
  rollout.Abandon();
  const Child& canary = *pool.children().front();
  TurnUntil([&] { return canary.state == ChildState::serving; });
  BOOST_TEST(ChildrenOf(1) == 1);
  BOOST_TEST(pool.generation() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_worker_that_dies_is_replaced_in_its_slot) {
  Begin(1);
  TurnUntil([this] { return done.size() == 1; });
  pool.KillAll();
  TurnUntil([this] { return pool.slots().Restarts() == 2 && pool.IsComplete(); });
  BOOST_TEST(ChildrenOf(1) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor
