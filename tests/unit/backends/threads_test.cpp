#include "backends/threads.hpp"

#include <poll.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <latch>
#include <thread>

#include "base/pipe.hpp"

using namespace tined;
using backends::Job;
using backends::Threads;

namespace {

class TestJob final : public Job {
 public:
  TestJob(std::function<void()> run, std::function<void()> finish)
      : run_(std::move(run)), finish_(std::move(finish)) {}
  void Run() noexcept override { run_(); }
  void Finish() noexcept override { finish_(); }

 private:
  std::function<void()> run_;
  std::function<void()> finish_;
};

struct Pool {
  explicit Pool(int count, int queue, Duration timeout = std::chrono::seconds(60))
      : settings{count, queue, timeout} {}

  bool Post(std::function<void()> run) {
    return threads.Post(std::make_shared<TestJob>(std::move(run), [this] { ++finished; }));
  }
  /// Turns the loop until that many jobs have finished.
  void WaitFor(int count) {
    WaitUntil([&] { return finished >= count; });
    BOOST_TEST(finished == count);
  }
  void WaitUntil(const std::function<bool()>& holds) {
    const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
    loop::Alarm patience([] {});
    loop.Arm(patience, deadline);
    while (!holds() && Clock::now() < deadline) loop.Turn();
    BOOST_TEST(holds());
  }

  const config::Threads settings;
  loop::Loop loop;
  ledger::ThreadFigures figures;
  Threads threads{loop, settings, figures};
  int finished = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ThreadsTest)

BOOST_AUTO_TEST_CASE(jobs_run_elsewhere_and_finish_on_the_loop) {
  Pool pool(2, 10);
  std::atomic<bool> is_elsewhere = false;
  const auto here = std::this_thread::get_id();
  BOOST_TEST(pool.Post([&] { is_elsewhere = std::this_thread::get_id() != here; }));
  pool.WaitFor(1);
  BOOST_TEST(is_elsewhere);
}

BOOST_AUTO_TEST_CASE(as_many_run_at_once_as_there_are_threads) {
  Pool pool(4, 0);
  // Each ends only when all are there.
  std::latch all(4);
  for (int i = 0; i < 4; ++i) BOOST_TEST(pool.Post([&] { all.arrive_and_wait(); }));
  pool.WaitFor(4);
}

BOOST_AUTO_TEST_CASE(what_neither_runs_nor_fits_the_queue_is_refused) {
  Pool pool(2, 3);
  std::latch go(1);
  for (int i = 0; i < 5; ++i) BOOST_TEST(pool.Post([&] { go.wait(); }));
  BOOST_TEST(!pool.Post([] {}));
  const auto next = std::make_shared<TestJob>([] {}, [&] { ++pool.finished; });
  BOOST_TEST(pool.threads.PostNext(next));
  go.count_down();
  pool.WaitFor(6);
  BOOST_TEST(pool.Post([] {}));
  pool.WaitFor(7);
}

BOOST_AUTO_TEST_CASE(quiescing_drops_what_waits_and_waits_for_what_runs) {
  Pool pool(1, 10);
  std::latch has_begun(1);
  std::latch go(1);
  std::atomic<int> runs = 0;
  const auto run = [&] {
    ++runs;
    has_begun.count_down();
    go.wait();
  };
  BOOST_TEST(pool.Post(run));
  has_begun.wait();
  BOOST_TEST(pool.Post([&] { ++runs; }));
  BOOST_TEST(!pool.threads.Quiesce(std::chrono::milliseconds(20)));
  go.count_down();
  BOOST_TEST(pool.threads.Quiesce(std::chrono::seconds(20)));
  BOOST_TEST(runs == 1);
}

BOOST_AUTO_TEST_CASE(a_job_that_does_not_come_back_is_answered_for_and_its_thread_replaced) {
  /// Until it is let go: in a call that ThreadSanitizer knows to wait, where alone it delivers a
  /// signal at once.
  struct Hanging final : public Job {
    void Run() noexcept override {
      pollfd closed{.fd = gate.read.get(), .events = 0, .revents = 0};
      while (::poll(&closed, 1, -1) != 1) {
      }
    }
    void Finish() noexcept override { ++finished; }
    bool OnOverdue() noexcept override { return ++overdue > 0; }
    void LogOverdue(std::string_view its_stack) const noexcept override { stack = its_stack; }
    Pipe gate = MakePipe();
    int overdue = 0;
    int finished = 0;
    mutable std::string stack = "none";
  };
  Pool pool(1, 10, std::chrono::milliseconds(100));
  const auto hanging = std::make_shared<Hanging>();
  BOOST_TEST(pool.threads.Post(hanging));
  // Waits for the only thread there may be.
  BOOST_TEST(pool.Post([] {}));
  pool.WaitFor(1);
  BOOST_TEST(hanging->overdue == 1);
  BOOST_TEST(hanging->stack.find("+0x") != std::string::npos, hanging->stack);
  BOOST_TEST(pool.figures.lost.get() == 1U);
  BOOST_TEST(pool.figures.busy.get() == 0U);
  BOOST_TEST(!pool.threads.Quiesce(std::chrono::milliseconds(0)));
  hanging->gate.write.Reset();
  pool.WaitUntil([&] { return hanging->finished == 1; });
  BOOST_TEST(pool.figures.lost.get() == 0U);
  BOOST_TEST(hanging->overdue == 1);
}

BOOST_AUTO_TEST_CASE(what_is_no_handler_has_all_the_time) {
  Pool pool(1, 10, std::chrono::milliseconds(100));
  BOOST_TEST(pool.Post([] { std::this_thread::sleep_for(std::chrono::milliseconds(400)); }));
  pool.WaitFor(1);
  BOOST_TEST(pool.figures.lost.get() == 0U);
}

BOOST_AUTO_TEST_CASE(many_jobs_all_finish) {
  Pool pool(3, 100'000);
  std::atomic<int> runs = 0;
  for (int i = 0; i < 20'000; ++i) BOOST_REQUIRE(pool.Post([&] { ++runs; }));
  pool.WaitFor(20'000);
  BOOST_TEST(runs == 20'000);
}

BOOST_AUTO_TEST_SUITE_END()
