#include "config/document.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <sstream>
#include <utility>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/utf8.hpp"

namespace tined::config {
namespace {

constexpr std::size_t kDeepest = 32;
/// Values with their texts, aliases written out: a few lines of aliases can stand for gigabytes.
constexpr std::size_t kLargestTree = 200'000;
constexpr std::size_t kTextUnit = 64;

/// Ends the reading of a document at its first error.
struct Refusal {
  Mark where;
  std::string text;
};

Mark MarkOf(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::size_t Size(const Node& node) {
  std::size_t size = 1 + node.text.size() / kTextUnit;
  for (const Node& child : node.children) size += Size(child);
  return size;
}

/// Builds the tree from the parser's events. yaml-cpp's own tree is not used: it loses the place of
/// aliases, keeps only one of two equal keys, and its aliases can form circles.
class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& file, std::vector<Problem>& problems)
      : text_(text), file_(file), problems_(problems) {}

  Node TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_document_) {
      throw Refusal{MarkOf(mark), "a second YAML document; a file has one (remove the `---`)"};
    }
    has_document_ = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.where = MarkOf(mark);
    Add(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseTag(mark, tag);
    RefuseOpenQuote(mark);
    Node node;
    node.kind = Node::Kind::scalar;
    node.where = MarkOf(mark);
    node.text = value;
    node.is_quoted = tag == "!";
    Add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    RefuseTag(mark, tag);
    Open(Node::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    RefuseTag(mark, tag);
    Open(Node::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { Close(); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto anchored = anchored_.find(anchor);
    if (anchored == anchored_.end()) {
      throw Refusal{MarkOf(mark), "this alias stands inside of what it stands for"};
    }
    Grow(MarkOf(mark), Size(anchored->second));
    Node copy = anchored->second;
    copy.where = MarkOf(mark);
    Place(std::move(copy));
  }

 private:
  /// A list or map that is not complete.
  struct Level {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;  ///< map: `key` waits for its value
    std::string key;
    Mark key_where;
    std::map<std::string, int> lines;  ///< map: where its keys are
  };

  static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw Refusal{MarkOf(mark), "tags such as `!name` are not used here; remove it"};
  }

  /// yaml-cpp takes the end of the file for the end of a quoted text, and with it all that follows
  /// a forgotten quote.
  void RefuseOpenQuote(const YAML::Mark& mark) const {
    const auto start = static_cast<std::size_t>(mark.pos);
    if (start >= text_.size() || (text_[start] != '"' && text_[start] != '\'')) return;
    const char quote = text_[start];
    for (std::size_t i = start + 1; i < text_.size(); ++i) {
      const bool is_escape = quote == '"' ? text_[i] == '\\' : text_.substr(i, 2) == "''";
      if (is_escape) {
        ++i;
      } else if (text_[i] == quote) {
        return;
      }
    }
    throw Refusal{MarkOf(mark), "syntax error: this quote is never closed"};
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (levels_.size() == kDeepest) {
      throw Refusal{MarkOf(mark), fmt::format("nested more than {} levels deep", kDeepest)};
    }
    Level level;
    level.node.kind = kind;
    level.node.where = MarkOf(mark);
    level.anchor = anchor;
    levels_.push_back(std::move(level));
  }

  void Close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    Add(std::move(level.node), level.anchor);
  }

  void Grow(Mark where, std::size_t size) {
    size_ += size;
    if (size_ > kLargestTree) throw Refusal{where, "too many values (aliases count each time)"};
  }

  /// A value is complete: one that was written here, not an alias.
  void Add(Node node, YAML::anchor_t anchor) {
    Grow(node.where, 1 + node.text.size() / kTextUnit);
    if (anchor != 0) anchored_[anchor] = node;
    Place(std::move(node));
  }

  void Place(Node node) {
    if (levels_.empty()) {
      root_ = std::move(node);
    } else if (levels_.back().node.kind == Node::Kind::list) {
      levels_.back().node.children.push_back(std::move(node));
    } else if (!levels_.back().has_key) {
      TakeKey(node, levels_.back());
    } else {
      TakeValue(std::move(node), levels_.back());
    }
  }

  static void TakeKey(Node& node, Level& level) {
    if (node.kind != Node::Kind::scalar) throw Refusal{node.where, "a key must be a word"};
    if (node.text == "<<") {
      throw Refusal{node.where,
                    "merge keys (`<<`) are not supported; write the keys out, or use an alias for "
                    "a whole value"};
    }
    level.has_key = true;
    level.key = std::move(node.text);
    level.key_where = node.where;
  }

  void TakeValue(Node node, Level& level) {
    level.has_key = false;
    const Mark at = level.key_where;
    const auto [first, is_new] = level.lines.emplace(level.key, at.line);
    if (!is_new) {
      problems_.push_back({{file_, at.line, at.column},
                           fmt::format("{} is given twice; the first one is at line {}",
                                       Quoted(level.key), first->second)});
      return;
    }
    node.key = std::move(level.key);
    node.key_where = at;
    level.node.children.push_back(std::move(node));
  }

  std::string_view text_;
  const std::string& file_;
  std::vector<Problem>& problems_;
  bool has_document_ = false;
  Node root_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, Node> anchored_;
  std::size_t size_ = 0;
};

/// A pipe or a device could keep its reader waiting, a device do something by being opened: both
/// are told by their type before, and once more by what was opened.
void RefuseSpecial(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return;
  const char* const kind = S_ISDIR(status.st_mode)    ? "a directory"
                           : S_ISFIFO(status.st_mode) ? "a pipe (FIFO)"
                           : S_ISSOCK(status.st_mode) ? "a socket"
                                                      : "a device";
  throw std::runtime_error(fmt::format("is {}; a configuration is a regular file", kind));
}

Descriptor OpenRegular(const std::string& file) {
  struct stat status {};
  Check(::stat(file.c_str(), &status), "stat");
  RefuseSpecial(status);
  // Non-blocking: another file may have taken its place meanwhile.
  Descriptor opened(
      Check(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), "open"));
  Check(::fstat(opened.get(), &status), "fstat");
  RefuseSpecial(status);
  return opened;
}

