#include "protocol/http2/client_waits.hpp"

#include <boost/test/unit_test.hpp>

#include "loop/loop.hpp"

namespace tined::http2 {
namespace {

using std::chrono::seconds;

constexpr TimePoint kBegin{std::chrono::hours(1)};

TimePoint At(int second) { return kBegin + seconds(second); }

struct Scene {
  Scene() {
    timeouts.body = seconds(10);
    timeouts.body_rate = Bytes{100};
    timeouts.write = seconds(20);
    timeouts.write_rate = Bytes{100};
  }
  LiveStream& Add(std::uint32_t id) { return session.streams.try_emplace(id, id).first->second; }
  /// One whose content is waited for.
  LiveStream& AddUpload(std::uint32_t id) {
    LiveStream& stream = Add(id);
    stream.wants_body = true;
    return stream;
  }
  /// One that has a thousand bytes to send.
  LiveStream& AddDownload(std::uint32_t id) {
    LiveStream& stream = Add(id);
    stream.outgoing = std::make_unique<Outgoing>(answer::Bytes{{}, std::string(1000, 'x')}, files);
    return stream;
  }
  void Block(LiveStream& stream) const {
    stream.send_credit = -static_cast<std::int32_t>(session.client.initial_window_size);
  }
  void BlockConnection() { session.send_credit = -static_cast<std::int32_t>(kDefaultWindow); }
  [[nodiscard]] std::optional<TimePoint> Note(TimePoint now) { return waits.Note(session, now); }

