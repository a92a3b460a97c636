// A tined whose processes die where a test says (tests/windows), and a loop over all the places
// where they can: each in turn, until what is tried goes through without having come to one.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"
#include "tests/windows/order_points.hpp"
#include "tests/windows/seal_audit.hpp"

namespace tined::test {

class Windows {
 public:
  /// `mortal`: the name of the processes that die.
  explicit Windows(std::string_view mortal = "tined worker");
  Windows(const Windows&) = delete;
  Windows& operator=(const Windows&) = delete;
  ~Windows();

  /// Starts the server with two workers that are replaced at once. `config`: the rest of
  /// its configuration.
  void Start(Config config);
  /// Tries `exchange` with a death at its first point, then with one at the second, and so on.
  /// `exchange` arms the death by the function it is given and ends when all of it is over. With
  /// `again`, the `again`-th point behind each death is one as well. Returns how many points there
  /// were.
  int ForEach(const std::function<void(const std::function<void()>& arm)>& exchange, int again = 0);

  /// `path` with a query that no request before it had: tells one request's runs from those of the
  /// one before, whose executor or program may outlive the worker by a moment.
  [[nodiscard]] std::string Fresh(const std::string& path);
  /// How often `target` has been run (by tests/modules/counts.cpp, or what else writes it to
  /// "runs").
  [[nodiscard]] std::size_t Runs(const std::string& target) const;
  /// How often the one of Fresh(path) that was run most often has been.
  [[nodiscard]] std::size_t MostRuns(const std::string& path = "/counts") const;

  /// What its processes have sealed and sent. ForEach fails where it is not good.
  [[nodiscard]] const SealAudit& audit() const noexcept { return *audit_; }

  Server server;

 private:
  void ExpectGoodAudit() const;
  [[nodiscard]] std::map<std::string, std::size_t> AllRuns() const;

  OrderPoints* page_ = nullptr;
  SealAudit* audit_ = nullptr;
  int requests_ = 0;
};

}  // namespace tined::test
