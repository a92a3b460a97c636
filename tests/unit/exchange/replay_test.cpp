#include "exchange/replay.hpp"

#include <boost/test/unit_test.hpp>

namespace tined::exchange {
namespace {

using config::Replay;
using http::Method;
using ledger::Fate;

BOOST_AUTO_TEST_SUITE(ReplayTest)

BOOST_AUTO_TEST_CASE(a_request_that_nobody_has_begun_runs) {
  for (const Replay allowed : {Replay::safe, Replay::idempotent, Replay::none}) {
    BOOST_TEST((Judge(Fate::untouched, Method::post, {allowed}, 0) == Verdict::run));
  }
}

BOOST_AUTO_TEST_CASE(a_culprit_never_runs_again) {
  BOOST_TEST((Judge(Fate::culprit, Method::get, {Replay::idempotent}, 0) == Verdict::failed));
}

BOOST_AUTO_TEST_CASE(interrupted_requests_run_again_where_that_is_allowed) {
  const auto runs = [](Method method, Replay allowed) {
    return Judge(Fate::interrupted, method, {allowed}, 0) == Verdict::run;
  };
  for (const Method method : {Method::get, Method::head, Method::options}) {
    BOOST_TEST(runs(method, Replay::safe));
    BOOST_TEST(runs(method, Replay::idempotent));
    BOOST_TEST(!runs(method, Replay::none));
  }
  for (const Method method : {Method::put, Method::del}) {
    BOOST_TEST(!runs(method, Replay::safe));
    BOOST_TEST(runs(method, Replay::idempotent));
  }
  for (const Method method : {Method::post, Method::patch, Method::other}) {
    BOOST_TEST(!runs(method, Replay::idempotent));
  }
}

BOOST_AUTO_TEST_CASE(what_was_interrupted_twice_does_not_run_a_third_time) {
  BOOST_TEST(
      (Judge(Fate::interrupted, Method::get, {Replay::safe}, 1) == Verdict::outcome_unknown));
}

BOOST_AUTO_TEST_CASE(a_handler_in_another_process_is_no_reason_for_its_workers_end) {
  const auto runs = [](Replay allowed, int replays) {
    return Judge(Fate::interrupted, Method::get, {allowed, true}, replays) == Verdict::run;
  };
  for (const int replays : {0, 1, 7}) BOOST_TEST(runs(Replay::safe, replays));
  BOOST_TEST(!runs(Replay::safe, 8));
  BOOST_TEST(!runs(Replay::none, 0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::exchange
