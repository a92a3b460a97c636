#include "exchange/access_log.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace tined::exchange {
namespace {

using Format = AccessLog::Format;

/// 2026-11-24 06:07:08.
constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1795500428)};

/// A log on a file in memory, and a request to write about.
struct Fixture {
  Fixture() : file(Check(::memfd_create("access", 0), "memfd_create")) {
    request.method_text = "GET";
    request.target = "/a?b";
    request.host = "example.org";
    request.peer = &peer;
    peer.family = AF_INET;
    ::inet_pton(AF_INET, "192.0.2.7", peer.address.data());
  }

  AccessLog& Open(Format format) {
    return log.emplace(Descriptor(Check(::dup(file.get()), "dup")), format, lost);
  }
  void Fields(std::vector<http::Field> given) {
    fields = std::move(given);
    request.fields = fields;
  }
  /// The one line written by a log of that format.
  std::string Line(Format format, int status = 200, std::uint64_t length = 12) {
    Open(format).Write(request, status, length, kNow);
    log.reset();
    return Contents(file.get());
  }
  static std::string Contents(int fd) {
    std::string text(1U << 20, '\0');
    text.resize(static_cast<std::size_t>(::pread(fd, text.data(), text.size(), 0)));
    return text;
  }

  Descriptor file;
  shared::Counter lost;
  ledger::Peer peer;
  std::vector<http::Field> fields;
  http::Request request;
  std::optional<AccessLog> log;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(AccessLogSuite, Fixture)

BOOST_AUTO_TEST_CASE(common) {
  BOOST_TEST(Line(Format::common) ==
             "192.0.2.7 - - [24/Nov/2026:06:07:08 +0000] \"GET /a?b HTTP/1.1\" 200 12\n");
}

BOOST_AUTO_TEST_CASE(combined_adds_referer_and_user_agent) {
  Fields({{http::Name::user_agent, "User-Agent", "curl/8"}});
  request.minor_version = 0;
  BOOST_TEST(Line(Format::combined, 404, 0) ==
             "192.0.2.7 - - [24/Nov/2026:06:07:08 +0000] \"GET /a?b HTTP/1.0\" 404 0 \"-\" "
             "\"curl/8\"\n");
}

BOOST_AUTO_TEST_CASE(json) {
  Fields({{http::Name::referer, "Referer", "http://a/"}});
  const auto line = nlohmann::json::parse(Line(Format::json));
  const nlohmann::json expected = {{"time", "2026-11-24T06:07:08Z"},
                                   {"peer", "192.0.2.7"},
                                   {"status", 200},
                                   {"bytes", 12},
                                   {"method", "GET"},
                                   {"target", "/a?b"},
                                   {"version", "1.1"},
                                   {"host", "example.org"},
                                   {"referer", "http://a/"}};
  BOOST_TEST(line == expected);
}

BOOST_AUTO_TEST_CASE(peers_without_an_address_and_with_a_long_one) {
  peer.family = AF_UNSPEC;
  BOOST_TEST(Line(Format::common).starts_with("- - - ["));
  peer.family = AF_INET6;
  ::inet_pton(AF_INET6, "2001:db8::1", peer.address.data());
  BOOST_TEST(Line(Format::common).find("\n2001:db8::1 - - [") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_request_that_could_not_be_read) {
  request.method_text = {};
  BOOST_TEST(Line(Format::common, 400, 0).ends_with("\"-\" 400 0\n"));
  BOOST_TEST(Line(Format::json, 400, 0).find("\"method\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_client_can_forge_a_line) {
  request.target = "/\"\\\x01\x7f\xff";
  Fields({{http::Name::user_agent, "User-Agent", "x\" 200 1\n"}});
  BOOST_TEST(Line(Format::combined)
                 .ends_with("\"GET /\\x22\\x5C\\x01\\x7F\\xFF HTTP/1.1\" 200 12 \"-\" "
                            "\"x\\x22 200 1\\x0A\"\n"));
}

BOOST_AUTO_TEST_CASE(no_client_can_break_the_json) {
  request.target = "/\"\\\x01\x7f\xff";
  const auto line = nlohmann::json::parse(Line(Format::json));
  BOOST_TEST(line["target"] == "/\"\\\u0001\u007f\u00ff");
}

BOOST_AUTO_TEST_CASE(text_is_the_same_in_the_json_of_both_logs) {
  request.target = "/gr\xc3\xbc\xc3\x9f-\xe2\x82\xac";
  BOOST_TEST(nlohmann::json::parse(Line(Format::json))["target"] == "/gr\u00fc\u00df-\u20ac");
  BOOST_TEST(Line(Format::combined).find("/gr\\xC3\\xBC") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_wait_in_the_buffer_until_it_is_full_or_flushed) {
  AccessLog& opened = Open(Format::common);
  opened.Write(request, 200, 12, kNow);
  BOOST_TEST(Contents(file.get()).empty());
  opened.Flush();
  BOOST_TEST(!Contents(file.get()).empty());
  for (int i = 0; i < 1000; ++i) opened.Write(request, 200, 12, kNow);
  BOOST_TEST(Contents(file.get()).size() > 32U << 10);
  BOOST_TEST(Contents(file.get()).back() == '\n');
}

BOOST_AUTO_TEST_CASE(reopening_goes_on_in_the_other_file) {
  AccessLog& opened = Open(Format::common);
  opened.Write(request, 200, 1, kNow);
  Descriptor next(Check(::memfd_create("next", 0), "memfd_create"));
  opened.Reopen(Descriptor(Check(::dup(next.get()), "dup")));
  opened.Write(request, 200, 2, kNow);
  log.reset();
  BOOST_TEST(Contents(file.get()).ends_with(" 200 1\n"));
  BOOST_TEST(Contents(next.get()).ends_with(" 200 2\n"));
  BOOST_TEST(lost.get() == 0U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_costs_lines_and_every_one_is_counted) {
  file.Reset(Check(::open("/dev/full", O_WRONLY), "open /dev/full"));
  AccessLog& opened = Open(Format::common);
  for (int i = 0; i < 10'000; ++i) opened.Write(request, 200, 12, kNow);
  BOOST_TEST(lost.get() > 0U);
  BOOST_TEST(lost.get() < 10'000U);
  log.reset();
  BOOST_TEST(lost.get() == 10'000U);
}

BOOST_AUTO_TEST_CASE(a_line_that_was_cut_is_completed_or_given_up_at_reopening) {
  int ends[2];
  Check(::pipe2(ends, O_NONBLOCK), "pipe2");
  const Descriptor reader(ends[0]);
  file.Reset(ends[1]);
  Check(::fcntl(file.get(), F_SETPIPE_SZ, 4096), "F_SETPIPE_SZ");
  AccessLog& opened = Open(Format::common);
  for (int i = 0; i < 100; ++i) opened.Write(request, 200, 12, kNow);
  opened.Flush();  // As far as the pipe takes it.
  Descriptor next(Check(::memfd_create("next", 0), "memfd_create"));
  opened.Reopen(Descriptor(Check(::dup(next.get()), "dup")));
  log.reset();
  std::string first(65536, '\0');
  first.resize(static_cast<std::size_t>(::read(reader.get(), first.data(), first.size())));
  BOOST_TEST(first.back() != '\n');
  const std::string second = Contents(next.get());
  BOOST_TEST(second.starts_with("192.0.2.7 - - ["));
  BOOST_TEST(lost.get() == 1U);
  const auto lines =
      std::count(first.begin(), first.end(), '\n') + std::count(second.begin(), second.end(), '\n');
  BOOST_TEST(lines == 99);
}

BOOST_AUTO_TEST_CASE(without_a_file_nothing_is_written_and_nothing_is_lost) {
  log.emplace(Descriptor(), Format::common, lost);
  log->Write(request, 200, 12, kNow);
  log.reset();
  BOOST_TEST(lost.get() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::exchange
