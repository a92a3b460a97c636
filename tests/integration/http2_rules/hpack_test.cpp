// RFC 7541: header blocks byte by byte, and the table that one leaves for the next.
#include <boost/test/unit_test.hpp>

#include "tests/integration/http2_client.hpp"
#include "tests/integration/http2_rules.hpp"

using namespace tined::test::rules;
using tined::test::Http2Client;

namespace {

/// GET / of "test": static entries, and a name that is one (RFC 7541, appendix A).
const std::string kGet = std::string("\x82\x86\x84\x01\x04", 5) + "test";

Row Broken(const char* section, const char* what, const std::string& block) {
  return {section, what, HeadersOf(1, block), Ends(ErrorCode::compression_error)};
}
Row Fine(const char* section, const char* what, const std::string& block) {
  return {section, what, HeadersOf(1, block), Answers({{1, 200}})};
}
/// Two blocks, of which the second is read with the table that the first has left.
Row Next(const char* section, const char* what, const std::string& first,
         const std::string& second) {
  return {section, what, HeadersOf(1, first) + HeadersOf(3, second), Answers({{1, 200}, {3, 200}})};
}
Row NextBroken(const char* section, const char* what, const std::string& first,
               const std::string& second) {
  return {section, what, HeadersOf(1, first) + HeadersOf(3, second),
          Ends(ErrorCode::compression_error)};
}

const std::string kSize0 = "\x20";
const std::string kSize4096 = "\x3f\xe1\x1f";
const std::string kSize4097 = "\x3f\xe2\x1f";
/// x: y, added to the table: 34 bytes of it.
const std::string kAdded = "\x40\x01x\x01y";
const std::string kNewest = "\xbe";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http2_rules, Site)

BOOST_AUTO_TEST_CASE(fields_by_their_number) {
  Expect({
      Fine("7541, 6.1", "static entries", kGet),
      Broken("7541, 6.1", "0", kGet + "\x80"),
      Fine("7541, 6.1", "the last of the static table", kGet + "\xbd"),
      Broken("7541, 6.1", "the first of a table that is empty", kGet + kNewest),
      Broken("7541, 6.1", "far beyond the table", kGet + "\xff\x80\x80\x01"),
      Next("7541, 2.3.2", "one that the block before has added", kGet + kAdded, kGet + kNewest),
      Fine("7541, 2.3.2", "one that the same block has added", kGet + kAdded + kNewest),
      Next("7541, 2.3.2", "the older of two", kGet + kAdded + "\x40\x01z\x01z", kGet + "\xbf"),
      NextBroken("7541, 2.3.2", "beyond the older of two", kGet + kAdded + "\x40\x01z\x01z",
                 kGet + "\xc0"),
  });
}

BOOST_AUTO_TEST_CASE(integers) {
  Expect({
      Broken("7541, 5.1", "one that is not there", kGet + "\xff"),
      Broken("7541, 5.1", "one cut short", kGet + "\xff\x80"),
      Broken("7541, 5.1", "one that has no end", kGet + "\xff" + std::string(20, '\xff')),
      Broken("7541, 5.1", "one beyond 2^32", kGet + "\xff\xff\xff\xff\xff\x7f"),
      Broken("7541, 5.1", "one beyond 2^64", kGet + "\xff" + std::string(9, '\xff') + "\x01"),
  });
}

BOOST_AUTO_TEST_CASE(strings) {
  const std::string nul(1, '\0');
  Expect({
      Broken("7541, 5.2", "a name longer than the block", kGet + nul + "\x05x"),
      Broken("7541, 5.2", "a value longer than the block", kGet + nul + "\x01x\x05y"),
      Broken("7541, 5.2", "a value that is not there", kGet + nul + "\x01x"),
      Fine("7541, 5.2", "a value in Huffman's code: a", kGet + nul + "\x01x\x81\x1f"),
      Broken("7541, 5.2", "padding of zeros", kGet + nul + "\x01x\x81\x18"),
      Broken("7541, 5.2", "padding of more than 7 bits", kGet + nul + "\x01x\x82\x1f\xff"),
      Broken("7541, 5.2", "EOS inside", kGet + nul + "\x01x\x84\xff\xff\xff\xff"),
      Broken("7541, 5.2", "EOS behind a character", kGet + nul + "\x01x\x85\x1f\xff\xff\xff\xff"),
  });
}

