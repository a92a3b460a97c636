// A directory of configuration files for tests, and what loading them brings, in short form.
#pragma once

#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "config/loader.hpp"

namespace tined::config::test {

/// A listener that needs nothing, for tests of the other keys; goes behind them.
inline const std::string kServed =
    "listeners: [{name: web, address: '127.0.0.1:0', routes: [{respond: {}}]}]\n";

class Files {
 public:
  Files() {
    std::array<char, 32> pattern{"/tmp/tined-config-XXXXXX"};
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern.data();
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { std::filesystem::remove_all(directory_); }

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  /// Writes a file, and the directories above it; the result is its path.
  std::string Write(const std::string& name, const std::string& content) const {
    const std::string path = Path(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  /// What `yaml` means.
  [[nodiscard]] Config Load(const std::string& yaml) const {
    return config::Load({Write("tined.yaml", yaml), {}});
  }

  /// Everything that is wrong with `yaml`, "tined.yaml:1:2: text" one a line; "" when it loads.
  [[nodiscard]] std::string Refusal(const std::string& yaml) const {
    try {
      (void)Load(yaml);
    } catch (const ConfigError& error) {
      return Short(error.what());
    }
    return {};
  }

  /// `text` without this directory's name.
  [[nodiscard]] std::string Short(std::string text) const {
    const std::string prefix = directory_ + "/";
    for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
      text.erase(at, prefix.size());
    }
    return text;
  }

 private:
  std::string directory_;
};

/// What loading `yaml` in a directory of its own says is wrong; the file's name is left out:
/// "1:2: text".
inline std::string Refusal(const std::string& yaml) {
  std::string text = Files().Refusal(yaml);
  const std::string name = "tined.yaml:";
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;) {
    const bool is_line_start = at == 0 || text[at - 1] == '\n';
    if (is_line_start) {
      text.erase(at, name.size());
    } else {
      at += name.size();
    }
  }
  return text;
}

/// An environment variable for as long as this lives.
class Variable {
 public:
  Variable(const std::string& name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name.c_str())) old_ = old;
    ::setenv(name.c_str(), value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (old_.empty()) {
      ::unsetenv(name_.c_str());
    } else {
      ::setenv(name_.c_str(), old_.c_str(), 1);
    }
  }

 private:
  std::string name_;
  std::string old_;
};

/// A file of the source tree.
inline std::string SourceFile(const std::string& name) {
  const std::string path = std::string(TINED_SOURCE_DIR) + "/" + name;
  std::ifstream stream(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(stream.good(), "cannot read " + path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace tined::config::test
