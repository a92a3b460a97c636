#include "supervisor/rescue/blame.hpp"

#include <signal.h>

#include <boost/test/unit_test.hpp>

namespace tined::supervisor {
namespace {

constexpr pid_t kWorker = 4711;
const std::uint64_t kOnLoop = ledger::Handling{3, 1}.Word();
const std::uint64_t kOnThread = ledger::Handling{8, 2}.Word();

LastWords Signal(int number) {
  return {.death = {true, number, false}, .pid = kWorker, .handling = kOnLoop};
}

LastWords Noted(int number, int code, pid_t sender, std::uint64_t handling) {
  LastWords words = Signal(number);
  words.note_signal = number;
  words.note_code = code;
  words.note_sender = sender;
  words.note_handling = handling;
  return words;
}

BOOST_AUTO_TEST_SUITE(BlameTest)

BOOST_AUTO_TEST_CASE(a_fault_is_the_request_of_the_thread_that_faulted) {
  BOOST_TEST(CulpritOf(Noted(SIGSEGV, SEGV_MAPERR, 0, kOnLoop)).record == 3U);
  BOOST_TEST(CulpritOf(Noted(SIGSEGV, SEGV_MAPERR, 0, kOnThread)).record == 8U);
  BOOST_TEST(CulpritOf(Noted(SIGSEGV, SEGV_MAPERR, 0, kOnThread)).route == 2U);
}

BOOST_AUTO_TEST_CASE(a_fault_of_a_thread_without_request_is_nobodys) {
  BOOST_TEST(CulpritOf(Noted(SIGSEGV, SEGV_MAPERR, 0, 0)).record == 0U);
}

BOOST_AUTO_TEST_CASE(abort_is_the_requests_own_signal) {
  BOOST_TEST(CulpritOf(Noted(SIGABRT, SI_TKILL, kWorker, kOnLoop)).record == 3U);
}

BOOST_AUTO_TEST_CASE(a_signal_from_outside_is_no_requests_fault) {
  BOOST_TEST(CulpritOf(Noted(SIGSEGV, SI_USER, 1, kOnLoop)).record == 0U);
  BOOST_TEST(CulpritOf(Noted(SIGABRT, SI_QUEUE, 1, kOnLoop)).record == 0U);
}

BOOST_AUTO_TEST_CASE(sigkill_is_no_requests_fault) {
  BOOST_TEST(CulpritOf(Signal(SIGKILL)).record == 0U);
  // Though a crash had been noted before the kill came.
  LastWords words = Noted(SIGSEGV, SEGV_MAPERR, 0, kOnLoop);
  words.death.number = SIGKILL;
  BOOST_TEST(CulpritOf(words).record == 0U);
}

BOOST_AUTO_TEST_CASE(a_handler_that_exits_is_the_one_on_the_loop) {
  LastWords words = Signal(0);
  words.death = {false, 3, false};
  BOOST_TEST(CulpritOf(words).record == 3U);
}

BOOST_AUTO_TEST_CASE(an_exit_that_is_noted_is_its_threads) {
  LastWords words = Noted(ledger::CrashNote::kExit, 0, 0, kOnThread);
  words.death = {false, 0, false};
  BOOST_TEST(CulpritOf(words).record == 8U);
}

BOOST_AUTO_TEST_CASE(what_hung_the_loop_is_at_fault_whatever_ended_it) {
  for (const int signal : {SIGABRT, SIGKILL}) {
    LastWords words = Signal(signal);
    words.was_hung = true;
    BOOST_TEST(CulpritOf(words).record == 3U);
  }
}

BOOST_AUTO_TEST_CASE(an_end_from_within_speaks_against_what_the_loop_was_at_work_on) {
  LastWords words = Noted(SIGSEGV, SEGV_MAPERR, 0, 0);
  words.note_thread = kWorker;
  BOOST_TEST((SuspicionOf(words) == Suspicion::fault));
  words.note_thread = kWorker + 1;
  BOOST_TEST((SuspicionOf(words) == Suspicion::none));
  words = Signal(SIGKILL);
  words.was_hung = true;
  BOOST_TEST((SuspicionOf(words) == Suspicion::fault));
  // A fault that could not be noted.
  BOOST_TEST((SuspicionOf(Signal(SIGSEGV)) == Suspicion::fault));
}

BOOST_AUTO_TEST_CASE(an_end_from_outside_speaks_for_little) {
  BOOST_TEST((SuspicionOf(Signal(SIGKILL)) == Suspicion::kill));
  LastWords words = Noted(SIGSEGV, SI_USER, 1, 0);
  words.note_thread = kWorker;
  BOOST_TEST((SuspicionOf(words) == Suspicion::kill));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::supervisor
