#include "exchange/compression.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <deque>

#include "coding/encoder.hpp"
#include "exchange/compressed_source.hpp"

namespace tined::exchange {
namespace {

using http::Coding;

const std::string kPage(5000, 'x');

struct Fixture {
  config::Compress settings;
  std::shared_ptr<CodedFiles> files = std::make_shared<CodedFiles>();
  answer::Answer answer;

  Fixture() {
    answer.status = 200;
    answer.fields.Append("Content-Type: text/html; charset=utf-8\r\n");
    answer.body = answer::Bytes{{}, kPage};
  }
  /// The coding that it gets; "": none.
  std::string Apply(std::string_view accepted, std::vector<http::Field> more = {}) {
    more.push_back({http::Name::accept_encoding, "Accept-Encoding", accepted});
    http::Request request;
    request.fields = more;
    Compression(settings, files).Apply(request, answer);
    return std::string(answer.fields.Find("Content-Encoding").value_or(""));
  }
  [[nodiscard]] std::string Field(std::string_view name) const {
    return std::string(answer.fields.Find(name).value_or("-"));
  }
};

/// A body whose pieces are given one by one.
class Pieces final : public answer::BodySource {
 public:
  std::deque<std::string> pieces;
  bool may_end = false;

  [[nodiscard]] Piece Read(std::span<char> room) noexcept override {
    if (pieces.empty()) return {may_end ? Outcome::end : Outcome::later};
    const std::string piece = pieces.front();
    pieces.pop_front();
    std::copy(piece.begin(), piece.end(), room.begin());
    return {Outcome::bytes, piece.size()};
  }
  void Wake() { Ready(); }
};

BOOST_FIXTURE_TEST_SUITE(CompressionTest, Fixture)

BOOST_AUTO_TEST_CASE(the_coding_is_what_the_client_likes_best_then_the_operator) {
  BOOST_TEST(Fixture().Apply("gzip, br, zstd") == "zstd");
  BOOST_TEST(Fixture().Apply("gzip, br") == "br");
  BOOST_TEST(Fixture().Apply("gzip;q=0.9, br;q=0.8, zstd;q=0") == "gzip");
  BOOST_TEST(Fixture().Apply("*") == "zstd");
  BOOST_TEST(Fixture().Apply("identity, gzip;q=0.5").empty());
  BOOST_TEST(Fixture().Apply("").empty());
  BOOST_TEST(Fixture().Apply("gzip;q=nonsense, deflate").empty());
  settings.codings = {config::Compress::Coding::gzip};
  BOOST_TEST(Apply("zstd, gzip;q=0.1") == "gzip");
}

BOOST_AUTO_TEST_CASE(it_is_smaller_and_says_that_it_depends_on_the_client) {
  answer.fields.Append("ETag: \"a\"\r\nAccept-Ranges: bytes\r\n");
  BOOST_TEST(Apply("gzip") == "gzip");
  BOOST_TEST(std::get<answer::Bytes>(answer.body).text() ==
             coding::Encoded(Coding::gzip, settings.effort, kPage));
  BOOST_TEST(Field("Vary") == "Accept-Encoding");
  BOOST_TEST(Field("ETag") == "W/\"a\"");
  BOOST_TEST(Field("Accept-Ranges") == "-");
}

BOOST_AUTO_TEST_CASE(what_a_client_does_not_take_depends_on_it_all_the_same) {
  answer.fields.Append("Vary: Origin\r\nETag: \"a\"\r\n");
  BOOST_TEST(Apply("").empty());
  BOOST_TEST(answer.fields.added().find("Vary: Accept-Encoding\r\n") != std::string::npos);
  BOOST_TEST(Field("ETag") == "\"a\"");
  Fixture known;
  known.answer.fields.Append("Vary: Origin, accept-encoding\r\n");
  BOOST_TEST(known.Apply("gzip") == "gzip");
  BOOST_TEST(known.Field("Vary") == "Origin, accept-encoding");
}

BOOST_AUTO_TEST_CASE(some_stay_as_they_are) {
  const auto stays = [](const auto& change) {
    Fixture each;
    change(each);
    const std::string before(each.answer.fields.added());
    const bool stayed =
        each.Apply("gzip").empty() || before.find("Content-Encoding") != before.npos;
    return stayed && std::get<answer::Bytes>(each.answer.body).text().size() == kPage.size();
  };
  const auto with = [](const std::string& line) {
    return [line](Fixture& each) { each.answer.fields.Append(line + "\r\n"); };
  };
  BOOST_TEST(stays(with("Content-Encoding: br")));
  BOOST_TEST(stays(with("Cache-Control: public, No-Transform")));
  BOOST_TEST(stays(with("Content-Range: bytes 0-1/2")));
  BOOST_TEST(stays([](Fixture& each) { each.answer.status = 206; }));
  BOOST_TEST(stays([](Fixture& each) { each.settings.types = {"text/css", "image/*"}; }));
  BOOST_TEST(stays([](Fixture& each) { each.answer.fields.Clear(); }));
  BOOST_TEST(stays([](Fixture& each) { each.settings.min_size.count = 5001; }));
  BOOST_TEST(stays([](Fixture& each) { each.settings.max_size.count = 4999; }));
  BOOST_TEST(!stays([](Fixture& each) { each.settings.min_size.count = 5000; }));
}

BOOST_AUTO_TEST_CASE(what_would_not_be_smaller_stays_as_it_is) {
  settings.min_size.count = 0;
  answer.body = answer::Bytes{{}, "tiny"};
  BOOST_TEST(Apply("gzip").empty());
  BOOST_TEST(std::get<answer::Bytes>(answer.body).text() == "tiny");
}

BOOST_AUTO_TEST_CASE(what_is_not_modified_has_the_tag_that_was_asked_about) {
  answer.status = 304;
  answer.body = answer::NoContent();
  answer.fields.Clear();
  answer.fields.Append("ETag: \"a\"\r\n");
  BOOST_TEST(
      Apply("gzip", {{http::Name::if_none_match, "If-None-Match", "\"b\", W/\"a\""}}).empty());
  BOOST_TEST(Field("ETag") == "W/\"a\"");
  Fixture plain;
  plain.answer = {};
  plain.answer.status = 304;
  plain.answer.fields.Append("ETag: \"a\"\r\n");
  BOOST_TEST(plain.Apply("gzip", {{http::Name::if_none_match, "If-None-Match", "\"a\""}}).empty());
  BOOST_TEST(plain.Field("ETag") == "\"a\"");
}

BOOST_AUTO_TEST_CASE(a_file_is_compressed_once) {
  const auto file = std::make_shared<answer::OpenFile>();
  file->descriptor.Reset(::memfd_create("page", 0));
  BOOST_REQUIRE(::write(file->descriptor.get(), kPage.data(), kPage.size()) ==
                static_cast<ssize_t>(kPage.size()));
  for (int i = 0; i < 2; ++i) {
    answer.fields.Clear();
    answer.fields.Append("Content-Type: text/html\r\nETag: \"a\"\r\n");
    answer.body = answer::FileSlice{file, 0, kPage.size()};
    BOOST_TEST(Apply("br") == "br");
    BOOST_TEST(std::get<answer::Bytes>(answer.body).text() ==
               coding::Encoded(Coding::br, settings.effort, kPage));
    // What is kept does not ask the file again.
    BOOST_REQUIRE(::ftruncate(file->descriptor.get(), 0) == 0);
  }
}

BOOST_AUTO_TEST_CASE(files_that_were_not_asked_for_the_longest_give_way) {
  CodedFiles few(100);
  const std::string page(4000, 'y');
  const auto size = coding::Encoded(Coding::gzip, settings.effort, page).size();
  for (const std::string tag : {"a", "b", "c", "d", "e", "f", "g", "h", "i"}) {
    BOOST_TEST(!few.Get(page, tag, Coding::gzip, settings.effort).empty());
    BOOST_TEST(few.size() <= 100U);
    BOOST_TEST(few.size() >= size);
  }
}

BOOST_AUTO_TEST_CASE(pieces_are_sent_as_they_are_made) {
  auto plain = std::make_unique<Pieces>();
  Pieces& pieces = *plain;
  answer.body = answer::Source{std::move(plain), {}};
  BOOST_REQUIRE(Apply("gzip") == "gzip");
  answer::BodySource& source = *std::get<answer::Source>(answer.body).pieces;
  std::array<char, 7> room;
  BOOST_TEST((source.Read(room).outcome == answer::BodySource::Outcome::later));
  int ready = 0;
  source.OnReady([&] { ++ready; });
  pieces.pieces.push_back("event: one\n\n");
  pieces.Wake();
  BOOST_TEST(ready == 1);
  std::string first;
  for (auto piece = source.Read(room); piece.outcome == answer::BodySource::Outcome::bytes;
       piece = source.Read(room)) {
    first.append(room.data(), piece.size);
  }
  BOOST_TEST(first.size() > 10U);
  pieces.may_end = true;
  BOOST_TEST((source.Read(room).outcome == answer::BodySource::Outcome::bytes));
}

BOOST_AUTO_TEST_CASE(a_body_of_known_length_has_another_one) {
  answer.body = answer::Source{std::make_unique<Pieces>(), 4000};
  BOOST_TEST(Apply("gzip") == "gzip");
  BOOST_TEST(!std::get<answer::Source>(answer.body).length.has_value());
  Fixture small;
  small.answer.body = answer::Source{std::make_unique<Pieces>(), 100};
  BOOST_TEST(small.Apply("gzip").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::exchange
