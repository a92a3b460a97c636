#include "tests/integration/windows.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "base/error.hpp"
#include "tests/integration/built.hpp"

namespace tined::test {

namespace {

/// A file of zeros as large as a T, mapped, for others to map.
template <typename T>
T* MapNew(const std::string& path) {
  const Descriptor file(
      Check(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666), "open memory to share"));
  Check(::ftruncate(file.get(), sizeof(T)), "ftruncate");
  void* const memory =
      ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) ThrowErrno("mmap");
  return static_cast<T*>(memory);
}

}  // namespace

Windows::Windows(std::string_view mortal) {
  server.Write("runs", "");
  page_ = MapNew<OrderPoints>(server.Path("points"));
  audit_ = MapNew<SealAudit>(server.Path("sealed"));
  mortal.copy(page_->name.data(), page_->name.size() - 1);
  server.program = Built("tests/windows/tined-windows");
  server.environment = {std::string(kOrderPointsVariable) + "=" + server.Path("points"),
                        std::string(kSealAuditVariable) + "=" + server.Path("sealed")};
}

void Windows::ExpectGoodAudit() const {
  BOOST_TEST(audit_->twice == 0U);
  BOOST_TEST(audit_->unknown == 0U);
  BOOST_TEST(audit_->lost == 0U);
}

void Windows::Start(Config config) {
  server.Start(config.Workers(2, "restart: {backoff: 10ms, backoff_max: 10ms, limit: 10000}"));
}

Windows::~Windows() {
  ::munmap(page_, sizeof(OrderPoints));
  ::munmap(audit_, sizeof(SealAudit));
}

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
      ExpectGoodAudit();
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
