#include <array>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "http2/hpack_decoder.hpp"
#include "http2/hpack_encoder.hpp"
#include "tests/unit/http2/random_encoder.hpp"

namespace tined::http2 {
namespace {

using Outcome = HpackDecoder::Outcome;
using Place = HpackEncoder::Place;

Outcome Decode(HpackDecoder& decoder, std::string_view block, FieldList& fields) {
  return decoder.Decode(std::array{block}, fields);
}

std::string Copy(const HpackDecoder& decoder) {
  std::string room(kLargestTableCopy, '?');
  room.resize(decoder.Save(room));
  return room;
}

std::string Shown(const FieldList& fields) {
  std::string text;
  for (const Field& field : fields.fields()) {
    text.append(field.name).append(field.is_sensitive ? "! " : ": ").append(field.value) += '\n';
  }
  return text;
}

struct Talk {
  FieldList fields{{.size = std::size_t{64} << 10, .count = 200}};
  HpackDecoder decoder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(HpackTest, Talk)

BOOST_AUTO_TEST_CASE(rfc7541_c_3_requests_that_share_a_table) {
  const std::string first = "\x82\x86\x84\x41\x0fwww.example.com";
  const std::string second = "\x82\x86\x84\xbe\x58\x08no-cache";
  BOOST_TEST((Decode(decoder, first, fields) == Outcome::fields));
  BOOST_TEST(Shown(fields) ==
             ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n");
  BOOST_TEST(decoder.has_changed());
  BOOST_TEST((Decode(decoder, second, fields) == Outcome::fields));
  BOOST_TEST(Shown(fields) ==
             ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n"
             "cache-control: no-cache\n");
}

BOOST_AUTO_TEST_CASE(a_block_may_come_in_pieces) {
  const std::array<std::string_view, 3> parts = {"\x82\x86\x84\x41\x0fwww.ex", "", "ample.com"};
  BOOST_TEST((decoder.Decode(parts, fields) == Outcome::fields));
  BOOST_TEST(fields.fields().back().value == "www.example.com");
}

BOOST_AUTO_TEST_CASE(an_empty_block_is_one) {
  BOOST_TEST((Decode(decoder, "", fields) == Outcome::fields));
  BOOST_TEST(fields.fields().empty());
  BOOST_TEST(!decoder.has_changed());
}

BOOST_AUTO_TEST_CASE(rfc7541_4_2_a_size_beyond_the_setting_is_broken) {
  std::string block;
  AppendInteger(block, kSizeUpdate, 5, kDefaultTableSize + 1);
  BOOST_TEST((Decode(decoder, block, fields) == Outcome::broken));
}

BOOST_AUTO_TEST_CASE(rfc7541_2_3_3_an_index_beyond_the_table_is_broken) {
  BOOST_TEST((Decode(decoder, "\xbe", fields) == Outcome::broken));
}

BOOST_AUTO_TEST_CASE(what_is_too_large_still_changes_the_table) {
  FieldList small({.size = 100, .count = 10});
  const std::string large = std::string("\x40\x01x\x50") + std::string(0x50, 'v');
  BOOST_TEST((Decode(decoder, large + "\x40\x01y\x01v", small) == Outcome::too_large));
  BOOST_TEST((Decode(decoder, "\xbe", fields) == Outcome::fields));
  BOOST_TEST(Shown(fields) == "y: v\n");
  // The next list begins anew.
  BOOST_TEST((Decode(decoder, "\xbe", small) == Outcome::fields));
}

BOOST_AUTO_TEST_CASE(a_bomb_is_not_read_to_its_end) {
  std::string large;
  AppendInteger(large, kWithIndexing, 6, 0);
  AppendString(large, "x");
  AppendString(large, std::string(4000, 'v'));
  BOOST_TEST((Decode(decoder, large, fields) == Outcome::fields));
  BOOST_TEST((Decode(decoder, std::string(60000, '\xbe'), fields) == Outcome::flood));
}

BOOST_AUTO_TEST_CASE(what_changes_no_table_is_not_saved_again) {
  BOOST_TEST((Decode(decoder, "\x82\x04\x03/ab\x10\x01x\x01y", fields) == Outcome::fields));
  BOOST_TEST(!decoder.has_changed());
  BOOST_TEST((Decode(decoder, "\x20\x3f\xe1\x1f\x82", fields) == Outcome::fields));
  BOOST_TEST(decoder.has_changed());
}

BOOST_AUTO_TEST_CASE(a_copy_that_makes_no_sense_is_refused) {
  HpackDecoder none(std::string_view{});
  BOOST_TEST(!none);
  Decode(decoder, "\x40\x01x\x01v", fields);
  const std::string whole = Copy(decoder);
  BOOST_TEST(static_cast<bool>(HpackDecoder(whole)));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    BOOST_TEST(static_cast<bool>(HpackDecoder(std::string_view(whole).substr(0, size))) ==
               (size == kTableHeaderSize));
  }
  BOOST_TEST(!HpackDecoder(std::string_view("\0\0\x10\x01", 4)));
  BOOST_TEST(!HpackDecoder(std::string_view("\0\0\0\x20\0\x01\0\0x", 9)));
}

/// One decoder reads all blocks, the other is made anew every few of them.
BOOST_AUTO_TEST_CASE(one_that_is_made_of_a_copy_goes_on_exactly_where_the_other_was) {
  test::RandomEncoder random(7541);
  HpackDecoder lasting;
  HpackDecoder renewed;
  FieldList others(fields.limits());
  std::string copy = Copy(lasting);
  int rebuilt = 0;
  int broken = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string block = random.Block();
    const Outcome outcome = Decode(lasting, block, fields);
    BOOST_REQUIRE((Decode(renewed, block, others) == outcome));
    BOOST_REQUIRE_EQUAL(Shown(fields), Shown(others));
    if (outcome == Outcome::broken) {
      // Such a connection is over: another one begins.
      lasting = HpackDecoder();
      renewed = HpackDecoder();
      copy = Copy(lasting);
      ++broken;
      continue;
    }
    const std::string now = Copy(lasting);
    BOOST_REQUIRE((now == Copy(renewed)));
    BOOST_REQUIRE((lasting.has_changed() || now == copy));
    copy = now;
    if (random.Below(10) != 0) continue;
    renewed = HpackDecoder(copy);
    BOOST_REQUIRE(static_cast<bool>(renewed));
    ++rebuilt;
  }
  BOOST_TEST(rebuilt > 1000);
  BOOST_TEST(broken > 50);
}

BOOST_AUTO_TEST_CASE(what_is_encoded_can_be_decoded) {
  HpackEncoder encoder(Place::first, kDefaultTableSize);
  const std::array<Field, 3> answer = {Field{":status", "200"}, Field{"server", "tined"},
                                       Field{"x-token", "secret", true}};
  std::string block;
  BOOST_REQUIRE(encoder.Encode(answer, block));
  BOOST_TEST((Decode(decoder, block, fields) == Outcome::fields));
  BOOST_TEST(Shown(fields) == ":status: 200\nserver: tined\nx-token! secret\n");
  const std::size_t first_size = block.size();
  block.clear();
  BOOST_REQUIRE(encoder.Encode(answer, block));
  BOOST_TEST(block.size() < first_size);
}

BOOST_AUTO_TEST_CASE(a_successor_begins_with_an_empty_table) {
  HpackEncoder encoder(Place::successor, 65536);
  std::string block;
  BOOST_REQUIRE(encoder.Encode(std::array{Field{":status", "200"}}, block));
  BOOST_TEST(block == "\x20\x3f\xe1\x1f\x88");
}

BOOST_AUTO_TEST_CASE(no_table_is_larger_than_the_client_allows) {
  for (const auto place : {Place::first, Place::successor}) {
    HpackEncoder encoder(place, 0);
    std::string block;
    BOOST_REQUIRE(encoder.Encode(std::array{Field{"x-name", "value"}}, block));
    BOOST_TEST(block.front() == '\x20');
    FieldList list(fields.limits());
    HpackDecoder client;
    BOOST_TEST((Decode(client, block, list) == Outcome::fields));
    BOOST_TEST(Copy(client).size() == kTableHeaderSize);
  }
}

BOOST_AUTO_TEST_CASE(encoders_follow_one_another_and_settings_change_in_between) {
  test::RandomEncoder random(9113);
  std::uint32_t client_size = kDefaultTableSize;
  HpackEncoder encoder(Place::first, client_size);
  for (int i = 0; i < 20000; ++i) {
    if (random.Below(40) == 0) encoder = HpackEncoder(Place::successor, client_size);
    if (random.Below(50) == 0) {
      constexpr std::uint32_t kSizes[] = {0, 100, 4096, 65536};
      client_size = kSizes[random.Below(4)];
      BOOST_REQUIRE(encoder.SetClientTableSize(client_size));
    }
    const std::string value = std::to_string(random.Below(50));
    const std::array<Field, 3> answer = {Field{":status", "200"}, Field{"etag", value},
                                         Field{"x-number", value}};
    std::string block;
    BOOST_REQUIRE(encoder.Encode(answer, block));
    BOOST_REQUIRE((Decode(decoder, block, fields) == Outcome::fields));
    BOOST_REQUIRE_EQUAL(Shown(fields),
                        ":status: 200\netag: " + value + "\nx-number: " + value + "\n");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::http2
