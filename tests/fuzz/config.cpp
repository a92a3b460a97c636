// A configuration, arbitrary bytes: a main file and, behind the first NUL, a drop-in. They are
// refused with a ConfigError that has a reason, or make a Config that says the same when it is
// printed and loaded again; nothing else comes out of the loader.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/loader.hpp"
#include "tests/fuzz/input.hpp"

namespace tined::config {
namespace {

using fuzz::Require;

/// The files of one run after the other.
struct Files {
  Files() { std::filesystem::create_directory(std::filesystem::path(drop_in).parent_path()); }
  const std::string main = fuzz::Directory() + "/tined.yaml";
  const std::string drop_in = fuzz::Directory() + "/conf.d/10.yaml";
};

void Write(const std::string& file, std::string_view text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc).write(text.data(), std::ssize(text));
}

void RequireReasons(const std::vector<Problem>& problems) {
  Require(!problems.empty(), "a refusal has a reason");
  for (const Problem& problem : problems) {
    Require(!problem.text.empty(), "a reason has words");
    const std::string line = Format(problem);
    // Bytes of UTF-8 are negative.
    const bool is_shown = std::all_of(line.begin(), line.end(),
                                      [](char c) { return (c >= ' ' && c != 0x7f) || c < 0; });
    if (!is_shown) ::dprintf(fuzz::kReport, "%s\n", line.c_str());
    Require(is_shown, "a reason is one line, of which a terminal obeys nothing");
  }
}

void CheckPrinted(const Config& config, const Files& files) {
  const std::string printed = Print(config);
  std::filesystem::remove(files.drop_in);
  Write(files.main, printed);
  try {
    Require(Print(Load({.file = files.main, .directory = {}})) == printed,
            "what was printed says the same");
  } catch (const ConfigError& error) {
    ::dprintf(fuzz::kReport, "%s\n%s\n", printed.c_str(), error.what());
    Require(false, "what was printed can be loaded");
  }
}

void Check(std::string_view text) {
  static const Files files;
  const std::size_t end = std::min(text.find('\0'), text.size());
  Write(files.main, text.substr(0, end));
  std::filesystem::remove(files.drop_in);
  if (end < text.size()) Write(files.drop_in, text.substr(end + 1));
  try {
    const Config config = Load({.file = files.main, .directory = {}});
    for (const Problem& problem : CheckSystem(config)) RequireReasons({problem});
    CheckPrinted(config, files);
  } catch (const ConfigError& error) {
    RequireReasons(error.problems());
  }
}

}  // namespace
}  // namespace tined::config

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tined::config::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
