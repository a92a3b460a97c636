#include "backends/passwords.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "backends/password_hash.hpp"

using namespace tined;
using backends::IsPasswordOf;
using backends::Passwords;
using backends::Users;

namespace {

const std::string kBcrypt = "$2y$04$KBCwKxOzLha2MUDgW0PjXe6FXpShTD1Nu18BhP4eHwohTd5QokYOm";
const std::string kOther = "$2y$04$KBCwKxOzLha2MUDgW0PjXe7ggzqGloo/plZo35HPOc2f0PmIxekNa";

class Asker final : public Passwords::Asker {
 public:
  void OnChecked(std::optional<bool> is_right) noexcept override {
    ++times;
    verdict = is_right;
  }
  int times = 0;
  std::optional<bool> verdict;
};

struct Checking {
  void WaitFor(const Asker& asker) {
    const TimePoint deadline = Clock::now() + std::chrono::seconds(20);
    loop::Alarm patience([] {});
    loop.Arm(patience, deadline);
    while (asker.times == 0 && Clock::now() < deadline) loop.Turn();
    BOOST_TEST(asker.times == 1);
  }
  /// What comes of it, computed if it is not known.
  std::optional<bool> Verdict(const Passwords::Question& question) {
    if (const auto known = passwords.Known(question)) return known;
    const auto asker = std::make_shared<Asker>();
    BOOST_TEST(passwords.Ask(question, asker, 0));
    WaitFor(*asker);
    return asker->verdict;
  }

  const config::Threads settings{4, 10, std::chrono::seconds(60)};
  loop::Loop loop;
  ledger::ThreadFigures figures;
  backends::Threads threads{loop, settings, figures};
  Passwords passwords{loop, threads};
};

/// A file of users, gone with this.
struct UsersFile {
  explicit UsersFile(const std::string& text) { Write(text); }
  UsersFile(const UsersFile&) = delete;
  UsersFile& operator=(const UsersFile&) = delete;
  ~UsersFile() { std::filesystem::remove(path); }
  void Write(const std::string& text) const {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }
  const std::string path = "/tmp/tined-users-" + std::to_string(::getpid());
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(PasswordsTest, Checking)

BOOST_AUTO_TEST_CASE(every_kind_of_hash_is_known) {
  for (const std::string& hash :
       {kBcrypt,
        std::string(
            "$y$j75$k2XAnEHBqQ1Ct2aMXFKNaR4OddqOg/$W/z7yKqH8rdGO1Q7TUTVBudLPYUws9J4YRb7.K.7XbD"),
        std::string("$6$rounds=1000$k2XAnEHBqQ1Ct2aM$i0on5SbZBloHUlgt9AqZycgrzrC5xZ7MZe5XB788QzJDxu"
                    "oSzXG34hdDA0pC6p3nf.KufMSaCXYdTpqYGvLAG."),
        std::string(
            "$5$rounds=1000$k2XAnEHBqQ1Ct2aM$Bnej1oy929O1BYOQi5Ge84sZ/zsV7vlvOOpEWbbnlX1")}) {
    BOOST_TEST(IsPasswordOf(hash, "open sesame"), hash);
    BOOST_TEST(!IsPasswordOf(hash, "open sesam"), hash);
    BOOST_TEST(!IsPasswordOf(hash, ""), hash);
  }
  BOOST_TEST(!IsPasswordOf("*0", "*0"));
  BOOST_TEST(!IsPasswordOf("nonsense", "nonsense"));
}

BOOST_AUTO_TEST_CASE(what_has_been_computed_is_remembered) {
  const Passwords::Question right{"adam", "open sesame", {kBcrypt, true}};
  const Passwords::Question wrong{"adam", "sesame", {kBcrypt, true}};
  BOOST_TEST(!passwords.Known(right).has_value());
  BOOST_TEST(Verdict(right).value());
  BOOST_TEST(passwords.Known(right).value());
  BOOST_TEST(!Verdict(wrong).value());
  BOOST_TEST(!passwords.Known(wrong).value());
}

BOOST_AUTO_TEST_CASE(nothing_else_is_taken_for_what_is_remembered) {
  BOOST_TEST(Verdict({"adam", "open sesame", {kBcrypt, true}}).value());
  // Another name, another password, another hash of the same name; a name that nobody has.
  BOOST_TEST(!passwords.Known({"eve", "open sesame", {kBcrypt, true}}).has_value());
  BOOST_TEST(!passwords.Known({"adam", "open sesam", {kBcrypt, true}}).has_value());
  BOOST_TEST(!passwords.Known({"adam", "open sesame", {kOther, true}}).has_value());
  BOOST_TEST(!passwords.Known({"adam", "open sesame", {kBcrypt, false}}).has_value());
  BOOST_TEST(!Verdict({"adam", "open sesame", {kBcrypt, false}}).value());
}

BOOST_AUTO_TEST_CASE(many_who_ask_the_same_wait_for_one_computation_and_too_many_are_turned_away) {
  const Passwords::Question question{"adam", "open sesame", {kBcrypt, true}};
  std::vector<std::shared_ptr<Asker>> askers;
  for (std::size_t i = 0; i < Passwords::kMostAsking; ++i) {
    askers.push_back(std::make_shared<Asker>());
    BOOST_REQUIRE(passwords.Ask(question, askers.back(), 0));
  }
  BOOST_TEST(!passwords.Ask(question, std::make_shared<Asker>(), 0));
  // Those that have gone meanwhile are not told.
  askers.erase(askers.begin(), askers.begin() + 10);
  WaitFor(*askers.back());
  for (const auto& asker : askers) BOOST_TEST(asker->verdict.value_or(false));
  BOOST_TEST(passwords.Ask({"eve", "x", {kBcrypt, true}}, std::make_shared<Asker>(), 0));
}

BOOST_AUTO_TEST_CASE(what_waits_is_bounded) {
  const auto ask = [&](std::size_t i, std::size_t bytes) {
    const std::string password = std::to_string(i);
    return passwords.Ask({"adam", password, {kBcrypt, true}}, std::make_shared<Asker>(), bytes);
  };
  BOOST_TEST(!ask(0, Passwords::kMostKept + 1));
  std::size_t taken = 0;
  while (taken < 1000 && ask(taken, 1)) ++taken;
  BOOST_TEST(taken == Passwords::kMostWaiting + Passwords::kMostAtOnce);
}

BOOST_AUTO_TEST_CASE(users_are_read_again_when_their_file_changes) {
  const UsersFile file("adam:" + kBcrypt + "\n");
  TimePoint now{std::chrono::hours(1)};
  Users users(file.path, now);
  BOOST_TEST(users.Find("adam", now).text == kBcrypt);
  BOOST_TEST(users.Find("adam", now).is_of_user);
  BOOST_TEST(!users.Find("eve", now).is_of_user);
  BOOST_TEST(users.Find("eve", now).text == kBcrypt);
  file.Write("eve:" + kOther + "\n");
  BOOST_TEST(users.Find("adam", now).is_of_user);
  now += std::chrono::seconds(1);
  BOOST_TEST(!users.Find("adam", now).is_of_user);
  BOOST_TEST(users.Find("eve", now).text == kOther);
  // One that makes no sense changes nothing.
  file.Write("eve:nonsense\n");
  now += std::chrono::seconds(1);
  BOOST_TEST(users.Find("eve", now).text == kOther);
  file.Write("");
  now += std::chrono::seconds(1);
  BOOST_TEST(!users.Find("eve", now).is_of_user);
  BOOST_TEST(users.Find("eve", now).text.starts_with("$2y$10$"));
}

BOOST_AUTO_TEST_CASE(without_its_file_there_are_no_users) {
  BOOST_CHECK_THROW(Users("/nowhere/users", TimePoint()), std::runtime_error);
  BOOST_CHECK_THROW((void)passwords.UsersOf("/dev/null"), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
