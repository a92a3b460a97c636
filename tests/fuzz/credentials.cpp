// What a client says of itself in Authorization, arbitrary bytes.
#include "http/credentials.hpp"

#include <cstdint>

#include "base/characters.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tined::fuzz::Require;
  const tined::fuzz::Alone value({reinterpret_cast<const char*>(data), size});
  const auto said = tined::http::ParseBasic(value.view());
  if (!said) return 0;
  Require(said->name.size() <= 256 && said->password.size() <= 511, "both are bounded");
  Require(said->name.find(':') == said->name.npos, "a name ends at the colon");
  for (const std::string* const text : {&said->name, &said->password}) {
    for (const char c : *text) Require(!tined::IsControl(c), "neither has control characters");
  }
  return 0;
}
