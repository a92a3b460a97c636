// The editor schema and the page about the configuration say what the loader does, key by key.
// Both are written from the layouts (./dev schema); whoever adds a key finds here what is left to
// write.
#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "config/keys.hpp"
#include "config/schema.hpp"
#include "files.hpp"

using namespace tined::config;
using nlohmann::json;
using test::Files;
using test::SourceFile;

namespace {

/// What stands in lists stands behind `items`.
const json& Inside(const json& node) { return node.contains("items") ? node["items"] : node; }

/// The schema's node of a key; an empty object when it has none.
json NodeOf(const json& schema, const std::string& path) {
  const json* node = &schema;
  std::istringstream words(path);
  for (std::string word; std::getline(words, word, '.');) {
    const json& properties = Inside(*node).value("properties", json::object());
    if (!properties.contains(word)) return json::object();
    node = &Inside(*node)["properties"][word];
  }
  return *node;
}

/// The section a key is in.
json ParentOf(const json& schema, const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return Inside(dot == path.npos ? schema : NodeOf(schema, path.substr(0, dot)));
}

/// Every alternative that a value may take, nested ones taken out.
void AddAlternatives(const json& node, std::vector<json>& alternatives) {
  if (!node.contains("anyOf")) {
    alternatives.push_back(node);
    return;
  }
  for (const json& each : node["anyOf"]) AddAlternatives(each, alternatives);
}

std::vector<json> AlternativesOf(const json& node) {
  std::vector<json> alternatives;
  AddAlternatives(node, alternatives);
  return alternatives;
}

std::string TextOf(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string items;
  for (const json& item : value) items += (items.empty() ? "" : ", ") + TextOf(item);
  return "[" + items + "]";
}

void AddPaths(const json& node, const std::string& prefix, std::set<std::string>& paths) {
  const json properties = Inside(node).value("properties", json::object());
  for (const auto& [key, inside] : properties.items()) {
    paths.insert(prefix + key);
    AddPaths(inside, prefix + key + ".", paths);
  }
}

std::string Trimmed(const std::string& text) {
  const std::size_t from = text.find_first_not_of(' ');
  return from == text.npos ? "" : text.substr(from, text.find_last_not_of(' ') - from + 1);
}

/// Rows of the page's tables: the key, then its other cells.
std::map<std::string, std::vector<std::string>> RowsOfPage() {
  std::map<std::string, std::vector<std::string>> rows;
  std::istringstream page(SourceFile("docs/configuration.md"));
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream row(line.substr(1));
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(Trimmed(cell));
    const std::string key = cells.at(0).substr(1, cells[0].size() - 2);
    BOOST_TEST(!rows.contains(key), key + " has two rows");
    cells.erase(cells.begin());
    rows[key] = cells;
  }
  return rows;
}

