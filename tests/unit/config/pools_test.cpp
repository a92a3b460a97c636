// Which uses of modules share executors.
#include <boost/test/unit_test.hpp>
#include <string>

#include "config/model.hpp"

namespace tined::config {
namespace {

Module& Add(Config& config, const std::string& path, Module::Run run) {
  if (config.listeners.empty()) config.listeners.emplace_back();
  Route& route = config.listeners.front().routes.emplace_back();
  route.path = path;
  Module module;
  module.run = run;
  route.handler = module;
  return std::get<Module>(route.handler);
}

BOOST_AUTO_TEST_SUITE(ProcessPoolsTest)

BOOST_AUTO_TEST_CASE(nothing_that_runs_in_executors_is_no_pool) {
  Config config;
  Add(config, "/event", Module::Run::event);
  BOOST_TEST(ProcessPoolsOf(config).empty());
}

BOOST_AUTO_TEST_CASE(what_says_nothing_shares_one_with_the_general_settings) {
  Config config;
  config.backends.processes.max = 7;
  for (const char* path : {"/a", "/b"}) Add(config, path, Module::Run::process);
  const auto pools = ProcessPoolsOf(config);
  BOOST_REQUIRE(pools.size() == 1U);
  BOOST_TEST(pools[0].settings.max == 7);
  BOOST_REQUIRE(pools[0].uses.size() == 2U);
  BOOST_TEST(pools[0].uses[1].place == "/b");
}

BOOST_AUTO_TEST_CASE(one_with_processes_of_its_own_is_alone_and_behind_the_shared_one) {
  Config config;
  config.backends.processes = {.count = 2, .max = 7, .timeout = Duration(8)};
  for (const char* path : {"/a", "/b", "/c"}) Add(config, path, Module::Run::process);
  auto& routes = config.listeners.front().routes;
  std::get<Module>(routes[0].handler).processes.emplace().max = 1;
  std::get<Module>(routes[1].handler).processes.emplace();
  const auto pools = ProcessPoolsOf(config);
  BOOST_REQUIRE(pools.size() == 3U);
  BOOST_TEST(pools[0].uses.at(0).place == "/c");
  BOOST_TEST(pools[1].uses.at(0).place == "/a");
  BOOST_TEST(pools[2].uses.at(0).place == "/b");
  for (const auto& pool : pools) BOOST_TEST(pool.uses.size() == 1U);
  BOOST_TEST(pools[1].settings.max == 1);
  BOOST_TEST(pools[2].settings.max == 7);
  BOOST_TEST(pools[1].settings.count == 2);
  BOOST_TEST((pools[1].settings.timeout == Duration(8)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::config
