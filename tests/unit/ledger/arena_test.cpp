#include "ledger/arena.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "ledger/composer.hpp"
#include "ledger/ledger.hpp"

namespace tined::ledger {
namespace {

struct Memory {
  Ledger ledger{4, 8U << 20};
  Arena arena{ledger.arena()};
};

BOOST_FIXTURE_TEST_SUITE(ArenaTest, Memory)

BOOST_AUTO_TEST_CASE(a_block_is_at_least_as_large_as_asked_and_a_power_of_two) {
  for (const std::uint64_t size : {1ULL, 16384ULL, 16385ULL, 100000ULL, 1ULL << 20}) {
    Block block = arena.Allocate(size);
    BOOST_TEST(block.size >= size);
    BOOST_TEST((block.size & (block.size - 1)) == 0U);
    arena.Free(block);
    BOOST_TEST(block.size == 0U);
  }
  BOOST_TEST(arena.used() == 0U);
}

BOOST_AUTO_TEST_CASE(a_copy_has_its_bytes_and_the_room_that_was_asked_for) {
  Block block;
  BOOST_TEST(arena.Copy({}, 1, block));
  BOOST_TEST(block.size == 0U);
  const std::string bytes(Arena::kSmallest, 'x');
  BOOST_REQUIRE(arena.Copy(bytes, 1, block));
  BOOST_TEST(block.size == 2 * Arena::kSmallest);
  BOOST_TEST((std::string_view(arena.At(block.offset), bytes.size()) == bytes));
  Block none;
  BOOST_TEST(!arena.Copy(bytes, UINT32_MAX, none));
  BOOST_TEST(none.size == 0U);
}

BOOST_AUTO_TEST_CASE(the_single_block_given_back_last_goes_out_first) {
  Block first = arena.Allocate(1);
  Block second = arena.Allocate(1);
  const std::uint32_t warm = first.offset;
  arena.Free(second);
  arena.Free(first);
  BOOST_TEST(arena.Allocate(1).offset == warm);
}

BOOST_AUTO_TEST_CASE(a_full_arena_refuses_and_recovers) {
  std::vector<Block> blocks;
  for (;;) {
    const Block block = arena.Allocate(Arena::kSmallest);
    if (block.size == 0) break;
    blocks.push_back(block);
  }
  BOOST_TEST(blocks.size() == (8U << 20) / Arena::kSmallest);
  for (Block& block : blocks) arena.Free(block);
  // Though all memory lies in single blocks now, a large one is joined from them.
  BOOST_TEST(arena.Allocate(4U << 20).size == 4U << 20);
}

BOOST_AUTO_TEST_CASE(what_large_blocks_cannot_have_is_kept_for_the_smallest) {
  std::vector<Block> large;
  for (const std::uint64_t size : {1U << 20, 256U << 10, 32U << 10}) {
    for (Block block = arena.Allocate(size); block.size > 0; block = arena.Allocate(size)) {
      large.push_back(block);
    }
  }
  BOOST_TEST(arena.used() == 5U << 20);
  BOOST_TEST(arena.is_scarce());
  std::vector<Block> small;
  for (Block block = arena.Allocate(1); block.size > 0; block = arena.Allocate(1)) {
    small.push_back(block);
  }
  BOOST_TEST(small.size() == (3U << 20) / Arena::kSmallest);
  for (Block& block : large) arena.Free(block);
  BOOST_TEST(!arena.is_scarce());
  BOOST_TEST(arena.Allocate(1U << 20).size > 0U);
}

BOOST_AUTO_TEST_CASE(more_than_the_largest_block_is_refused) {
  BOOST_TEST(arena.Allocate(std::uint64_t{Arena::kLargest} + 1).size == 0U);
  BOOST_TEST(arena.Allocate(~std::uint64_t{0}).size == 0U);
}

BOOST_AUTO_TEST_CASE(trim_keeps_the_arena_whole) {
  std::vector<Block> blocks;
  for (int i = 0; i < 300; ++i) blocks.push_back(arena.Allocate(1));
  for (Block& block : blocks) arena.Free(block);
  for (int i = 0; i < 4; ++i) arena.Trim();
  BOOST_TEST(arena.Allocate(4U << 20).size == 4U << 20);
}

BOOST_AUTO_TEST_CASE(random_use_never_hands_out_a_byte_twice) {
  std::mt19937 random(11);
  struct Owned {
    Block block;
    char mark;
  };
  std::vector<Owned> owned;
  for (int step = 0; step < 20000; ++step) {
    if (random() % 2 == 0) {
      Block block = arena.Allocate(1U << (random() % 19));
      if (block.size == 0) continue;
      const char mark = static_cast<char>(step);
      std::memset(arena.At(block.offset), mark, 64);
      std::memset(arena.At(block.offset + block.size - 64), mark, 64);
      owned.push_back({block, mark});
    } else if (!owned.empty()) {
      std::swap(owned[random() % owned.size()], owned.back());
      Owned& last = owned.back();
      BOOST_REQUIRE(*arena.At(last.block.offset) == last.mark);
      BOOST_REQUIRE(*arena.At(last.block.offset + last.block.size - 1) == last.mark);
      arena.Free(last.block);
      owned.pop_back();
    }
    if (step % 1000 == 0) arena.Trim();
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(ComposerTest, Memory)

BOOST_AUTO_TEST_CASE(bytes_survive_growth_and_the_place_follows) {
  Block block;
  std::atomic<std::uint32_t> place{0};
  Composer composer(arena, block, place, 0);
  std::string expected;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    composer.AppendNumber(i);
    composer.Append(",");
    expected += std::to_string(i) + ",";
  }
  BOOST_TEST(!composer.has_failed());
  BOOST_TEST((std::string_view(arena.At(place.load()), composer.size()) == expected));
}

BOOST_AUTO_TEST_CASE(without_room_it_fails_as_a_whole_and_can_be_rewound) {
  Block block;
  std::atomic<std::uint32_t> place{0};
  Composer composer(arena, block, place, 0);
  composer.Append("kept");
  composer.Append(std::string(9U << 20, 'x'));
  composer.Append("more");
  BOOST_TEST(composer.has_failed());
  composer.Rewind(4);
  composer.Append("!");
  BOOST_TEST(!composer.has_failed());
  BOOST_TEST((std::string_view(arena.At(place.load()), composer.size()) == "kept!"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::ledger
