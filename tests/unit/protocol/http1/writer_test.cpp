#include "protocol/http1/writer.hpp"

#include <boost/test/unit_test.hpp>

#include "ledger/ledger.hpp"

namespace tined::http1 {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

using answer::Answer;

/// A connection's output, and answers into it.
struct Output {
  std::string Text() { return {arena.At(block.offset), composer.size()}; }
  std::string Compose(Framing framing, void (*make)(Answer&)) {
    Answer answer;
    make(answer);
    const Written written = Write(answer, framing, kDate, composer);
    BOOST_TEST(!composer.has_failed());
    content_length = written.content_length;
    parts = written.parts;
    return Text();
  }

  ledger::Ledger memory{1, 1U << 20};
  ledger::Arena arena{memory.arena()};
  ledger::Block block;
  std::atomic<std::uint32_t> place{0};
  ledger::Composer composer{arena, block, place, 0};
  std::uint64_t content_length = 0;
  std::vector<ledger::FilePart> parts;
};

const std::string kStart = "Server: tined\r\nDate: " + std::string(kDate) + "\r\n";

void Hello(Answer& answer) {
  answer.status = 200;
  answer.fields.Add("Content-Type", "text/plain");
  answer.body = answer::Bytes{"hello"};
}

void Slice(Answer& answer) {
  answer.status = 200;
  answer.body = answer::FileSlice{std::make_shared<answer::OpenFile>(), 10, 20};
}

BOOST_FIXTURE_TEST_SUITE(WriterTest, Output)

BOOST_AUTO_TEST_CASE(rfc9112_4_an_answer_is_status_line_fields_and_content) {
  BOOST_TEST(Compose({}, Hello) ==
             "HTTP/1.1 200 OK\r\n" + kStart +
                 "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
  BOOST_TEST(content_length == 5U);
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_2_head_has_the_same_header_and_no_content) {
  BOOST_TEST(Compose({.is_head = true}, Hello) ==
             "HTTP/1.1 200 OK\r\n" + kStart +
                 "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
  BOOST_TEST(content_length == 0U);
}

BOOST_AUTO_TEST_CASE(rfc9112_9_3_connection_is_said_where_it_is_not_the_versions_default) {
  BOOST_TEST(Compose({.minor_version = 1}, Hello).find("Connection:") == std::string::npos);
  BOOST_TEST(Output().Compose({.keep_alive = false}, Hello).find("\r\nConnection: close\r\n\r\n") !=
             std::string::npos);
  BOOST_TEST(Output().Compose({.minor_version = 0}, Hello).find("\r\nConnection: keep-alive\r\n") !=
             std::string::npos);
  BOOST_TEST(Output()
                 .Compose({.minor_version = 0, .keep_alive = false}, Hello)
                 .find("\r\nConnection: close\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rfc9112_2_3_http_1_0_is_answered_by_http_1_1) {
  BOOST_TEST(Compose({.minor_version = 0}, Hello).starts_with("HTTP/1.1 200 OK\r\n"));
}

BOOST_AUTO_TEST_CASE(rfc9110_8_6_no_content_length_in_204_and_304) {
  for (const auto make : {+[](Answer& answer) { answer.status = 204; },
                          +[](Answer& answer) { answer.status = 304; }}) {
    const std::string text = Output().Compose({}, make);
    BOOST_TEST(text.find("Content-Length") == std::string::npos);
    BOOST_TEST(text.ends_with("\r\n\r\n"));
  }
}

BOOST_AUTO_TEST_CASE(an_empty_body_has_a_length_of_0) {
  const std::string text = Compose({}, [](Answer& answer) {
    answer.status = 404;
    answer.body = answer::Bytes{};
  });
  BOOST_TEST(text == "HTTP/1.1 404 Not Found\r\n" + kStart + "Content-Length: 0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_file_follows_its_header) {
  const std::string text = Compose({}, Slice);
  BOOST_TEST(text.ends_with("Content-Length: 20\r\n\r\n"));
  BOOST_REQUIRE(parts.size() == 1U);
  BOOST_TEST(parts[0].after == text.size());
  BOOST_TEST(parts[0].offset == 10U);
  BOOST_TEST(parts[0].length == 20U);
}

BOOST_AUTO_TEST_CASE(rfc9110_9_3_2_head_of_a_file_sends_no_file) {
  BOOST_TEST(Compose({.is_head = true}, Slice).ends_with("Content-Length: 20\r\n\r\n"));
  BOOST_TEST(parts.empty());
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_no_file) {
  Compose({}, [](Answer& answer) {
    answer.status = 200;
    answer.body = answer::FileSlice{std::make_shared<answer::OpenFile>(), 0, 0};
  });
  BOOST_TEST(parts.empty());
}

BOOST_AUTO_TEST_CASE(rfc9110_14_6_parts_count_with_their_heads_and_the_tail) {
  const std::string text = Compose({}, [](Answer& answer) {
    answer.status = 206;
    answer.body = answer::FileParts{
        std::make_shared<answer::OpenFile>(), {{"<1>", 0, 5}, {"<2>", 10, 7}}, "<end>"};
  });
  BOOST_TEST(text.ends_with("Content-Length: 23\r\n\r\n<1><2><end>"));
  BOOST_REQUIRE(parts.size() == 2U);
  BOOST_TEST(text.substr(0, parts[0].after).ends_with("<1>"));
  BOOST_TEST(text.substr(0, parts[1].after).ends_with("<1><2>"));
  BOOST_TEST(content_length == 23U);
}

BOOST_AUTO_TEST_CASE(a_second_answer_stands_behind_the_first) {
  Compose({}, Hello);
  const std::string both = Compose({}, Slice);
  BOOST_TEST(both.find("helloHTTP/1.1 200 OK\r\n") != std::string::npos);
  BOOST_TEST(parts[0].after == both.size());
}

BOOST_AUTO_TEST_CASE(an_error_explains_itself_in_a_line_of_text) {
  const std::string text = Compose(
      {.keep_alive = false}, [](Answer& answer) { AnswerStatus(answer, 405, "Allow: GET\r\n"); });
  BOOST_TEST(text == "HTTP/1.1 405 Method Not Allowed\r\n" + kStart +
                         "Allow: GET\r\nContent-Type: text/plain; charset=utf-8\r\n"
                         "Content-Length: 23\r\nConnection: close\r\n\r\n405 Method Not Allowed\n");
}

BOOST_AUTO_TEST_CASE(prepared_fields_stand_in_front_of_added_ones) {
  const std::string text = Compose({}, [](Answer& answer) {
    Hello(answer);
    answer.fields.Prepare("ETag: 1\r\n");
  });
  BOOST_TEST(text.find("ETag: 1\r\nContent-Type: text/plain\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_full_arena_shows) {
  ledger::Ledger small(1, 16U << 10);
  ledger::Arena full(small.arena());
  ledger::Block nothing;
  ledger::Composer into(full, nothing, place, 0);
  Answer answer;
  answer.status = 200;
  answer.body = answer::Bytes{{}, std::string(17U << 10, 'x')};
  (void)Write(answer, {}, kDate, into);
  BOOST_TEST(into.has_failed());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::http1
