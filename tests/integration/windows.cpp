#include "tests/integration/windows.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <new>
#include <stdexcept>

#include "base/error.hpp"

namespace tined::test {

Windows::Windows(std::string_view mortal) {
  server.Write("points", std::string(sizeof(OrderPoints), '\0'));
  server.Write("runs", "");
  const std::string path = server.Path("points");
  const Descriptor file(Check(::open(path.c_str(), O_RDWR | O_CLOEXEC), "open points"));
  void* const memory =
      ::mmap(nullptr, sizeof(OrderPoints), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) ThrowErrno("mmap");
  page_ = new (memory) OrderPoints;
  mortal.copy(page_->name.data(), page_->name.size() - 1);
  server.program = TINED_WINDOWS;
  server.environment = {std::string(kOrderPointsVariable) + "=" + path};
}

void Windows::Start(Config config) {
  server.Start(config.Workers(2, "restart: {backoff: 10ms, backoff_max: 10ms, limit: 10000}"));
}

Windows::~Windows() { ::munmap(page_, sizeof(OrderPoints)); }

int Windows::ForEach(const std::function<void(const std::function<void()>& arm)>& exchange,
                     int again) {
  for (int n = 1;; ++n) {
    BOOST_TEST_CONTEXT("death at point " << n << ", again at " << again) {
      const std::uint64_t before = page_->deaths;
      try {
        exchange([&] {
          page_->next = again;
          page_->left = n;
        });
      } catch (const std::runtime_error& error) {
        BOOST_FAIL(error.what());
      }
      page_->next = 0;
      const bool has_died = page_->left.exchange(0) <= 0 || page_->deaths != before;
      if (!has_died) return n - 1;
      // One that was draining, or on trial, has no successor.
      BOOST_REQUIRE(Eventually([&] {
        const nlohmann::json status = server.Status();
        return status["workers"]["serving"] == 2 && status["workers"]["draining"] == 0;
      }));
    }
  }
}

std::string Windows::Fresh(const std::string& path) {
  return path + "?" + std::to_string(++requests_);
}

std::map<std::string, std::size_t> Windows::AllRuns() const {
  std::map<std::string, std::size_t> runs;
  std::ifstream file(server.Path("runs"));
  for (std::string target; std::getline(file, target);) ++runs[target];
  return runs;
}

std::size_t Windows::Runs(const std::string& target) const { return AllRuns()[target]; }

std::size_t Windows::MostRuns(const std::string& path) const {
  std::size_t most = 0;
  for (const auto& [target, runs] : AllRuns()) {
    if (target.starts_with(path + "?")) most = std::max(most, runs);
  }
  return most;
}

}  // namespace tined::test
