#include "config/users_file.hpp"

#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;

namespace {

const std::string kBcrypt = "$2y$04$KBCwKxOzLha2MUDgW0PjXe6FXpShTD1Nu18BhP4eHwohTd5QokYOm";
const std::string kYescrypt =
    "$y$j75$k2XAnEHBqQ1Ct2aMXFKNaR4OddqOg/$W/z7yKqH8rdGO1Q7TUTVBudLPYUws9J4YRb7.K.7XbD";
const std::string kSha512 =
    "$6$rounds=1000$k2XAnEHBqQ1Ct2aM$"
    "i0on5SbZBloHUlgt9AqZycgrzrC5xZ7MZe5XB788QzJDxuoSzXG34hdDA0pC6p3nf.KufMSaCXYdTpqYGvLAG.";
const std::string kSha256 = "$5$k2XAnEHBqQ1Ct2aM$Bnej1oy929O1BYOQi5Ge84sZ/zsV7vlvOOpEWbbnlX1";

/// What is wrong with one line.
std::string Fault(const std::string& line) {
  const UsersReading reading = ParseUsers(line, "users");
  return reading.problems.empty() ? "" : Format(reading.problems.front());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(UsersFileSuite)

BOOST_AUTO_TEST_CASE(names_and_hashes_are_found_by_name) {
  const UsersReading reading = ParseUsers("# people\r\nzoe:" + kBcrypt + "\r\n\nadam:" + kYescrypt +
                                              ":more\nb b:" + kSha512 + "\n\xc3\xa4:" + kSha256,
                                          "users");
  BOOST_TEST(reading.problems.size() == 0U);
  BOOST_TEST(reading.users.size() == 4U);
  BOOST_TEST(FindUser(reading.users, "zoe")->hash == kBcrypt);
  BOOST_TEST(FindUser(reading.users, "adam")->hash == kYescrypt);
  BOOST_TEST(FindUser(reading.users, "adam")->line == 4);
  BOOST_TEST(FindUser(reading.users, "b b")->hash == kSha512);
  BOOST_TEST(FindUser(reading.users, "\xc3\xa4")->hash == kSha256);
  for (const std::string nobody : {"", "a", "zoe:", "zoea"}) {
    BOOST_TEST(FindUser(reading.users, nobody) == nullptr);
  }
  BOOST_TEST(ParseUsers("", "users").users.size() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_place) {
  BOOST_TEST(Fault("\nadam") == "users:2:1: there is no colon: name:hash");
  BOOST_TEST(Fault(":" + kBcrypt) == "users:1:1: there is no name before the colon");
  BOOST_TEST(Fault("a\x1b:" + kBcrypt) == "users:1:1: the name has a control character in it");
  BOOST_TEST(Fault("adam:") == "users:1:6: there is no hash behind the colon");
  BOOST_TEST(Fault("adam:secret") ==
             "users:1:6: no hash of bcrypt ($2y$), yescrypt ($y$) or SHA-crypt ($6$, $5$): write "
             "it anew, with htpasswd -B for one");
  BOOST_TEST(Fault("adam:$apr1$a$b") ==
             "users:1:6: an MD5 hash is guessed in no time: write it anew, with htpasswd -B for "
             "one");
  BOOST_TEST(Fault("adam:{SHA}x").find("a SHA-1 hash is guessed in no time") != std::string::npos);
  BOOST_TEST(Fault("a:" + kBcrypt + "\nb:" + kBcrypt + "\na:" + kSha256) ==
             "users:3:1: `a` is there already, in line 1");
}

BOOST_AUTO_TEST_CASE(hashes_that_cannot_be_or_take_for_ever_are_refused) {
  BOOST_TEST(Fault("a:$2y$17" + kBcrypt.substr(6)) ==
             "users:1:3: a bcrypt hash has a cost of 04 to 16, not `17`");
  BOOST_TEST(Fault("a:$2y$4" + kBcrypt.substr(6)) ==
             "users:1:3: a bcrypt hash has a cost of 04 to 16, not `4`");
  BOOST_TEST(Fault("a:" + kBcrypt.substr(0, 59)) ==
             "users:1:3: a bcrypt hash has 53 characters behind its cost");
  BOOST_TEST(Fault("a:" + kSha512.substr(0, 90)) ==
             "users:1:3: a hash of its kind has 86 characters behind its salt");
  BOOST_TEST(Fault("a:$6$rounds=999" + kSha512.substr(14)) ==
             "users:1:3: a SHA-crypt hash has 1000 to 20000000 rounds");
  BOOST_TEST(Fault("a:$y$j75$!$" + std::string(43, 'a')) ==
             "users:1:3: a yescrypt hash has parameters, a salt and 43 characters");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_a_problem) {
  const UsersReading none = ReadUsers("/nowhere/users");
  BOOST_REQUIRE(none.problems.size() == 1U);
  BOOST_TEST(none.problems[0].text.find("No such file") != std::string::npos);
  BOOST_TEST(ReadUsers("/").problems[0].text ==
             "the file of users cannot be read: it is no regular file");
  BOOST_TEST(ReadUsers("/dev/null").problems.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
