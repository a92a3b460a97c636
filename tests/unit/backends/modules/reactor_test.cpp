#include "backends/modules/reactor.hpp"

#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

using namespace tined;
using backends::Reactor;

namespace {

struct Counter final : Reactor::Sleeper {
  void OnSignal() noexcept override { ++called; }
  int called = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reactor)

BOOST_AUTO_TEST_CASE(a_signal_from_another_thread_ends_a_turn) {
  Reactor reactor;
  reactor.Prepare();
  Counter sleeper;
  std::thread other([&] { reactor.Signal(sleeper); });
  while (sleeper.called == 0) reactor.Turn();
  other.join();
  BOOST_TEST(sleeper.called == 1);
}

BOOST_AUTO_TEST_CASE(several_signals_before_a_turn_are_one) {
  Reactor reactor;
  reactor.Prepare();
  Counter sleeper;
  reactor.Signal(sleeper);
  reactor.Signal(sleeper);
  reactor.Turn();
  BOOST_TEST(sleeper.called == 1);
  reactor.Signal(sleeper);
  reactor.Turn();
  BOOST_TEST(sleeper.called == 2);
}

BOOST_AUTO_TEST_CASE(who_is_forgotten_is_not_called) {
  Reactor reactor;
  reactor.Prepare();
  Counter forgotten;
  Counter kept;
  reactor.Signal(forgotten);
  reactor.Signal(kept);
  reactor.Forget(forgotten);
  reactor.Forget(forgotten);
  reactor.Turn();
  BOOST_TEST(forgotten.called == 0);
  BOOST_TEST(kept.called == 1);
}

BOOST_AUTO_TEST_CASE(who_signals_itself_keeps_nobody_waiting) {
  struct Restless final : Reactor::Sleeper {
    explicit Restless(Reactor& own) : reactor(own) {}
    void OnSignal() noexcept override {
      ++called;
      reactor.Signal(*this);
    }
    Reactor& reactor;
    int called = 0;
  };
  Reactor reactor;
  reactor.Prepare();
  Restless restless(reactor);
  reactor.Signal(restless);
  // Each turn comes to its end.
  for (int i = 0; i < 3; ++i) reactor.Turn();
  BOOST_TEST(restless.called >= 3);
  reactor.Forget(restless);
}

BOOST_AUTO_TEST_CASE(no_signal_of_many_threads_is_lost) {
  Reactor reactor;
  reactor.Prepare();
  std::vector<Counter> sleepers(200);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t i = thread; i < sleepers.size(); i += 4) reactor.Signal(sleepers[i]);
    });
  }
  const auto is_missing = [](const Counter& sleeper) { return sleeper.called == 0; };
  while (std::any_of(sleepers.begin(), sleepers.end(), is_missing)) reactor.Turn();
  for (std::thread& thread : threads) thread.join();
  for (const Counter& sleeper : sleepers) BOOST_TEST(sleeper.called == 1);
}

BOOST_AUTO_TEST_CASE(a_wake_ends_a_turn_without_a_signal) {
  Reactor reactor;
  reactor.Prepare();
  reactor.Wake();
  reactor.Turn();
}

BOOST_AUTO_TEST_SUITE_END()
