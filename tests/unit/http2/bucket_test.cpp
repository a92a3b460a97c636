#include "http2/bucket.hpp"

#include <boost/test/unit_test.hpp>

using namespace tined::http2;

BOOST_AUTO_TEST_SUITE(BucketTest)

BOOST_AUTO_TEST_CASE(it_holds_so_many_and_fills_with_time) {
  Bucket bucket({.most = 3, .refill = 2});
  for (int i = 0; i < 3; ++i) BOOST_TEST(bucket.Take(100));
  BOOST_TEST(!bucket.Take(100));
  BOOST_TEST(bucket.Take(101));
  BOOST_TEST(bucket.Take(101));
  BOOST_TEST(!bucket.Take(101));
}

BOOST_AUTO_TEST_CASE(it_never_holds_more_and_a_clock_that_goes_back_gives_nothing) {
  Bucket bucket({.most = 1, .refill = 1000});
  BOOST_TEST(bucket.Take(1));
  BOOST_TEST(bucket.Take(1'000'000'000'000));
  BOOST_TEST(!bucket.Take(1'000'000'000'000));
  BOOST_TEST(!bucket.Take(5));
}

BOOST_AUTO_TEST_SUITE_END()
