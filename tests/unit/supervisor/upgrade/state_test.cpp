#include "supervisor/upgrade/state.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "base/error.hpp"

using namespace tined;
using namespace tined::supervisor;

namespace {

State Some() {
  State state;
  state.ledger = LedgerForm();
  state.version = "1.2.3";
  state.binary = "/usr/sbin/tined";
  state.program = 7;
  state.tally.upgrades_done = 4;
  state.sockets.push_back({"unix:/run/x", 8, "/run/x", 1, 2});
  state.passed.push_back({"web", 0});
  state.generations.push_back(
      {3, 30000, true, "/var/log/a", true, 65534, 65533, {65533, 7}, 0, {{"local", 0}}});
  state.pool.limits.rates = {14, 1, 2, 3};
  state.pool.limits.in_flight.file = 15;
  state.pool.limits.clients.file = 16;
  state.pool.take_channel = 9;
  state.pool.give_channel = 10;
  state.pool.slots.emplace_back().past.modules["fib.calls"] = 5;
  State::Child& child = state.pool.children.emplace_back();
  child.pid = 100;
  child.state = "serving";
  child.process = 11;
  child.line = 12;
  child.ledger = 13;
  child.in_flight_part = 4;
  return state;
}

Descriptor MemoryWith(const std::string& text) {
  Descriptor memory = Write(Some());
  Check(::ftruncate(memory.get(), 0), "ftruncate");
  Check(::pwrite(memory.get(), text.data(), text.size(), 0), "pwrite");
  return memory;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state)

BOOST_AUTO_TEST_CASE(is_read_as_it_was_written) {
  const Descriptor memory = Write(Some());
  const State state = Read(memory.get());
  BOOST_TEST(state.version == "1.2.3");
  BOOST_TEST(state.tally.upgrades_done == 4);
  BOOST_TEST(state.sockets.at(0).path == "/run/x");
  BOOST_TEST(state.generations.at(0).listeners.at(0).name == "local");
  BOOST_TEST(state.pool.slots.at(0).past.modules.at("fib.calls") == 5U);
  BOOST_TEST(state.pool.children.at(0).pid == 100);
  BOOST_TEST(state.pool.children.at(0).in_flight_part == 4U);
  BOOST_TEST(state.pool.children.at(0).clients_part == State::kNone);
  BOOST_TEST(state.pool.limits.rates.file == 14);
  BOOST_TEST(state.pool.limits.rates.second_key == 3U);
  BOOST_TEST(state.control == State::kNone);
}

BOOST_AUTO_TEST_CASE(can_be_read_twice) {
  const Descriptor memory = Write(Some());
  (void)Read(memory.get());
  BOOST_TEST(Read(memory.get()).binary == "/usr/sbin/tined");
}

BOOST_AUTO_TEST_CASE(names_every_descriptor) {
  const std::vector<int> expected = {7, 9, 10, 8, 11, 12, 13, 14, 15, 16};
  BOOST_TEST(Some().Descriptors() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_another_form_is_refused_in_words) {
  State other = Some();
  other.ledger = "another";
  const Descriptor memory = Write(other);
  BOOST_CHECK_EXCEPTION((void)Read(memory.get()), std::runtime_error, [](const auto& error) {
    return std::string(error.what()).find("1.2.3 hands over in another form") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(that_makes_no_sense_is_refused) {
  for (const std::string text : {"", "nonsense", "{}", "{\"format\":1}", "[]"}) {
    const Descriptor memory = MemoryWith(text);
    BOOST_CHECK_THROW((void)Read(memory.get()), std::runtime_error);
  }
}

BOOST_AUTO_TEST_SUITE_END()