/// Reads at most one byte more than a file may have. Throws std::system_error, and
/// std::runtime_error for what is no regular file.
std::string Content(const std::string& file) {
  const Descriptor descriptor = OpenRegular(file);
  std::string content;
  std::array<char, 16384> block;
  while (content.size() <= kLargestFile) {
    const ssize_t size = ::read(descriptor.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (Check(size, "read") == 0) break;
    content.append(block.data(), static_cast<std::size_t>(size));
  }
  return content;
}

}  // namespace

const Node* Node::Find(std::string_view wanted) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Node& child) { return child.key == wanted; });
  return kind == Kind::map && found != children.end() ? &*found : nullptr;
}

Node ParseDocument(std::string_view text, const std::string& file, std::vector<Problem>& problems) {
  const auto refuse = [&](Mark where, std::string what) {
    problems.push_back({{file, where.line, where.column}, std::move(what)});
    return Node();
  };
  if (text.size() > kLargestFile) {
    return refuse({}, fmt::format("larger than {} bytes", kLargestFile));
  }
  if (!IsUtf8(text)) return refuse({}, "not UTF-8 text");
  std::istringstream stream{std::string(text)};
  Builder builder(text, file, problems);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return refuse(refusal.where, refusal.text);
  } catch (const YAML::Exception& error) {
    return refuse(MarkOf(error.mark), "syntax error: " + error.msg);
  }
  return builder.TakeRoot();
}

Node ReadDocument(const std::string& file, std::vector<Problem>& problems) {
  try {
    return ParseDocument(Content(file), file, problems);
  } catch (const std::system_error& error) {
    problems.push_back({{file, 0, 0}, "cannot be read: " + ErrnoText(error.code().value())});
  } catch (const std::runtime_error& error) {
    problems.push_back({{file, 0, 0}, error.what()});
  }
  return {};
}

}  // namespace tined::config
