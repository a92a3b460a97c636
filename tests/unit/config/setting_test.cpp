// Settings of modules: a tree with types, unchanged by printing and reading again.
#include "config/setting.hpp"

#include <boost/test/unit_test.hpp>

#include "files.hpp"

using namespace tined::config;
using test::Files;
using Kind = Setting::Kind;

namespace {

std::string Served(const std::string& settings) {
  return "listeners:\n- name: a\n  address: 127.0.0.1:0\n  routes:\n"
         "  - {path: /, module: {file: a.so, settings: " +
         settings + "}}\n";
}

Setting SettingsOf(const Config& config) {
  return std::get<Module>(config.listeners.at(0).routes.at(0).handler).settings;
}

Setting SettingIn(const std::string& settings) {
  return SettingsOf(Files().Load(Served(settings)));
}

/// A scalar in short: its kind and its text.
std::pair<int, std::string> Scalar(const std::string& text) {
  const Setting setting = SettingIn(text);
  return {static_cast<int>(setting.kind), setting.text};
}

std::pair<int, std::string> Typed(Kind kind, const std::string& text) {
  return {static_cast<int>(kind), text};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SettingSuite)

BOOST_AUTO_TEST_CASE(plain_scalars_have_the_type_they_look_like) {
  BOOST_TEST((Scalar("true") == Typed(Kind::boolean, "true")));
  BOOST_TEST((Scalar("False") == Typed(Kind::string, "False")));
  BOOST_TEST((Scalar("-12") == Typed(Kind::integer, "-12")));
  BOOST_TEST((Scalar("+12") == Typed(Kind::integer, "+12")));
  BOOST_TEST((Scalar("1.5") == Typed(Kind::real, "1.5")));
  BOOST_TEST((Scalar("1e3") == Typed(Kind::real, "1e3")));
  BOOST_TEST((Scalar("99999999999999999999") == Typed(Kind::real, "99999999999999999999")));
  BOOST_TEST((Scalar("10s") == Typed(Kind::string, "10s")));
  BOOST_TEST((Scalar("nan") == Typed(Kind::string, "nan")));
  BOOST_TEST((Scalar("-") == Typed(Kind::string, "-")));
  BOOST_TEST(static_cast<int>(SettingIn("~").kind) == static_cast<int>(Kind::null));
}

BOOST_AUTO_TEST_CASE(quoted_scalars_are_text) {
  BOOST_TEST((Scalar("'12'") == Typed(Kind::string, "12")));
  BOOST_TEST((Scalar("\"true\"") == Typed(Kind::string, "true")));
}

BOOST_AUTO_TEST_CASE(numbers_have_their_value) {
  BOOST_TEST(SettingIn("-9223372036854775808").integer == INT64_MIN);
  BOOST_TEST(SettingIn("2.5e-1").real == 0.25);
  BOOST_TEST(SettingIn("7").real == 7.0);
}

BOOST_AUTO_TEST_CASE(variables_are_replaced_and_then_looked_at) {
  const test::Variable variable("TINED_TEST_MAX", "90");
  BOOST_TEST(SettingIn("{max: \"a ${TINED_TEST_MAX}\"}").items.at(0).text == "a 90");
  BOOST_TEST(SettingIn("{max: \"${TINED_TEST_MAX}\"}").items.at(0).integer == 90);
  BOOST_TEST(test::Refusal(Served("{max: \"${TINED_TEST_NOT_SET}\"}")) != "");
}

BOOST_AUTO_TEST_CASE(every_node_knows_where_it_stands) {
  const Files files;
  const Setting settings = SettingsOf(files.Load(Served("{a: [1, {b: c}]}")));
  const Setting& list = settings.items.at(0);
  BOOST_TEST(list.key == "a");
  BOOST_TEST(files.Short(list.items.at(1).items.at(0).where) == "tined.yaml:5:58");
}

BOOST_AUTO_TEST_CASE(printing_keeps_everything) {
  const Files files;
  const std::string settings =
      "{n: 12, s: '12', r: 1.5, t: true, q: \"true\", l: [a, [], {}], \"odd: key\": \"$$x\\n\"}";
  const Config first = files.Load(Served(settings));
  const std::string printed = Print(first);
  BOOST_TEST(Print(files.Load(printed)) == printed);
  BOOST_TEST(SettingsOf(files.Load(printed)).items.at(6).text == "$x\n");
  BOOST_TEST(SettingsOf(files.Load(printed)).items.at(6).key == "odd: key");
}

BOOST_AUTO_TEST_SUITE_END()
