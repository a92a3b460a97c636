#include "base/log.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace tined::log {
namespace {

/// Something else in standard error's place for as long as this lives.
class StandardError {
 public:
  explicit StandardError(Descriptor replacement = Descriptor(Check(::memfd_create("log", 0), "")))
      : saved_(Check(::dup(STDERR_FILENO), "dup")), file_(std::move(replacement)) {
    Check(::dup2(file_.get(), STDERR_FILENO), "dup2");
  }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;
  ~StandardError() {
    ::dup2(saved_.get(), STDERR_FILENO);
    Configure(Level::info, Format::text);
  }

  [[nodiscard]] std::string Text() const {
    std::string text(65536, '\0');
    const ssize_t size = ::pread(file_.get(), text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return text;
  }
  /// Without the time in front, whose form it checks.
  [[nodiscard]] std::string Line() const {
    const std::string text = Text();
    BOOST_REQUIRE(text.size() > 25);
    const std::string form = "0000-00-00T00:00:00.000Z ";
    for (std::size_t i = 0; i < form.size(); ++i) {
      const bool is_digit = text[i] >= '0' && text[i] <= '9';
      BOOST_TEST((form[i] == '0' ? is_digit : text[i] == form[i]));
    }
    return text.substr(form.size());
  }

 private:
  Descriptor saved_;
  Descriptor file_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(LogSuite)

BOOST_AUTO_TEST_CASE(a_line_is_time_level_message_and_fields) {
  const StandardError standard_error;
  Configure(Level::info, Format::text);
  Info("worker is ready", {{"worker", 0}, {"gen", 2}, {"cause", "exit 1"}, {"path", "/a"}});
  BOOST_TEST(standard_error.Line() ==
             "info worker is ready worker=0 gen=2 cause=\"exit 1\" path=/a\n");
}

BOOST_AUTO_TEST_CASE(no_value_can_end_its_line_or_its_quotes) {
  const StandardError standard_error;
  Configure(Level::info, Format::text);
  Info("a\nb", {{"x", "1\n2\" y=3\x1b[31m"}, {"empty", ""}});
  BOOST_TEST(standard_error.Line() == "info a\\nb x=\"1\\n2\\\" y=3\\u001b[31m\" empty=\"\"\n");
}

BOOST_AUTO_TEST_CASE(what_does_not_show_as_what_it_is_is_escaped) {
  const StandardError standard_error;
  Configure(Level::info, Format::text);
  Info("a", {{"csi", "\u009b31m"},
             {"bidi", "a\u202eb\u2066"},
             {"tag", "\U000e0041"},
             {"is", "äé\u4e16😀"}});
  BOOST_TEST(standard_error.Line() ==
             "info a csi=\\u009b31m bidi=a\\u202eb\\u2066 tag=\\udb40\\udc41 is=äé\u4e16😀\n");
}

BOOST_AUTO_TEST_CASE(json_keeps_numbers_and_every_byte_of_text) {
  const StandardError standard_error;
  Configure(Level::info, Format::json);
  Error("it \"broke\"", {{"worker", -1}, {"pid", 7}, {"error", "a\\b\n\tç"}});
  const auto line = nlohmann::json::parse(standard_error.Text());
  BOOST_TEST(line["level"] == "error");
  BOOST_TEST(line["message"] == "it \"broke\"");
  BOOST_TEST(line["worker"] == -1);
  BOOST_TEST(line["pid"] == 7);
  BOOST_TEST(line["error"] == "a\\b\n\tç");
  BOOST_TEST(line["time"].get<std::string>().size() == 24U);
  BOOST_TEST(standard_error.Text().back() == '\n');
}

BOOST_AUTO_TEST_CASE(json_stays_json_whatever_bytes_a_client_sent) {
  const StandardError standard_error;
  Configure(Level::info, Format::json);
  Info("x", {{"path", "a\xff\xc3("}});
  BOOST_TEST(nlohmann::json::parse(standard_error.Text())["path"] == "a\u00ff\u00c3(");
}

BOOST_AUTO_TEST_CASE(levels_below_the_wanted_one_are_left_out) {
  const StandardError standard_error;
  Configure(Level::warning, Format::text);
  Debug("no");
  Info("no");
  Warning("yes");
  Error("yes");
  const std::string text = standard_error.Text();
  BOOST_TEST(text.find("no") == std::string::npos);
  BOOST_TEST(text.find("warning yes\n") != std::string::npos);
  BOOST_TEST(text.find("error yes\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_cut_and_json_is_replaced) {
  const std::string endless(10'000, 'x');
  {
    const StandardError standard_error;
    Configure(Level::info, Format::text);
    Info("long", {{"value", endless}});
    const std::string text = standard_error.Text();
    BOOST_TEST(text.size() <= 4096U);
    BOOST_TEST(text.ends_with("xxx ...\n"));
  }
  const StandardError standard_error;
  Configure(Level::info, Format::json);
  Info("long", {{"value", endless}});
  BOOST_TEST(nlohmann::json::parse(standard_error.Text())["level"] == "warning");
}

BOOST_AUTO_TEST_CASE(a_full_disk_costs_lines_that_are_counted_and_leaves_errno_alone) {
  const StandardError standard_error{Descriptor(Check(::open("/dev/full", O_WRONLY), "open"))};
  Configure(Level::info, Format::text);
  const std::uint64_t before = LinesLost();
  errno = EBADF;
  Info("one");
  BOOST_TEST(errno == EBADF);
  Info("two");
  BOOST_TEST(LinesLost() == before + 2);
  ForgetLinesLost();
  BOOST_TEST(LinesLost() == 0U);
}

BOOST_AUTO_TEST_CASE(a_reader_that_has_stopped_costs_lines_and_never_blocks) {
  int ends[2];
  Check(::pipe(ends), "pipe");
  const Descriptor reader(ends[0]);
  const StandardError standard_error{Descriptor(ends[1])};
  Configure(Level::info, Format::text);
  const std::uint64_t before = LinesLost();
  const std::string value(1000, 'x');
  for (int i = 0; i < 1000; ++i) Info("more than a pipe takes", {{"value", value}});
  BOOST_TEST(LinesLost() > before + 500);
}

BOOST_AUTO_TEST_CASE(automatic_is_text_where_standard_error_is_not_the_journals_stream) {
  const StandardError standard_error;
  ::setenv("JOURNAL_STREAM", "1:1", 1);
  Configure(Level::info, Format::automatic);
  ::unsetenv("JOURNAL_STREAM");
  Info("not the journal's");
  BOOST_TEST(standard_error.Line() == "info not the journal's\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::log
