#include "tests/integration/config.hpp"

#include "tests/integration/built.hpp"

#include <algorithm>
#include <filesystem>

namespace tined::test {
namespace {

std::string Quoted(const std::string& text) { return '"' + text + '"'; }

/// "{keys, more}".
std::string Map(const std::string& keys, const std::string& more) {
  return '{' + keys + (keys.empty() || more.empty() ? "" : ", ") + more + '}';
}

std::string FileOf(const std::string& module) {
  if (module.find('/') != std::string::npos) return module;
  const std::string example = Built("examples/" + module + ".so");
  return std::filesystem::exists(example) ? example : Built("tests/modules/" + module + ".so");
}

}  // namespace

Handler Respond(const std::string& body) { return {"respond: {body: " + Quoted(body) + "}"}; }

Handler Files(const std::string& root, const std::string& more) {
  return {"static: " + Map("root: " + Quoted(root), more)};
}

Handler Module(const std::string& name, const std::string& more) {
  return {"module: " + Map("file: " + Quoted(FileOf(name)), more)};
}

Handler Program(const std::string& keys) { return {"program: {" + keys + "}"}; }

Handler Proxy(const std::string& servers, const std::string& more) {
  return {"proxy: " + Map("to: [" + servers + ']', more)};
}

Config& Config::Workers(int count, const std::string& more) {
  return Set("workers", Map("count: " + std::to_string(count), more));
}

Config& Config::Set(const std::string& key, const std::string& value) {
  const auto known =
      std::find_if(top_.begin(), top_.end(), [&](const auto& entry) { return entry.first == key; });
  if (known != top_.end()) {
    known->second = value;
  } else {
    top_.emplace_back(key, value);
  }
  return *this;
}

Config& Config::Listener(const std::string& name, const std::string& address,
                         const std::string& more) {
  sockets_.emplace_back().keys = "  - name: " + name + "\n    address: " + Quoted(address) + '\n' +
                                 (more.empty() ? "" : "    " + more + '\n');
  return *this;
}

Config& Config::Route(const std::string& path, const Handler& handler, const std::string& more) {
  Current().routes.push_back("{path: " + path + ", " + (more.empty() ? "" : more + ", ") +
                             handler.text + '}');
  return *this;
}

Config& Config::Stream(const Handler& module, const std::string& more) {
  Current().stream = Map(module.text, more);
  return *this;
}

Config::Socket& Config::Current() {
  if (sockets_.empty()) Listener("web");
  return sockets_.back();
}

Config::operator std::string() const {
  std::string yaml;
  for (const auto& [key, value] : top_) yaml.append(key).append(": ").append(value).append("\n");
  if (!sockets_.empty()) yaml += "listeners:\n";
  for (const Socket& socket : sockets_) {
    yaml += socket.keys;
    if (!socket.routes.empty()) yaml += "    routes:\n";
    for (const std::string& route : socket.routes) yaml.append("      - ").append(route) += '\n';
    if (!socket.stream.empty()) yaml.append("    stream: ").append(socket.stream) += '\n';
  }
  return yaml;
}

}  // namespace tined::test