  ledger::Ledger memory{1, 1U << 20};
  loop::Loop loop;
  config::Threads settings;
  backends::Threads threads{loop, settings, memory.board().threads};
  backends::FileReader files{loop, threads};
  config::Timeouts timeouts;
  ClientWaits waits{timeouts};
  Session session;
};

BOOST_FIXTURE_TEST_SUITE(ClientWaitsTest, Scene)

BOOST_AUTO_TEST_CASE(nobody_is_waited_for_where_nothing_is_the_clients_to_send) {
  BOOST_TEST(!Note(kBegin).has_value());
  AddDownload(1);
  AddUpload(3).is_request_whole = true;
  AddUpload(5).is_held_back = true;
  BOOST_TEST(!Note(kBegin).has_value());
  BOOST_TEST(!waits.IsOver(*session.Find(1), At(1000)));
}

BOOST_AUTO_TEST_CASE(content_that_does_not_come_has_its_time) {
  LiveStream& stream = AddUpload(1);
  BOOST_TEST((Note(kBegin) == At(10)));
  (void)Note(At(9));
  BOOST_TEST(!waits.IsOver(stream, At(9)));
  BOOST_TEST(waits.IsOver(stream, At(10)));
}

BOOST_AUTO_TEST_CASE(content_that_comes_too_slowly_has_it_as_well) {
  LiveStream& stream = AddUpload(1);
  (void)Note(kBegin);
  for (int second = 1; second < 10; ++second) {
    stream.received += 99;
    (void)Note(At(second));
    BOOST_TEST(!waits.IsOver(stream, At(second)));
  }
  (void)Note(At(10));
  BOOST_TEST(waits.IsOver(stream, At(10)));
}

BOOST_AUTO_TEST_CASE(content_that_comes_fast_enough_may_come_for_ever) {
  LiveStream& stream = AddUpload(1);
  (void)Note(kBegin);
  for (int second = 1; second < 100; ++second) {
    stream.received += 101;
    (void)Note(At(second));
    BOOST_TEST(!waits.IsOver(stream, At(second)));
  }
}

BOOST_AUTO_TEST_CASE(a_window_that_does_not_open_has_its_time) {
  LiveStream& stream = AddDownload(1);
  Block(stream);
  BOOST_TEST((Note(kBegin) == At(20)));
  BOOST_TEST(!waits.IsOver(stream, At(19)));
  BOOST_TEST(waits.IsOver(stream, At(20)));
}

BOOST_AUTO_TEST_CASE(a_window_that_opens_too_slowly_has_it_as_well) {
  LiveStream& stream = AddDownload(1);
  Block(stream);
  (void)Note(kBegin);
  for (int second = 1; second < 20; ++second) {
    stream.sent += 99;
    (void)Note(At(second));
    BOOST_TEST(!waits.IsOver(stream, At(second)));
  }
  stream.sent += 99;
  (void)Note(At(20));
  BOOST_TEST(waits.IsOver(stream, At(20)));
}

BOOST_AUTO_TEST_CASE(what_waits_for_its_turn_is_not_the_clients_fault) {
  LiveStream& first = AddDownload(1);
  LiveStream& second = AddDownload(3);
  BlockConnection();
  (void)Note(kBegin);
  // The connection gets on: all that the client allows is the first one's.
  for (int time = 1; time < 100; ++time) {
    session.sent += 1000;
    first.sent += 1000;
    (void)Note(At(time));
    BOOST_TEST(!waits.IsOver(first, At(time)));
    BOOST_TEST(!waits.IsOver(second, At(time)));
  }
  (void)Note(At(100));
  BOOST_TEST(!waits.IsOver(first, At(100)));
  BOOST_TEST(!waits.IsOver(second, At(100)));
  BOOST_TEST((Note(At(100)) == At(119)));
  BOOST_TEST(waits.IsOver(second, At(119)));
}

BOOST_AUTO_TEST_CASE(time_that_a_handler_takes_does_not_count) {
  LiveStream& stream = AddDownload(1);
  Block(stream);
  (void)Note(kBegin);
  stream.send_credit = 0;
  BOOST_TEST(!Note(At(19)).has_value());
  Block(stream);
  BOOST_TEST((Note(At(30)) == At(50)));
  BOOST_TEST(!waits.IsOver(stream, At(49)));
}

BOOST_AUTO_TEST_CASE(a_header_that_has_begun_has_its_time_whatever_streams_wait_for) {
  timeouts.header = seconds(5);
  session.part = {.size = 5, .position = 100};
  BOOST_TEST(!Note(kBegin).has_value());
  AddDownload(1);
  BOOST_TEST((Note(kBegin) == At(5)));
  for (int second = 1; second < 5; ++second) {
    session.part.size += 1000;
    (void)Note(At(second));
    BOOST_TEST(!waits.IsPartOver(session, At(second)));
  }
  BOOST_TEST(waits.IsPartOver(session, At(5)));
  // Another one has its own.
  session.part.position = 200;
  BOOST_TEST((Note(At(6)) == At(11)));
  session.part = {};
  BOOST_TEST(!Note(At(7)).has_value());
  BOOST_TEST(!waits.IsPartOver(session, At(100)));
}

BOOST_AUTO_TEST_CASE(content_counts_before_its_frame_is_whole) {
  LiveStream& stream = AddUpload(1);
  session.part = {.size = 10, .stream = 1, .position = 100};
  (void)Note(kBegin);
  for (int second = 1; second < 40; ++second) {
    session.part.size += 101;
    (void)Note(At(second));
    BOOST_TEST(!waits.IsOver(stream, At(second)));
    BOOST_TEST(!waits.IsPartOver(session, At(second)));
  }
  BOOST_TEST(waits.IsOver(stream, At(50)));
}

BOOST_AUTO_TEST_CASE(content_that_no_stream_waits_for_has_the_time_of_content) {
  AddDownload(1);
  session.part = {.size = 10, .stream = 3, .position = 100};
  BOOST_TEST((Note(kBegin) == At(10)));
  for (int second = 1; second < 30; ++second) {
    session.part.size += 101;
    (void)Note(At(second));
    BOOST_TEST(!waits.IsPartOver(session, At(second)));
  }
  BOOST_TEST(waits.IsPartOver(session, At(39)));
}

BOOST_AUTO_TEST_CASE(the_earliest_of_all_is_looked_at_first) {
  Block(AddDownload(1));
  (void)Note(kBegin);
  AddUpload(3);
  BOOST_TEST((Note(At(5)) == At(15)));
  session.streams.erase(3);
  BOOST_TEST((Note(At(6)) == At(20)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http2