/// What the page's second cell says of a key.
std::string DefaultCell(const KeyInfo& key) {
  if (key.is_required) return "required";
  if (key.default_text.empty()) return "none";
  return "`" + key.default_text + "`";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(SchemaSuite)

BOOST_AUTO_TEST_CASE(the_file_is_what_the_layouts_say) {
  BOOST_TEST((SourceFile("config/tined.schema.json") == Schema()), "./dev schema writes it anew");
}

BOOST_AUTO_TEST_CASE(it_has_every_key_and_no_other) {
  const json schema = json::parse(SourceFile("config/tined.schema.json"));
  std::set<std::string> in_schema;
  AddPaths(schema, "", in_schema);
  std::set<std::string> in_loader;
  for (const KeyInfo& key : Keys()) in_loader.insert(key.path);
  BOOST_TEST(in_schema == in_loader, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_key_is_described_and_sections_take_no_unknown_ones) {
  const json schema = json::parse(SourceFile("config/tined.schema.json"));
  for (const KeyInfo& key : Keys()) {
    BOOST_TEST_CONTEXT(key.path) {
      const json node = NodeOf(schema, key.path);
      BOOST_TEST(!node.value("description", "").empty());
      if (key.is_section) BOOST_TEST(Inside(node).value("additionalProperties", true) == false);
      const json required = ParentOf(schema, key.path).value("required", json::array());
      bool is_required = false;
      for (const json& name : required) {
        is_required |= key.path.substr(key.path.rfind('.') + 1) == name.get<std::string>();
      }
      if (key.path != "listeners") BOOST_TEST(is_required == key.is_required);
    }
  }
}

BOOST_AUTO_TEST_CASE(defaults_are_the_loaders) {
  const json schema = json::parse(SourceFile("config/tined.schema.json"));
  for (const KeyInfo& key : Keys()) {
    if (key.is_section || key.is_required || key.is_tree) continue;
    const json node = NodeOf(schema, key.path);
    if (!node.contains("default")) {
      BOOST_TEST(key.default_text == "", key.path + " has the default " + key.default_text);
      continue;
    }
    BOOST_TEST(TextOf(node["default"]) == key.default_text, key.path);
  }
}

BOOST_AUTO_TEST_CASE(words_and_ranges_are_the_loaders) {
  const json schema = json::parse(SourceFile("config/tined.schema.json"));
  for (const KeyInfo& key : Keys()) {
    BOOST_TEST_CONTEXT(key.path) {
      const json node = NodeOf(schema, key.path);
      std::set<std::string> words;
      for (const json& each : AlternativesOf(node)) {
        const json given = each.value("enum", json::array());
        for (const json& word : given) words.insert(TextOf(word));
        if (!key.least || !each.contains("minimum")) continue;
        BOOST_TEST(each["minimum"].get<std::uint64_t>() == *key.least);
        BOOST_TEST(each["maximum"].get<std::uint64_t>() == *key.most);
      }
      if (!key.words.empty()) {
        BOOST_TEST(words == std::set<std::string>(key.words.begin(), key.words.end()),
                   boost::test_tools::per_element());
      }
      const std::string description = node.value("description", "");
      if (!key.allowed.empty()) {
        BOOST_TEST(description.find("Allowed: " + key.allowed + ".") != description.npos,
                   description + " lacks: Allowed: " + key.allowed + ".");
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(PageSuite)

BOOST_AUTO_TEST_CASE(every_key_has_a_row_with_its_default_and_what_it_takes) {
  auto rows = RowsOfPage();
  for (const KeyInfo& key : Keys()) {
    if (key.is_section) continue;
    const std::string start =
        "| `" + key.path + "` | " + DefaultCell(key) + " | " + key.expected + " | ";
    const auto& cells = rows[key.path];
    if (cells.size() < 3) {
      BOOST_ERROR("docs/configuration.md lacks: " + start);
      continue;
    }
    BOOST_TEST(cells[0] == DefaultCell(key), start);
    BOOST_TEST(cells[1] == key.expected, start);
    BOOST_TEST(cells[2] == key.about, start + key.about + " |");
    rows.erase(key.path);
  }
  for (const auto& [path, cells] : rows) BOOST_ERROR("there is no key " + path);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ShippedFileSuite)

namespace {

/// The text with what is commented out taken in. Sentences have one space behind their mark, keys
/// none, or two and more for what is below them.
std::string Uncommented(const std::string& text) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t mark = line.find_first_not_of(' ');
    const bool is_key = mark != line.npos && line[mark] == '#' && line.size() > mark + 2 &&
                        (line[mark + 1] != ' ' || line[mark + 2] == ' ');
    if (is_key) line.erase(mark, 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_loads_and_names_whom_the_workers_run_as) {
  const Config shipped = Files().Load(SourceFile("config/tined.yaml"));
  BOOST_TEST(shipped.user == "tined");
  BOOST_TEST(shipped.listeners.at(0).routes.size() == 1U);
  BOOST_TEST(Print(shipped).find("\nuser: tined\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_it_has_commented_out_are_the_defaults) {
  const Config shipped = Files().Load(SourceFile("config/tined.yaml"));
  Config uncommented = Files().Load(Uncommented(SourceFile("config/tined.yaml")));
  // No defaults, but examples.
  BOOST_TEST(uncommented.access_log.value().path == "/var/log/tined/access.log");
  BOOST_TEST((uncommented.access_log->format == AccessLog().format));
  uncommented.access_log.reset();
  BOOST_TEST(uncommented.control == "/run/tined/control.sock");
  uncommented.control = shipped.control;
  BOOST_TEST(uncommented.listeners.at(0).routes.size() > 1U);
  uncommented.listeners[0].routes.resize(1);
  BOOST_TEST(uncommented.listeners.at(1).stream.has_value());
  uncommented.listeners.resize(1);
  BOOST_TEST(Print(uncommented) == Print(shipped));
}

BOOST_AUTO_TEST_CASE(it_mentions_every_key) {
  const std::string text = Uncommented(SourceFile("config/tined.yaml"));
  for (const KeyInfo& key : Keys()) {
    const std::string name = key.path.substr(key.path.rfind('.') + 1) + ":";
    if (key.path == "group" || key.path.starts_with("listeners.mode")) continue;
    BOOST_TEST(text.find(name) != text.npos, key.path + " is not in it");
  }
}

BOOST_AUTO_TEST_SUITE_END()
