// Who fills which slot, with children that are no processes.
#include "supervisor/workers/slots.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

namespace tined::supervisor {
namespace {

struct Filling {
  Filling() { generation->config = std::make_unique<config::Config>(); }
  Child* Fork(int slot) {
    if (is_full) return nullptr;
    children.push_back(std::make_unique<Child>(slot, generation));
    return children.back().get();
  }
  /// `size` slots, each with a child that serves.
  void Begin(int size) {
    slots.Begin(size, generation->config->workers.restart, *Fork(0));
    for (const auto& child : children) child->state = ChildState::serving;
  }
  /// Turns until `slot` has a child.
  void AwaitFilled(int slot) {
    while (slots.ChildOf(slot) == nullptr) loop.Turn();
  }

  loop::Loop loop;
  GenerationPointer generation = std::make_shared<Generation>();
  std::vector<std::unique_ptr<Child>> children;
  bool is_full = false;
  Slots slots{loop, [this](int slot) { return Fork(slot); }};
};

BOOST_FIXTURE_TEST_SUITE(SlotsTest, Filling)

BOOST_AUTO_TEST_CASE(the_first_child_fills_slot_0_and_others_are_forked) {
  Child* const canary = Fork(0);
  slots.Begin(3, {}, *canary);
  BOOST_TEST(slots.ChildOf(0) == canary);
  BOOST_TEST(children.size() == 3U);
  BOOST_TEST(!slots.IsComplete());
  for (const auto& child : children) child->state = ChildState::serving;
  BOOST_TEST(slots.IsComplete());
}

BOOST_AUTO_TEST_CASE(whoever_filled_the_slots_before_has_none) {
  Begin(2);
  Child& old = *slots.ChildOf(1);
  slots.Begin(2, {}, *Fork(0));
  BOOST_TEST(!slots.Has(old));
}

BOOST_AUTO_TEST_CASE(slots_beyond_the_size_are_emptied_and_new_ones_filled) {
  Begin(3);
  const Child& third = *slots.ChildOf(2);
  slots.Resize(2);
  BOOST_TEST(!slots.Has(third));
  BOOST_TEST((slots.ChildOf(2) == nullptr));
  slots.Resize(4);
  BOOST_TEST((slots.ChildOf(3) != nullptr));
  slots.Resize(0);
  BOOST_TEST(slots.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_successor_takes_the_slot_when_it_is_ready) {
  Begin(1);
  Child* const old = slots.ChildOf(0);
  BOOST_TEST(slots.Replace(0));
  BOOST_TEST(!slots.Replace(0));
  BOOST_TEST(slots.IsReplacing());
  Child* const successor = children.back().get();
  BOOST_TEST(slots.ChildOf(0) == old);
  BOOST_TEST(slots.OnReady(*successor) == old);
  BOOST_TEST(slots.ChildOf(0) == successor);
  BOOST_TEST(!slots.IsReplacing());
}

BOOST_AUTO_TEST_CASE(one_that_does_not_serve_is_not_replaced) {
  Begin(1);
  slots.ChildOf(0)->state = ChildState::starting;
  BOOST_TEST(!slots.Replace(0));
}

BOOST_AUTO_TEST_CASE(a_successor_fills_the_slot_of_one_that_dies_at_once) {
  Begin(1);
  const Child& old = *slots.ChildOf(0);
  BOOST_TEST(slots.Replace(0));
  slots.Refill(old, Clock::now(), std::chrono::seconds(5));
  BOOST_TEST(slots.ChildOf(0) == children.back().get());
  BOOST_TEST(slots.Restarts(0) == 1);
}

BOOST_AUTO_TEST_CASE(a_slot_waits_before_it_is_filled_again) {
  Begin(2);
  slots.Refill(*slots.ChildOf(1), Clock::now(), std::chrono::milliseconds(20));
  BOOST_TEST((slots.ChildOf(1) == nullptr));
  BOOST_TEST(slots.WaitOf(1).has_value());
  BOOST_TEST(!slots.WaitOf(0).has_value());
  AwaitFilled(1);
  BOOST_TEST(!slots.WaitOf(1).has_value());
}

BOOST_AUTO_TEST_CASE(a_fork_that_fails_is_tried_again) {
  Begin(1);
  is_full = true;
  slots.Refill(*slots.ChildOf(0), Clock::now(), Duration(0));
  BOOST_TEST((slots.ChildOf(0) == nullptr));
  BOOST_TEST((slots.WaitOf(0) > Duration(0)));
  is_full = false;
  AwaitFilled(0);
}

BOOST_AUTO_TEST_CASE(no_slot_is_filled_again_once_all_are_emptied) {
  Begin(1);
  slots.Refill(*slots.ChildOf(0), Clock::now(), std::chrono::milliseconds(10));
  slots.EmptyAll();
  BOOST_TEST(!slots.WaitOf(0).has_value());
  BOOST_TEST(children.size() == 1U);
}

BOOST_AUTO_TEST_CASE(counts_and_restarts_go_on_in_the_next_image) {
  Begin(1);
  Child& child = *slots.ChildOf(0);
  child.ledger = std::make_unique<ledger::Ledger>(1, ledger::Ledger::kArenaSize);
  child.board().requests.Set(7);
  child.board().connections_open.Set(2);
  slots.Remember(child);
  slots.Refill(child, Clock::now(), Duration(0));
  Slots next(loop, [](int) { return nullptr; });
  next.Adopt(slots.size(), slots.Describe());
  BOOST_TEST(next.size() == 1);
  BOOST_TEST(next.PastOf(0).requests == 7U);
  BOOST_TEST(next.Past().connections_open == 0U);
  BOOST_TEST(next.Restarts() == 1);
  BOOST_TEST((next.ChildOf(0) == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor
