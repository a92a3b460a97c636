// A real program that nobody here wrote behind a real server, with its own client: git.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <sstream>
#include <thread>

#include "tests/integration/config.hpp"
#include "tests/integration/server.hpp"

using namespace tined::test;

namespace {

/// A repository of many objects, and git as its users have it.
struct Git {
  static constexpr int kFolders = 60;
  static constexpr int kFiles = 60;

  Git() {
    std::filesystem::create_directories(server.Path("repositories"));
    Run({"init", "--quiet", "--bare", server.Path("repositories/many.git")});
    Run({"-C", server.Path("repositories/many.git"), "config", "http.receivepack", "true"});
    server.Start(Config().Workers(2).Route(
        "/git/",
        Program("file: /usr/lib/git-core/git-http-backend, environment: {GIT_PROJECT_ROOT: "
                "\"${DIR}/repositories\", GIT_HTTP_EXPORT_ALL: 1}"),
        "limits: {body: 64MiB}"));
  }

  /// Runs git to its end, which must be a good one; what it printed, less the last line's end.
  std::string Run(std::vector<std::string> arguments) const {
    std::vector<std::string> command = {"/usr/bin/env",
                                        "HOME=" + server.Path(""),
                                        "GIT_CONFIG_NOSYSTEM=1",
                                        "GIT_TERMINAL_PROMPT=0",
                                        "git",
                                        "-c",
                                        "user.name=Test",
                                        "-c",
                                        "user.email=test@a.example"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Finished finished = RunProgram(command);
    BOOST_TEST(finished.status == 0, arguments.front() + ": " + finished.errors);
    while (finished.output.ends_with('\n')) finished.output.pop_back();
    return finished.output;
  }
  [[nodiscard]] std::string In(const std::string& tree, std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"-C", server.Path(tree)});
    return Run(arguments);
  }
  /// Objects in a repository, loose and packed.
  [[nodiscard]] int CountIn(const std::string& tree) const {
    std::istringstream lines(In(tree, {"count-objects", "-v"}));
    int sum = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("count: ")) sum += std::stoi(line.substr(7));
      if (line.starts_with("in-pack: ")) sum += std::stoi(line.substr(9));
    }
    return sum;
  }
  [[nodiscard]] std::string Url() const {
    return "http://127.0.0.1:" + std::to_string(server.Port()) + "/git/many.git";
  }
  void Fill(const std::string& tree) const {
    for (int folder = 0; folder < kFolders; ++folder) {
      for (int file = 0; file < kFiles; ++file) {
        const std::string name = std::to_string(folder) + "/" + std::to_string(file);
        std::string text = "file " + name + "\n";
        for (int i = 0; i < 40; ++i) text += std::to_string((folder * 61 + file) * (i + 7)) + "\n";
        server.Write(tree + "/" + name, text);
      }
    }
  }
  void Commit(const std::string& tree, const std::string& message) const {
    (void)In(tree, {"add", "--all"});
    (void)In(tree, {"commit", "--quiet", "--message", message});
  }

  Server server;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(git)

BOOST_AUTO_TEST_CASE(a_stock_client_pushes_clones_and_fetches_thousands_of_objects) {
  const Git git;
  git.Run({"init", "--quiet", "--initial-branch=main", git.server.Path("first")});
  git.Fill("first");
  git.Commit("first", "everything");
  (void)git.In("first", {"push", "--quiet", git.Url(), "main"});
  (void)git.In("repositories/many.git", {"symbolic-ref", "HEAD", "refs/heads/main"});
  (void)git.In("repositories/many.git", {"fsck", "--full", "--strict"});
  BOOST_TEST(git.CountIn("repositories/many.git") > Git::kFolders * Git::kFiles);

  git.Run({"clone", "--quiet", git.Url(), git.server.Path("second")});
  (void)git.In("second", {"fsck", "--full", "--strict"});
  BOOST_TEST(git.CountIn("second") > Git::kFolders * Git::kFiles);
  BOOST_TEST(git.In("second", {"rev-parse", "HEAD^{tree}"}) ==
             git.In("first", {"rev-parse", "HEAD^{tree}"}));
  BOOST_TEST(git.In("second", {"status", "--porcelain"}) == "");

  git.server.Write("first/more", "more\n");
  git.Commit("first", "more");
  (void)git.In("first", {"push", "--quiet", git.Url(), "main"});
  (void)git.In("second", {"fetch", "--quiet"});
  BOOST_TEST(git.In("second", {"rev-parse", "origin/main"}) ==
             git.In("first", {"rev-parse", "HEAD"}));
  BOOST_TEST(git.In("repositories/many.git", {"rev-parse", "main"}) ==
             git.In("first", {"rev-parse", "HEAD"}));
  (void)git.In("repositories/many.git", {"fsck", "--full", "--strict"});
}

BOOST_AUTO_TEST_CASE(workers_that_are_replaced_meanwhile_are_not_noticed) {
  const Git git;
  git.Run({"init", "--quiet", "--initial-branch=main", git.server.Path("first")});
  git.Fill("first");
  git.Commit("first", "everything");
  (void)git.In("first", {"push", "--quiet", git.Url(), "main"});
  std::atomic<bool> is_done{false};
  int reloads = 0;
  std::thread reloader([&] {
    do {
      reloads += git.server.Reload().status == 0 ? 1 : 0;
    } while (!is_done);
  });
  for (const char* name : {"a", "b"}) {
    git.Run({"clone", "--quiet", "--branch=main", git.Url(), git.server.Path(name)});
  }
  is_done = true;
  reloader.join();
  BOOST_TEST(reloads > 0);
  for (const char* name : {"a", "b"}) {
    BOOST_TEST(git.In(name, {"rev-parse", "HEAD"}) == git.In("first", {"rev-parse", "HEAD"}));
  }
}

BOOST_AUTO_TEST_SUITE_END()