BOOST_AUTO_TEST_CASE(literals) {
  const std::string nul(1, '\0');
  Expect({
      Fine("7541, 6.2.1", "with indexing, of a name that has a number", kGet + "\x7a\x01y"),
      Fine("7541, 6.2.2", "without indexing", kGet + nul + "\x01x\x01y"),
      Fine("7541, 6.2.3", "never indexed", kGet + "\x10\x01x\x01y"),
      Broken("7541, 6.2.1", "of a name beyond the table", kGet + std::string("\x7f\0\x01y", 4)),
      Broken("7541, 6.2.2", "of a name beyond the table, not indexed", kGet + "\x0f\x2f\x01y"),
      NextBroken("7541, 6.2.2", "those without indexing are not in the table",
                 kGet + nul + "\x01x\x01y", kGet + kNewest),
      NextBroken("7541, 6.2.3", "those never indexed neither", kGet + "\x10\x01x\x01y",
                 kGet + kNewest),
  });
}

BOOST_AUTO_TEST_CASE(the_size_of_the_table) {
  const std::string large = "\x40\x01x\x7f\xc9\x1e" + std::string(4040, 'y');  // 4073 of 4096
  Expect({
      Fine("7541, 6.3", "as it is", kSize4096 + kGet),
      Fine("7541, 6.3", "none, and as it was", kSize0 + kSize4096 + kGet + kAdded + kNewest),
      Broken("7541, 6.3", "larger than is allowed", kSize4097 + kGet),
      Broken("7541, 4.2", "behind a field", kGet + kSize0),
      Broken("7541, 4.2", "between fields", "\x82" + kSize0 + kGet.substr(1)),
      NextBroken("7541, 4.3", "a smaller one leaves out what has no room", kGet + kAdded,
                 kSize0 + kSize4096 + kGet + kNewest),
      Next("7541, 4.4", "what is added takes the room of the oldest", kGet + kAdded + large,
           kGet + kNewest),
      NextBroken("7541, 4.4", "the oldest is gone then", kGet + kAdded + large, kGet + "\xbf"),
      NextBroken("7541, 4.4", "an entry larger than the table empties it",
                 kSize4096 + kGet + kAdded + "\x40\x01x\x7f\x81\x1f" + std::string(4096, 'y'),
                 kGet + kNewest),
  });
}

BOOST_AUTO_TEST_CASE(the_size_of_the_clients_table) {
  const auto first_block = [this](const std::string& settings) {
    Http2Client client(Port());
    client.Send(settings);
    client.Ask(1, "/");
    for (;;) {
      const Http2Client::Frame frame = client.ReadFrame();
      if (frame.type == FrameType::headers) return frame.content;
    }
  };
  constexpr int kTable = 1;
  BOOST_TEST(first_block("").front() == '\x88');
  BOOST_TEST(first_block(Settings({{kTable, 100}})).substr(0, 3) == "\x20\x3f\x45");
  BOOST_TEST(first_block(Settings({{kTable, 0}})).substr(0, 2) == "\x20\x88");
  // That it was empty in between is told even so.
  BOOST_TEST(first_block(Settings({{kTable, 0}, {kTable, 4096}})).starts_with(kSize0 + kSize4096));
  BOOST_TEST(first_block(Settings({{kTable, 0}}) + Settings({{kTable, 4096}}))
                 .starts_with(kSize0 + kSize4096));
}

BOOST_AUTO_TEST_SUITE_END()
