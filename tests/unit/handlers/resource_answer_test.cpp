// Conditions, ranges and codings as a client sees them.
#include "tests/unit/handlers/site.hpp"

using namespace tined;
using namespace tined::handlers::test;
using http::Name;

namespace {

/// A digit a byte: position n holds n % 10.
std::string Digits(std::size_t size) {
  std::string text(size, '0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('0' + i % 10);
  return text;
}

/// The parts of a multipart body, each as "Content-Range value|content".
std::vector<std::string> PartsOf(const Answer& answer) {
  const std::string type = answer["Content-Type"];
  const std::string start = "multipart/byteranges; boundary=";
  BOOST_REQUIRE(type.starts_with(start));
  const std::string delimiter = "\r\n--" + type.substr(start.size());
  std::vector<std::string> parts;
  std::size_t at = answer.body.find(delimiter);
  BOOST_REQUIRE(at == 0U);
  while (answer.body.compare(at + delimiter.size(), 4, "--\r\n") != 0) {
    const std::size_t next = answer.body.find(delimiter, at + 1);
    BOOST_REQUIRE(next != std::string::npos);
    const std::string part = answer.body.substr(at, next - at);
    const std::size_t blank = part.find("\r\n\r\n");
    const std::string head = part.substr(0, blank) + "\r\n";
    const std::size_t range = head.find("\r\nContent-Range: ") + 17;
    BOOST_TEST(head.find("\r\nContent-Type: text/plain; charset=utf-8\r\n") != std::string::npos);
    parts.push_back(head.substr(range, head.find("\r\n", range) - range) + "|" +
                    part.substr(blank + 4));
    at = next;
  }
  BOOST_TEST(answer.body.size() == at + delimiter.size() + 4);
  BOOST_TEST(answer["Content-Length"] == std::to_string(answer.body.size()));
  return parts;
}

/// A file with siblings in every coding.
class CodedSite : public Site {
 public:
  CodedSite() {
    Write("a.txt", "plain");
    Write("a.txt.gz", "as gzip");
    Write("a.txt.zst", "as zstd");
    Write("a.txt.br", "as brotli");
  }
  std::string CodingFor(const std::string& accepted) {
    const Answer answer = Get("/a.txt", {{Name::accept_encoding, accepted}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer["Vary"] == "Accept-Encoding");
    BOOST_TEST(answer["Content-Type"] == "text/plain; charset=utf-8");
    return answer.Has("Content-Encoding") ? answer["Content-Encoding"] : "identity";
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(Conditions, Site)

BOOST_AUTO_TEST_CASE(a_matching_tag_is_not_modified) {
  Write("a.txt", "hello");
  const Answer full = Get("/a.txt");
  const Answer answer = Get("/a.txt", {{Name::if_none_match, full["ETag"]}});
  BOOST_TEST(answer.status == 304);
  BOOST_TEST(answer["ETag"] == full["ETag"]);
  BOOST_TEST(answer["Last-Modified"] == full["Last-Modified"]);
  BOOST_TEST(answer.Has("Date"));
  BOOST_TEST(!answer.Has("Content-Type"));
  BOOST_TEST(!answer.Has("Content-Length"));
  BOOST_TEST(answer.body == "");
}

BOOST_AUTO_TEST_CASE(another_tag_gets_the_file) {
  Write("a.txt", "hello");
  BOOST_TEST(Get("/a.txt", {{Name::if_none_match, "\"other\""}}).status == 200);
}

BOOST_AUTO_TEST_CASE(the_date_of_the_file_is_not_modified_since) {
  Write("a.txt", "hello");
  const std::string date = Get("/a.txt")["Last-Modified"];
  BOOST_TEST(Get("/a.txt", {{Name::if_modified_since, date}}).status == 304);
  BOOST_TEST(Head("/a.txt", {{Name::if_modified_since, date}}).status == 304);
}

BOOST_AUTO_TEST_CASE(a_failed_condition_is_412) {
  Write("a.txt", "hello");
  BOOST_TEST(Get("/a.txt", {{Name::if_match, "\"other\""}}).status == 412);
  BOOST_TEST(Get("/a.txt", {{Name::if_unmodified_since, "Mon, 01 Jan 2001 00:00:00 GMT"}}).status ==
             412);
}

BOOST_AUTO_TEST_CASE(a_condition_decides_before_a_range) {
  Write("a.txt", "hello");
  const std::string tag = Get("/a.txt")["ETag"];
  BOOST_TEST(Get("/a.txt", {{Name::range, "bytes=0-1"}, {Name::if_none_match, tag}}).status == 304);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(RangesOfFiles, Site)

BOOST_AUTO_TEST_CASE(one_range_is_sent_from_memory_and_from_the_file) {
  for (const std::size_t size : {100U, 20000U}) {
    const std::string content = Digits(size);
    const std::string name = std::to_string(size) + ".txt";
    Write(name, content);
    const Answer answer = Get("/" + name, {{Name::range, "bytes=15-29"}});
    BOOST_TEST(answer.status == 206);
    BOOST_TEST(answer.body == content.substr(15, 15));
    BOOST_TEST(answer["Content-Range"] == "bytes 15-29/" + std::to_string(size));
    BOOST_TEST(answer["Content-Length"] == "15");
    BOOST_TEST(answer["Content-Type"] == "text/plain; charset=utf-8");
    BOOST_TEST(answer["ETag"] == Get("/" + name)["ETag"]);
    BOOST_TEST(answer.is_from_file == (size > 16384));
  }
}

BOOST_AUTO_TEST_CASE(a_suffix_range_is_the_end) {
  Write("a.txt", Digits(100));
  const Answer answer = Get("/a.txt", {{Name::range, "bytes=-5"}});
  BOOST_TEST(answer.body == "56789");
  BOOST_TEST(answer["Content-Range"] == "bytes 95-99/100");
}

BOOST_AUTO_TEST_CASE(several_ranges_are_parts_from_memory_and_from_the_file) {
  for (const std::size_t size : {100U, 20000U}) {
    const std::string total = "/" + std::to_string(size);
    Write("a.txt", Digits(size));
    now += seconds(1);
    const Answer answer = Get("/a.txt", {{Name::range, "bytes=0-4, 50-53, -2"}});
    BOOST_TEST(answer.status == 206);
    BOOST_TEST(!answer.Has("Content-Range"));
    BOOST_TEST(answer.Has("ETag"));
    const std::vector<std::string> parts = PartsOf(answer);
    BOOST_REQUIRE(parts.size() == 3U);
    BOOST_TEST(parts[0] == "bytes 0-4" + total + "|01234");
    BOOST_TEST(parts[1] == "bytes 50-53" + total + "|0123");
    BOOST_TEST(parts[2] == "bytes " + std::to_string(size - 2) + "-" + std::to_string(size - 1) +
                               total + "|89");
    BOOST_TEST(answer.is_from_file == (size > 16384));
  }
}

BOOST_AUTO_TEST_CASE(every_multipart_answer_has_its_own_boundary) {
  Write("a.txt", Digits(100));
  const RequestFields fields{{Name::range, "bytes=0-4,50-53"}};
  BOOST_TEST(Get("/a.txt", fields)["Content-Type"] != Get("/a.txt", fields)["Content-Type"]);
}

BOOST_AUTO_TEST_CASE(a_range_behind_the_end_is_416) {
  Write("a.txt", Digits(100));
  const Answer answer = Get("/a.txt", {{Name::range, "bytes=100-"}});
  BOOST_TEST(answer.status == 416);
  BOOST_TEST(answer["Content-Range"] == "bytes */100");
}

BOOST_AUTO_TEST_CASE(a_range_that_is_none_is_ignored) {
  Write("a.txt", "hello");
  BOOST_TEST(Get("/a.txt", {{Name::range, "lines=1-2"}}).status == 200);
  BOOST_TEST(Get("/a.txt", {{Name::range, "bytes=2-1"}}).status == 200);
}

BOOST_AUTO_TEST_CASE(ranges_are_for_get_alone) {
  Write("a.txt", "hello");
  const Answer answer = Head("/a.txt", {{Name::range, "bytes=0-1"}});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer["Content-Length"] == "5");
}

BOOST_AUTO_TEST_CASE(if_range_decides_whether_the_range_counts) {
  Write("a.txt", "hello");
  const Answer full = Get("/a.txt");
  const RequestField range{Name::range, "bytes=0-1"};
  BOOST_TEST(Get("/a.txt", {range, {Name::if_range, full["ETag"]}}).status == 206);
  BOOST_TEST(Get("/a.txt", {range, {Name::if_range, "\"other\""}}).status == 200);
  // Somebody has set the file's date: it may say nothing about the content.
  BOOST_TEST(Get("/a.txt", {range, {Name::if_range, full["Last-Modified"]}}).status == 200);
  std::ofstream(At("natural")) << "hello";
  const Answer natural = Get("/natural");
  BOOST_TEST(Get("/natural", {range, {Name::if_range, natural["Last-Modified"]}}).status == 206);
  BOOST_TEST(Get("/a.txt", {range, {Name::if_range, "Mon, 01 Jan 2001 00:00:00 GMT"}}).status ==
             200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(Codings, CodedSite)

BOOST_AUTO_TEST_CASE(the_accepted_sibling_is_sent) {
  const Answer answer = Get("/a.txt", {{Name::accept_encoding, "gzip"}});
  BOOST_TEST(answer.body == "as gzip");
  BOOST_TEST(answer["Content-Encoding"] == "gzip");
  BOOST_TEST(answer["Content-Type"] == "text/plain; charset=utf-8");
  BOOST_TEST(CodingFor("zstd") == "zstd");
  BOOST_TEST(CodingFor("br") == "br");
}

BOOST_AUTO_TEST_CASE(the_best_weight_wins_and_brotli_among_equals) {
  BOOST_TEST(CodingFor("gzip, zstd, br") == "br");
  BOOST_TEST(CodingFor("gzip, zstd") == "zstd");
  BOOST_TEST(CodingFor("gzip, br;q=0.5") == "gzip");
  BOOST_TEST(CodingFor("*") == "br");
  BOOST_TEST(CodingFor("gzip;q=0.1") == "gzip");
  BOOST_TEST(CodingFor("identity, gzip;q=0.5") == "identity");
}

BOOST_AUTO_TEST_CASE(the_file_itself_is_sent_when_nothing_else_fits) {
  BOOST_TEST(CodingFor("") == "identity");
  BOOST_TEST(CodingFor("deflate") == "identity");
  BOOST_TEST(CodingFor("gzip;q=0") == "identity");
  BOOST_TEST(CodingFor("identity;q=0, deflate") == "identity");
  const Answer without_field = Get("/a.txt");
  BOOST_TEST(without_field.body == "plain");
  BOOST_TEST(without_field["Vary"] == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(variants_have_tags_of_their_own) {
  SetModified("a.txt.gz", 1'800'000'000);
  SetModified("a.txt.zst", 1'800'000'000);
  const std::string gzip = Get("/a.txt", {{Name::accept_encoding, "gzip"}})["ETag"];
  const std::string zstd = Get("/a.txt", {{Name::accept_encoding, "zstd"}})["ETag"];
  BOOST_TEST(gzip.ends_with("-gz\""));
  BOOST_TEST(zstd.ends_with("-zst\""));
  BOOST_TEST(gzip != zstd);
}

BOOST_AUTO_TEST_CASE(not_modified_and_failures_vary_too) {
  const RequestField gzip{Name::accept_encoding, "gzip"};
  const std::string tag = Get("/a.txt", {gzip})["ETag"];
  const Answer not_modified = Get("/a.txt", {gzip, {Name::if_none_match, tag}});
  BOOST_TEST(not_modified.status == 304);
  BOOST_TEST(not_modified["Vary"] == "Accept-Encoding");
  BOOST_TEST(not_modified["ETag"] == tag);
  BOOST_TEST(Get("/a.txt", {{Name::if_none_match, tag}}).status == 200);
  BOOST_TEST(Get("/a.txt", {gzip, {Name::if_match, "\"x\""}})["Vary"] == "Accept-Encoding");
  BOOST_TEST(Get("/a.txt", {gzip, {Name::range, "bytes=99-"}})["Vary"] == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(a_range_counts_the_bytes_of_the_variant) {
  const Answer answer =
      Get("/a.txt", {{Name::accept_encoding, "gzip"}, {Name::range, "bytes=3-6"}});
  BOOST_TEST(answer.status == 206);
  BOOST_TEST(answer.body == "gzip");
  BOOST_TEST(answer["Content-Range"] == "bytes 3-6/7");
  BOOST_TEST(answer["Content-Encoding"] == "gzip");
}

BOOST_AUTO_TEST_CASE(a_sibling_older_than_the_file_is_not_sent) {
  SetModified("a.txt.br", 1'600'000'000);
  BOOST_TEST(CodingFor("br, gzip") == "gzip");
}

BOOST_AUTO_TEST_CASE(a_sibling_that_appears_or_leaves_is_noticed) {
  BOOST_TEST(CodingFor("br") == "br");
  Remove("a.txt.br");
  now += seconds(1);
  BOOST_TEST(CodingFor("br") == "identity");
  Write("a.txt.br", "again");
  now += seconds(1);
  BOOST_TEST(CodingFor("br") == "br");
}

BOOST_AUTO_TEST_CASE(siblings_are_sent_for_an_index_too) {
  Write("index.html", "plain");
  Write("index.html.gz", "packed");
  const Answer answer = Get("/", {{Name::accept_encoding, "gzip"}});
  BOOST_TEST(answer.body == "packed");
  BOOST_TEST(answer["Content-Type"] == "text/html; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(a_sibling_asked_for_by_its_own_name_is_a_file_like_any) {
  const Answer answer = Get("/a.txt.gz");
  BOOST_TEST(answer["Content-Type"] == "application/gzip");
  BOOST_TEST(!answer.Has("Content-Encoding"));
  BOOST_TEST(!answer.Has("Vary"));
}

BOOST_AUTO_TEST_CASE(siblings_can_be_turned_off) {
  settings.precompressed = false;
  const Answer answer = Get("/a.txt", {{Name::accept_encoding, "gzip"}});
  BOOST_TEST(answer.body == "plain");
  BOOST_TEST(!answer.Has("Vary"));
}

BOOST_AUTO_TEST_SUITE_END()
