// What the supervisor writes for tined-executor, and what that reads of it.
#include "executor/start.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>

#include "base/memory_file.hpp"

namespace tined::executor {
namespace {

// Values and paths are bytes: no encoding is promised.
const std::string kBytes("\xff\0 0.1", 6);

config::Module ModuleOf(const std::string& file, config::Module::Run run, int image) {
  config::Module module;
  module.file = file;
  module.run = run;
  module.image = image;
  return module;
}

Start MakeStart() {
  Start start;
  config::Config& config = start.config;
  config.log = {log::Level::debug, log::Format::json};
  config.workers.restart = {
      .backoff = Duration(1), .backoff_max = Duration(2), .limit = 3, .within = Duration(4)};
  config.backends.processes = {.count = 5,
                               .max = 6,
                               .requests_per_process = 7,
                               .timeout = Duration(8),
                               .memory = Bytes{9},
                               .queue = 10};
  config::Listener& web = config.listeners.emplace_back();
  web.name = "web";
  web.routes.emplace_back().handler = config::Respond();
  config::Route& event = web.routes.emplace_back();
  event.path = "/event";
  event.handler = ModuleOf("/event.so", config::Module::Run::event, 30);
  config::Route& process = web.routes.emplace_back();
  process.path = "/process";
  config::Module module = ModuleOf("/process.so", config::Module::Run::process, 31);
  config::Setting& value = module.settings.items.emplace_back();
  module.settings.kind = config::Setting::Kind::map;
  value = {.kind = config::Setting::Kind::real,
           .text = kBytes,
           .boolean = true,
           .integer = INT64_MIN,
           .real = 0.1,
           .key = "key",
           .items = {},
           .where = "tined.yaml:1:2"};
  process.handler = module;
  config::Listener& raw = config.listeners.emplace_back();
  raw.name = "raw";
  raw.stream.emplace().handler = ModuleOf("/stream.so", config::Module::Run::process, -1);
  start.identity = {true, 11, 12, {13, 14}};
  start.generation = 15;
  start.control = 16;
  start.jobs = 17;
  start.board = 18;
  return start;
}

std::string Fault(int memory) {
  try {
    (void)Read(memory);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StartTest)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  const Descriptor memory = Write(MakeStart());
  const Start start = Read(memory.get());
  BOOST_TEST((start.identity == MakeStart().identity));
  BOOST_TEST(start.generation == 15);
  BOOST_TEST(start.control == 16);
  BOOST_TEST(start.jobs == 17);
  BOOST_TEST(start.board == 18);
  BOOST_TEST((start.config.log.level == log::Level::debug));
  BOOST_TEST((start.config.log.format == log::Format::json));
  const config::Restart& restart = start.config.workers.restart;
  BOOST_TEST((restart.backoff == Duration(1) && restart.backoff_max == Duration(2) &&
              restart.limit == 3 && restart.within == Duration(4)));
  const config::Processes& processes = start.config.backends.processes;
  BOOST_TEST((processes.count == 5 && processes.max == 6 && processes.requests_per_process == 7 &&
              processes.timeout == Duration(8) && processes.memory == Bytes{9} &&
              processes.queue == 10));
}

BOOST_AUTO_TEST_CASE(uses_of_modules_keep_their_places_and_numbers) {
  const Start start = Read(Write(MakeStart()).get());
  const auto all = config::ModulesOf(start.config);
  BOOST_REQUIRE(all.size() == 3U);
  BOOST_TEST(all[0].place == "/event");
  BOOST_TEST(all[2].place == "raw");
  const auto uses = config::ProcessModulesOf(start.config);
  BOOST_REQUIRE(uses.size() == 2U);
  BOOST_TEST(uses[0].module->file == "/process.so");
  BOOST_TEST(uses[0].module->image == 31);
  BOOST_TEST(!uses[0].is_stream);
  BOOST_TEST(uses[1].module->file == "/stream.so");
  BOOST_TEST(uses[1].module->image == -1);
  BOOST_TEST(uses[1].is_stream);
  const config::Setting& settings = uses[0].module->settings;
  BOOST_TEST((settings.kind == config::Setting::Kind::map));
  BOOST_REQUIRE(settings.items.size() == 1U);
  const config::Setting& value = settings.items.front();
  BOOST_TEST((value.kind == config::Setting::Kind::real && value.boolean &&
              value.integer == INT64_MIN && value.real == 0.1 && value.key == "key" &&
              value.where == "tined.yaml:1:2" && value.text == kBytes));
}

BOOST_AUTO_TEST_CASE(only_descriptors_that_executors_need_are_passed_on) {
  std::vector<int> all = MakeStart().Descriptors();
  std::sort(all.begin(), all.end());
  BOOST_TEST(all == (std::vector<int>{16, 17, 18, 31}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pool_is_told_of_its_own_modules_alone) {
  Start start = MakeStart();
  auto& shared = std::get<config::Module>(start.config.listeners[0].routes[2].handler);
  auto& own = std::get<config::Module>(start.config.listeners[1].stream->handler);
  own.image = 32;
  own.processes.emplace().max = 20;
  start.pool = 1;
  std::vector<int> kept = start.Descriptors();
  std::sort(kept.begin(), kept.end());
  BOOST_TEST(kept == (std::vector<int>{16, 17, 18, 32}), boost::test_tools::per_element());
  const Start read = Read(Write(start).get());
  BOOST_TEST(config::ModulesOf(read.config).size() == 3U);
  const auto pools = config::ProcessPoolsOf(read.config);
  BOOST_REQUIRE(pools.size() == 1U);
  BOOST_REQUIRE(pools[0].uses.size() == 1U);
  BOOST_TEST(pools[0].uses[0].module->file == "/stream.so");
  BOOST_TEST(pools[0].settings.max == 20);
  BOOST_TEST(pools[0].settings.count == 5);
  const auto& left_out = std::get<config::Module>(read.config.listeners[0].routes[1].handler);
  BOOST_TEST(left_out.file == shared.file);
  BOOST_TEST(left_out.settings.items.empty());
}

BOOST_AUTO_TEST_CASE(nobody_can_change_it) {
  const Descriptor memory = Write(MakeStart());
  BOOST_TEST(::pwrite(memory.get(), "x", 1, 0) == -1);
  BOOST_TEST(::ftruncate(memory.get(), 0) == -1);
}

BOOST_AUTO_TEST_CASE(what_another_version_has_written_is_refused) {
  const auto bytes = nlohmann::json::to_cbor({{"form", "0.0.1 0"}});
  const Descriptor memory = MakeMemoryFile(
      "test", std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  BOOST_TEST(Fault(memory.get()).find("are of two versions: 0.0.1 0 and ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nonsense_is_refused) {
  for (const std::string_view bytes : {"", "nonsense", "\xa1"}) {
    const Descriptor memory = MakeMemoryFile("test", bytes);
    BOOST_TEST(Fault(memory.get()).find("makes no sense") != std::string::npos);
  }
  BOOST_TEST(Fault(-1).find("what the supervisor has written") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::executor
