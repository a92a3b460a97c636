#include "protocol/http2/saved_session.hpp"

#include <boost/test/unit_test.hpp>

#include "backends/threads.hpp"
#include "http/method.hpp"
#include "ledger/ledger.hpp"

using namespace tined;
using namespace tined::http2;

namespace {

constexpr std::size_t kMost = 16U << 10;

std::unique_ptr<http::OwnedRequest> RequestFor(std::string_view target, std::string_view name,
                                               std::string_view value) {
  const http::Field field{http::Name::unknown, name, value};
  http::Request request;
  request.major_version = 2;
  request.method_text = "GET";
  request.method = http::Method::get;
  request.target = request.path = request.raw_path = target;
  request.host = "a.example";
  request.fields = {&field, 1};
  return std::make_unique<http::OwnedRequest>(request);
}
std::unique_ptr<http::OwnedRequest> RequestFor(std::string_view target) {
  return RequestFor(target, "x-field", "value");
}

LiveStream& Add(Session& session, std::uint32_t id, std::string_view target) {
  LiveStream& stream = session.streams.try_emplace(id, id).first->second;
  stream.request = RequestFor(target);
  session.last_stream = std::max(session.last_stream, id);
  return stream;
}

/// What reads files; none are.
struct Files {
  ledger::Ledger memory{1, 1U << 20};
  loop::Loop loop;
  config::Threads settings;
  backends::Threads threads{loop, settings, memory.board().threads};
  backends::FileReader reader{loop, threads};
};

std::unique_ptr<Outgoing> TextOf(Files& files, std::string text) {
  return std::make_unique<Outgoing>(answer::Bytes{{}, std::move(text)}, files.reader);
}

/// Whether what is saved of a session with one stream, which `change` changes, makes sense.
bool MakesSense(const std::function<void(Session& session, LiveStream& stream)>& change) {
  Session session;
  session.receive_left = kConnectionWindow;
  LiveStream& stream = Add(session, 1, "/");
  change(session, stream);
  std::string bytes;
  BOOST_TEST(Save(session, kMost, bytes));
  Session next;
  return Restore(bytes, next);
}
bool MakesSense(std::string_view method, std::string_view target, std::string_view host,
                std::string_view id = {}) {
  return MakesSense([&](Session&, LiveStream& stream) {
    http::Request request = stream.request->get();
    request.method_text = method;
    request.target = target;
    request.host = host;
    request.request_id = id;
    stream.request = std::make_unique<http::OwnedRequest>(request);
  });
}
bool HasSensibleField(std::string_view name, std::string_view value) {
  return MakesSense(
      [&](Session&, LiveStream& stream) { stream.request = RequestFor("/", name, value); });
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
  stream.request = RequestFor("/a?b", "content-length", "20");
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
  BOOST_TEST(request.fields.front().name == "content-length");
  BOOST_TEST(request.fields.front().value == "20");
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

BOOST_AUTO_TEST_CASE(what_no_handler_has_answered_is_remembered_by_the_rest_of_its_answer) {
  Files files;
  Session session;
  LiveStream& refused = Add(session, 1, "/");
  refused.is_answered = refused.is_refused = true;
  refused.outgoing = TextOf(files, "413 " + std::string(1000, 'x'));
  (void)refused.outgoing->Take(4);
  // Not even its request has to be known.
  refused.request.reset();
  std::string bytes;
  BOOST_TEST(Save(session, kMost, bytes));
  Session next;
  BOOST_TEST_REQUIRE(Restore(bytes, next));
  BOOST_TEST((next.Find(1)->past == Past::made));
  BOOST_TEST((next.Find(1)->body == std::string(1000, 'x')));
  BOOST_TEST(!next.Find(1)->request);
  // Another process may have no time to go on with it.
  Session third;
  BOOST_TEST_REQUIRE(Restore(SavedOf(next), third));
  BOOST_TEST((third.Find(1)->body == std::string(1000, 'x')));
}

BOOST_AUTO_TEST_CASE(a_refusal_that_does_not_fit_is_not_made_again) {
  Files files;
  Session session;
  LiveStream& refused = Add(session, 1, "/");
  refused.is_answered = refused.is_refused = true;
  refused.outgoing = TextOf(files, std::string(kMost, 'x'));
  Session next;
  BOOST_TEST_REQUIRE(Restore(SavedOf(session), next));
  BOOST_TEST((next.Find(1)->past == Past::lost));
}

BOOST_AUTO_TEST_CASE(of_a_handlers_answer_the_shorter_is_remembered) {
  Files files;
  Session session;
  LiveStream& shorter = Add(session, 1, "/");
  shorter.is_answered = true;
  shorter.outgoing = TextOf(files, "x");
  LiveStream& longer = Add(session, 3, "/");
  longer.is_answered = true;
  longer.outgoing = TextOf(files, std::string(1000, 'x'));
  Session next;
  BOOST_TEST_REQUIRE(Restore(SavedOf(session), next));
  BOOST_TEST((next.Find(1)->past == Past::made));
  BOOST_TEST((next.Find(3)->past == Past::answered));
}

BOOST_AUTO_TEST_CASE(what_is_about_to_be_run_again_counts_as_run) {
  Session session;
  LiveStream& stream = Add(session, 1, "/");
  stream.exchange.replays = 1;
  stream.fate = ledger::Fate::interrupted;
  stream.is_at_work = true;
  Session next;
  BOOST_TEST_REQUIRE(Restore(SavedOf(session), next));
  BOOST_TEST(next.Find(1)->exchange.replays == 2);
  stream.exchange.replays = 255;
  Session last;
  BOOST_TEST_REQUIRE(Restore(SavedOf(session), last));
  BOOST_TEST(last.Find(1)->exchange.replays == 255);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_made_once_more_is_known_to_be_one) {
  Session session;
  LiveStream& stream = Add(session, 1, "/");
  stream.is_resumed = stream.is_at_work = true;
  Session next;
  BOOST_TEST_REQUIRE(Restore(SavedOf(session), next));
  BOOST_TEST((next.Find(1)->past == Past::at_work));
  BOOST_TEST(next.Find(1)->is_resumed);
}

BOOST_AUTO_TEST_CASE(a_request_that_no_client_can_have_sent_is_none) {
  BOOST_TEST(MakesSense("GET", "/a?b", "a.example:80", "4711"));
  BOOST_TEST(MakesSense("OPTIONS", "*", "a"));
  BOOST_TEST(!MakesSense("", "/", "a"));
  BOOST_TEST(!MakesSense("G\nT", "/", "a"));
  BOOST_TEST(!MakesSense("GET", "", "a"));
  BOOST_TEST(!MakesSense("GET", "a", "a"));
  BOOST_TEST(!MakesSense("GET", "/\r\nHost: b", "a"));
  BOOST_TEST(!MakesSense("GET", "/../..", "a"));
  BOOST_TEST(!MakesSense("GET", "/%00", "a"));
  BOOST_TEST(!MakesSense("CONNECT", "a:80", "a:80"));
  BOOST_TEST(!MakesSense("GET", "/", ""));
  BOOST_TEST(!MakesSense("GET", "/", "a b"));
  BOOST_TEST(!MakesSense("GET", "/", "user@a"));
  BOOST_TEST(!MakesSense("GET", "/", "a", "x\ny"));
  BOOST_TEST(!MakesSense("GET", "/", "a", std::string(200, 'x')));
}

BOOST_AUTO_TEST_CASE(a_field_that_no_client_can_have_sent_is_none) {
  BOOST_TEST(HasSensibleField("x", ""));
  BOOST_TEST(HasSensibleField("cookie", "a=b"));
  BOOST_TEST(!HasSensibleField("", "x"));
  BOOST_TEST(!HasSensibleField("X-Upper", "x"));
  BOOST_TEST(!HasSensibleField("x y", "x"));
  BOOST_TEST(!HasSensibleField("x:", "x"));
  BOOST_TEST(!HasSensibleField(":path", "/other"));
  BOOST_TEST(!HasSensibleField("x", "a\r\nb"));
  BOOST_TEST(!HasSensibleField("x", std::string_view("a\0b", 3)));
  BOOST_TEST(!HasSensibleField("x", " x"));
  BOOST_TEST(!HasSensibleField("connection", "close"));
  BOOST_TEST(!HasSensibleField("transfer-encoding", "chunked"));
  BOOST_TEST(!HasSensibleField("te", "gzip"));
  BOOST_TEST(!HasSensibleField("host", "another"));
  // It is told of otherwise, too.
  BOOST_TEST(!HasSensibleField("content-length", "3"));
}

BOOST_AUTO_TEST_CASE(numbers_that_no_session_comes_to_are_refused) {
  using S = Session;
  using L = LiveStream;
  BOOST_TEST(MakesSense([](S&, L&) {}));
  BOOST_TEST(!MakesSense([](S& s, L&) { s.receive_due = 1; }));
  BOOST_TEST(!MakesSense([](S& s, L&) { s.receive_left = kConnectionWindow + 1; }));
  BOOST_TEST(!MakesSense([](S& s, L&) { s.receive_due = 0xffffffff; }));
  BOOST_TEST(!MakesSense([](S& s, L&) { s.last_stream = 0x80000001; }));
  BOOST_TEST(!MakesSense([](S& s, L&) { s.send_credit = 0x7fffffff; }));
  BOOST_TEST(!MakesSense([](S& s, L&) { s.client.initial_window_size = 0x80000000; }));
  BOOST_TEST(!MakesSense([](S& s, L&) { s.limit.Begin(kMostStreams + 1); }));
  BOOST_TEST(!MakesSense([](S&, L& l) { l.receive_due = 1; }));
  BOOST_TEST(!MakesSense([](S&, L& l) { l.receive_left = kStreamWindow + 1; }));
  BOOST_TEST(!MakesSense([](S&, L& l) { l.send_credit = 0x7fffffff; }));
  BOOST_TEST(!MakesSense([](S&, L& l) { l.body = "more than has come"; }));
  BOOST_TEST(!MakesSense([](S&, L& l) { l.past = static_cast<Past>(9); }));
  BOOST_TEST(!MakesSense([](S&, L& l) { l.priority.urgency = 8; }));
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

BOOST_AUTO_TEST_CASE(nothing_is_copied_that_does_not_fit) {
  Session session;
  for (std::uint32_t i = 0; i < 97; ++i) Add(session, 2 * i + 1, "/" + std::string(100'000, 'a'));
  std::string bytes;
  BOOST_TEST(!Save(session, kMost, bytes));
  BOOST_TEST(bytes.capacity() <= 2 * kMost);
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
