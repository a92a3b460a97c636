#include "protocol/http2/saved_session.hpp"

#include <boost/test/unit_test.hpp>

#include "http/method.hpp"

using namespace tined;
using namespace tined::http2;

namespace {

constexpr std::size_t kMost = 16U << 10;

std::unique_ptr<http::OwnedRequest> RequestFor(std::string_view target) {
  static const http::Field field{http::Name::unknown, "x-field", "value"};
  http::Request request;
  request.major_version = 2;
  request.method_text = "GET";
  request.method = http::Method::get;
  request.target = request.path = request.raw_path = target;
  request.host = "a.example";
  request.fields = {&field, 1};
  return std::make_unique<http::OwnedRequest>(request);
}

LiveStream& Add(Session& session, std::uint32_t id, std::string_view target) {
  LiveStream& stream = session.streams.try_emplace(id, id).first->second;
  stream.request = RequestFor(target);
  session.last_stream = std::max(session.last_stream, id);
  return stream;
}

std::string SavedOf(Session& session, std::size_t most = kMost) {
  std::string bytes;
  (void)Save(session, most, bytes);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SavedSessionTest)

BOOST_AUTO_TEST_CASE(what_was_saved_is_restored) {
  Session session;
  session.has_preface = session.has_settings = session.has_encoded = true;
  session.client.max_frame_size = 20000;
  session.client.initial_window_size = 7;
  session.send_credit = -5;
  session.receive_left = 12;
  LiveStream& stream = Add(session, 5, "/a?b");
  stream.body = "some of it";
  stream.wants_body = true;
  stream.received = 10;
  stream.send_credit = 9;
  stream.content_length = 20;
  stream.exchange.replays = 1;
  stream.priority = {1, true};
  std::string bytes;
  BOOST_TEST(Save(session, kMost, bytes));
  Session next;
  BOOST_TEST_REQUIRE(Restore(bytes, next));
  BOOST_TEST(next.has_settings);
  BOOST_TEST(next.has_encoded);
  BOOST_TEST((next.client == session.client));
  BOOST_TEST(next.send_credit == -5);
  BOOST_TEST(next.receive_left == 12U);
  BOOST_TEST(next.last_stream == 5U);
  LiveStream* const found = next.Find(5);
  BOOST_TEST_REQUIRE(found != nullptr);
  BOOST_TEST(found->body == "some of it");
  BOOST_TEST(found->content_length.value_or(0) == 20U);
  BOOST_TEST(found->send_credit == 9);
  BOOST_TEST((found->priority == Priority{1, true}));
  BOOST_TEST((found->past == Past::none));
  const http::Request& request = found->request->get();
  BOOST_TEST(request.path == "/a");
  BOOST_TEST(request.query == "b");
  BOOST_TEST(request.fields.front().name == "x-field");
  BOOST_TEST(request.host == "a.example");
}

BOOST_AUTO_TEST_CASE(how_far_a_stream_has_come_is_told) {
  Session session;
  Add(session, 1, "/").is_at_work = true;
  LiveStream& answered = Add(session, 3, "/");
  answered.is_answered = true;
  answered.sent = 1000;
  answered.digest = 77;
  Add(session, 5, "/").request.reset();
  Session next;
  BOOST_TEST_REQUIRE(Restore(SavedOf(session), next));
  BOOST_TEST((next.Find(1)->past == Past::at_work));
  BOOST_TEST((next.Find(3)->past == Past::answered));
  BOOST_TEST(next.Find(3)->sent == 1000U);
  BOOST_TEST(next.Find(3)->digest == 77U);
  BOOST_TEST((next.Find(5)->past == Past::lost));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_left_out_and_others_are_there) {
  Session session;
  Add(session, 1, "/").body = std::string(kMost, 'x');
  Add(session, 3, "/second");
  std::string bytes;
  BOOST_TEST(!Save(session, kMost, bytes));
  BOOST_TEST(bytes.size() <= kMost);
  Session next;
  BOOST_TEST_REQUIRE(Restore(bytes, next));
  BOOST_TEST((next.Find(1)->past == Past::lost));
  BOOST_TEST(next.Find(3)->request->get().path == "/second");
}

BOOST_AUTO_TEST_CASE(a_hundred_streams_never_take_more_than_there_is) {
  Session session;
  for (std::uint32_t i = 0; i < kMostStreams; ++i) {
    Add(session, 2 * i + 1, "/" + std::string(1000, 'a'));
  }
  BOOST_TEST(SavedOf(session).size() <= kMost);
  Session next;
  BOOST_TEST(Restore(SavedOf(session), next));
  BOOST_TEST(next.streams.size() == kMostStreams);
}

BOOST_AUTO_TEST_CASE(no_piece_of_it_is_taken_for_the_whole) {
  Session session;
  Add(session, 1, "/");
  const std::string bytes = SavedOf(session);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Session next;
    BOOST_TEST(!Restore(std::string_view(bytes).substr(0, size), next));
  }
}

BOOST_AUTO_TEST_CASE(bytes_of_anybody_do_no_harm) {
  Session session;
  Add(session, 1, "/").body = "x";
  Add(session, 3, "/other");
  const std::string bytes = SavedOf(session);
  std::uint32_t random = 1;
  for (int round = 0; round < 20000; ++round) {
    std::string broken = bytes;
    for (int i = 0; i < 3; ++i) {
      random = random * 1664525 + 1013904223;
      broken[(random >> 8) % broken.size()] = static_cast<char>(random >> 3);
    }
    Session next;
    if (Restore(broken, next)) BOOST_TEST(next.streams.size() <= kMostStreams);
  }
}

BOOST_AUTO_TEST_SUITE_END()
