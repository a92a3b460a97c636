// An encoder of HPACK that does what it likes, so that a decoder sees what no library sends: every
// representation, indexes of any kind, entries larger than the table, size updates at random.
#pragma once

#include <random>
#include <string>

#include "http2/hpack_integer.hpp"

namespace tined::http2::test {

class RandomEncoder {
 public:
  explicit RandomEncoder(unsigned seed) : random_(seed) {}

  /// Below `end`.
  std::size_t Below(std::size_t end) { return random_() % end; }

  /// One block. About one in 200 is broken.
  std::string Block() {
    std::string block;
    while (Below(40) == 0) AppendInteger(block, kSizeUpdate, 5, Size());
    for (std::size_t fields = Below(12); fields > 0; --fields) AddField(block);
    if (Below(400) == 0) block.resize(block.size() / 2);
    if (Below(400) == 0 && !block.empty())
      block[Below(block.size())] = static_cast<char>(random_());
    return block;
  }

 private:
  std::size_t Size() {
    constexpr std::size_t kSizes[] = {0, 100, 256, 1000, 4096, 4096, 4096};
    return kSizes[Below(std::size(kSizes))];
  }
  std::string Text(std::size_t most) {
    // Some are the same again and again.
    if (Below(3) == 0) return "value-" + std::to_string(Below(5));
    std::string text(Below(most), 'x');
    for (char& c : text) c = static_cast<char>('a' + Below(26));
    return text;
  }
  void AddField(std::string& block) {
    if (Below(2) == 0)
      return AppendInteger(block, kIndexed, 7, 1 + Below(Below(300) == 0 ? 300 : 64));
    constexpr struct {
      std::uint8_t front;
      int prefix;
    } kLiterals[] = {{kWithIndexing, 6}, {kWithIndexing, 6}, {0, 4}, {kNeverIndexed, 4}};
    const auto& literal = kLiterals[Below(4)];
    const std::size_t name = Below(2) == 0 ? 0 : 1 + Below(62);
    AppendInteger(block, literal.front, literal.prefix, name);
    if (name == 0) AppendString(block, "x-" + Text(20));
    AppendString(block, Text(Below(100) == 0 ? 5000 : 60));
  }

  std::mt19937 random_;
};

}  // namespace tined::http2::test
