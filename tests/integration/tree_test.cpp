// A real tree of thousands of files, /usr/share/doc, fetched link by link as a browser would go
// through it and compared byte for byte, while workers are killed and the configuration is
// reloaded.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "tests/file_ways.hpp"
#include "tests/integration/ability.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;
namespace fs = std::filesystem;

namespace {

const fs::path kTree = "/usr/share/doc";
/// A machine that is slower than this compares the part that it got to.
constexpr seconds kLongest{60};
/// Fetched between two kills, beside the end of all that the first one met: a request that two
/// workers in a row die of is not asked a third time.
constexpr std::size_t kBetweenKills = 50;

Config Serving(const std::string& io) {
  return Config()
      .Workers(2, "restart: {backoff: 10ms, backoff_max: 10ms, limit: 10000, within: 10s}")
      .Route("/",
             Files("/usr/share/doc", "index: [], listing: true, precompressed: false, io: " + io));
}

std::string Decoded(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code = text[i] == '%';
    decoded.push_back(is_code ? static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16))
                              : text[i]);
    if (is_code) i += 2;
  }
  return decoded;
}

/// All but those that show the same page in another order.
std::vector<std::string> LinksOf(const std::string& page) {
  const std::string mark = "<a href=\"";
  std::vector<std::string> links;
  for (std::size_t at = page.find(mark); at != page.npos; at = page.find(mark, at)) {
    at += mark.size();
    const std::string link = page.substr(at, page.find('"', at) - at);
    if (!link.starts_with('?')) links.push_back(link);
  }
  return links;
}

bool IsSameAsFile(const std::string& bytes, const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return bytes == std::string(std::istreambuf_iterator<char>(file), {});
}

/// Goes through everything below "/" over several connections at once.
class Crawler {
 public:
  Crawler(std::uint16_t port, int connections) : port_(port) {
    paths_.push_back("/");
    for (int i = 0; i < connections; ++i) threads_.emplace_back([this] { Run(); });
  }
  Crawler(const Crawler&) = delete;
  Crawler& operator=(const Crawler&) = delete;
  ~Crawler() { Join(); }

  void Join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  /// Waits for that many files more, and for the end of every request that has begun by now; false
  /// when there is no more to come.
  [[nodiscard]] bool WaitForMore(std::size_t files) {
    std::unique_lock lock(mutex_);
    files += files_.size();
    const std::uint64_t begun = begun_;
    changed_.wait(lock, [&] {
      const bool have_ended = underway_.empty() || *underway_.begin() > begun;
      return is_done_ || (have_ended && files_.size() >= files);
    });
    return !is_done_;
  }
  [[nodiscard]] const std::set<std::string>& files() const { return files_; }
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
  [[nodiscard]] bool was_cut_short() const { return was_cut_short_; }

 private:
  struct Request {
    std::uint64_t number;  ///< in the order in which they begin
    std::string path;
  };

  void Run() {
    std::optional<Client> client;
    while (const std::optional<Request> request = Next()) {
      const std::string& path = request->path;
      try {
        if (!client) client.emplace(port_);
        Visit(path, client->Get(path));
      } catch (const std::exception& error) {
        Fault(path + ": " + error.what());
        client.reset();
      }
      Finish(request->number);
    }
  }

  std::optional<Request> Next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !paths_.empty() || underway_.empty(); });
    if (std::chrono::steady_clock::now() > deadline_) {
      was_cut_short_ |= !paths_.empty();
      paths_.clear();
    }
    if (paths_.empty()) {
      is_done_ = true;
      changed_.notify_all();
      return std::nullopt;
    }
    Request request{++begun_, paths_.front()};
    paths_.pop_front();
    underway_.insert(request.number);
    return request;
  }

  void Finish(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    underway_.erase(number);
    changed_.notify_all();
  }

  void Visit(const std::string& path, const Answer& answer) {
    const std::string name = Decoded(path);
    if (answer.status != 200) return Fault(path + ": status " + std::to_string(answer.status));
    if (path.ends_with('/')) return Follow(path, answer.body);
    if (!IsSameAsFile(answer.body, kTree.string() + name)) Fault(path + ": other bytes");
    const std::lock_guard lock(mutex_);
    files_.insert(name);
  }

  /// Links to directories elsewhere in the tree are not followed: they can form circles.
  void Follow(const std::string& path, const std::string& page) {
    const std::lock_guard lock(mutex_);
    for (const std::string& link : LinksOf(page)) {
      if (link == "../") continue;
      fs::path target = kTree.string() + Decoded(path + link);
      if (link.ends_with('/')) target = target.parent_path();
      if (!link.ends_with('/') || !fs::is_symlink(target)) paths_.push_back(path + link);
    }
    changed_.notify_all();
  }

  void Fault(const std::string& text) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(text);
  }

  const std::uint16_t port_;
  const std::chrono::steady_clock::time_point deadline_ =
      std::chrono::steady_clock::now() + kLongest;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> paths_;
  std::uint64_t begun_ = 0;
  std::set<std::uint64_t> underway_;
  bool is_done_ = false;
  bool was_cut_short_ = false;
  std::set<std::string> files_;
  std::vector<std::string> faults_;
  std::vector<std::thread> threads_;
};

/// Every regular file of the tree that a listing shows.
std::set<std::string> FilesOfTree() {
  std::set<std::string> files;
  for (auto entry = fs::recursive_directory_iterator(kTree);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename().native().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && !entry->is_symlink()) {
      files.insert(entry->path().native().substr(kTree.native().size()));
    }
  }
  return files;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tree)

BOOST_TEST_DECORATOR(*NeedsRescue())
BOOST_DATA_TEST_CASE(a_whole_tree_arrives_while_workers_die_and_the_configuration_is_reloaded,
                     boost::unit_test::data::make(kFileWays), io) {
  Server server;
  server.Start(Serving(io));
  if (server.CountLog("workers cannot be traced") > 0) {
    BOOST_TEST_MESSAGE("without ptrace a killed worker takes its connections with it");
    return;
  }
  Crawler crawler(server.Port(), 4);
  int kills = 0;
  int reloads = 0;
  std::size_t at = 0;
  while (crawler.WaitForMore(kBetweenKills)) {
    server.KillWorker(kills % 2, SIGKILL);
    at = server.WaitForLog({"worker died worker=" + std::to_string(kills % 2)}, at);
    at = server.WaitForLog({"worker is ready"}, at);
    if (++kills % 3 != 0) continue;
    BOOST_REQUIRE(server.Reload().status == 0);
    ++reloads;
  }
  crawler.Join();
  for (const std::string& fault : crawler.faults()) BOOST_ERROR(fault);
  const std::set<std::string> expected = FilesOfTree();
  BOOST_TEST_MESSAGE(crawler.files().size() << " of " << expected.size() << " files, " << kills
                                            << " kills, " << reloads << " reloads");
  BOOST_TEST(kills > 0);
  BOOST_TEST(!crawler.files().empty());
  if (crawler.was_cut_short() || !crawler.faults().empty()) return;
  BOOST_TEST(std::includes(crawler.files().begin(), crawler.files().end(), expected.begin(),
                           expected.end()));
}

BOOST_AUTO_TEST_SUITE_END()
