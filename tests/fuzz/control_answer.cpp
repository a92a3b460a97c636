// What answers tinectl, arbitrary bytes: the first byte says to which command. It is shown, or
// refused with words.
#include <cstdint>
#include <stdexcept>
#include <string>

#include "tests/fuzz/input.hpp"
#include "tinectl/answer.hpp"
#include "tinectl/show.hpp"

namespace tined::tinectl {
namespace {

using fuzz::Require;
using fuzz::Touch;

void Check(std::string_view command, std::string_view line) {
  try {
    const nlohmann::json answer = ReadAnswer(line);
    Touch(answer.dump(2));
    (void)DrainingIn(answer);
    for (const std::string& error : ErrorsOf(answer)) Touch(error);
    if (IsOk(answer)) Touch(Show(command, answer));
  } catch (const std::runtime_error& error) {
    Require(std::string_view(error.what()).size() > 10, "a refusal has words");
  }
}

}  // namespace
}  // namespace tined::tinectl

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kCommands[] = {"status", "workers", "reload", "upgrade", "check",
                                            "scale",  "drain",   "trace",  "stop"};
  if (size == 0) return 0;
  const tined::fuzz::Alone line({reinterpret_cast<const char*>(data) + 1, size - 1});
  tined::tinectl::Check(kCommands[data[0] % std::size(kCommands)], line.view());
  return 0;
}
