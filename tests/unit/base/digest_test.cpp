#include "base/digest.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using tined::Digest;

BOOST_AUTO_TEST_SUITE(DigestTest)

BOOST_AUTO_TEST_CASE(it_is_siphash_2_4_of_the_papers_appendix) {
  std::string bytes;
  BOOST_TEST(Digest(bytes) == 0x726fdb47dd0e0e31U);
  for (char i = 0; i < 15; ++i) bytes.push_back(i);
  BOOST_TEST(Digest(bytes) == 0xa129ca6149be45e5U);
}

BOOST_AUTO_TEST_SUITE_END()
