// Writes what follows from the layouts of the configuration's sections: config/tined.schema.json,
// and in docs/configuration.md the row of each key. Where a new key's row goes, and the paragraphs
// around it, is for people to say: a row that is not there is printed. Usage: schema_writer
// SOURCE_DIRECTORY
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "config/keys.hpp"
#include "config/schema.hpp"

namespace tined::config {
namespace {

std::string RowOf(const KeyInfo& key) {
  std::string default_text = "`" + key.default_text + "`";
  if (key.is_required) default_text = "required";
  if (!key.is_required && key.default_text.empty()) default_text = "none";
  return "| `" + key.path + "` | " + default_text + " | " + key.expected + " | " + key.about + " |";
}

std::map<std::string, std::string> RowsOfKeys() {
  std::map<std::string, std::string> rows;
  for (const KeyInfo& key : Keys()) {
    if (!key.is_section) rows["| `" + key.path + "` |"] = RowOf(key);
  }
  return rows;
}

/// True when every key has its row.
bool WriteRows(const std::string& page) {
  std::map<std::string, std::string> rows = RowsOfKeys();
  std::ifstream in(page);
  std::ostringstream out;
  for (std::string line; std::getline(in, line);) {
    const auto row = rows.find(line.substr(0, line.find('|', 1) + 1));
    out << (row == rows.end() ? line : row->second) << '\n';
    if (row != rows.end()) rows.erase(row);
  }
  std::ofstream(page) << out.str();
  for (const auto& [start, row] : rows) std::cout << page << " lacks:\n" << row << '\n';
  return rows.empty();
}

}  // namespace
}  // namespace tined::config

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: schema_writer SOURCE_DIRECTORY\n";
    return 2;
  }
  const std::string source = argv[1];
  std::ofstream(source + "/config/tined.schema.json") << tined::config::Schema();
  return tined::config::WriteRows(source + "/docs/configuration.md") ? 0 : 1;
}
