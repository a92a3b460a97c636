#include "http2/bucket.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined::http2;
using std::chrono::seconds;

BOOST_AUTO_TEST_SUITE(BucketTest)

BOOST_AUTO_TEST_CASE(it_holds_so_many_and_fills_with_time) {
  constexpr Bucket::Size kSize{.most = 3, .refill = 2};
  Bucket bucket;
  for (int i = 0; i < 3; ++i) BOOST_TEST(bucket.Take(kSize, seconds(100)));
  BOOST_TEST(!bucket.Take(kSize, seconds(100)));
  BOOST_TEST(bucket.Take(kSize, seconds(101)));
  BOOST_TEST(bucket.Take(kSize, seconds(101)));
  BOOST_TEST(!bucket.Take(kSize, seconds(101)));
}

BOOST_AUTO_TEST_CASE(it_never_holds_more_and_a_clock_that_goes_back_gives_nothing) {
  constexpr Bucket::Size kSize{.most = 1, .refill = 1000};
  Bucket bucket;
  BOOST_TEST(bucket.Take(kSize, seconds(1)));
  BOOST_TEST(bucket.Take(kSize, seconds(1'000'000'000'000)));
  BOOST_TEST(!bucket.Take(kSize, seconds(1'000'000'000'000)));
  BOOST_TEST(!bucket.Take(kSize, seconds(5)));
}

BOOST_AUTO_TEST_CASE(tokens_are_put_back_and_never_more_than_were_taken) {
  constexpr Bucket::Size kSize{.most = 2, .refill = 0};
  Bucket bucket;
  BOOST_TEST(bucket.Take(kSize, seconds(1)));
  bucket.PutBack(5);
  BOOST_TEST(bucket.Take(kSize, seconds(1)));
  BOOST_TEST(bucket.Take(kSize, seconds(1)));
  BOOST_TEST(!bucket.Take(kSize, seconds(1)));
}

BOOST_AUTO_TEST_CASE(another_size_counts_at_once) {
  Bucket bucket;
  for (int i = 0; i < 5; ++i) BOOST_TEST(bucket.Take({.most = 5, .refill = 0}, seconds(1)));
  BOOST_TEST(!bucket.Take({.most = 2, .refill = 0}, seconds(1)));
  BOOST_TEST(bucket.Take({.most = 6, .refill = 0}, seconds(1)));
}

BOOST_AUTO_TEST_SUITE_END()
