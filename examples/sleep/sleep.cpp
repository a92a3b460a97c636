// Blocks for as long as it is told, then answers: a handler that waits for something else.
//
//   - {path: /sleep/, module: {file: sleep.so, settings: {max_ms: 60000}}}
//
// GET /sleep/250 answers after 250 ms. On the event loop it holds up every client of its worker:
// run it as a thread or a process.
#include <charconv>
#include <chrono>
#include <thread>
#include <tined/module.hpp>

namespace {

class Sleep {
 public:
  explicit Sleep(const tined::Settings& settings) : max_ms_(settings.Integer("max_ms", 60'000)) {
    settings.Allow({"max_ms"});
  }

  tined::Response Answer(const tined::Request& request) const {
    const std::string_view path = request.path();
    const std::string_view text = path.substr(path.rfind('/') + 1);
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc() || end != text.data() + text.size() || ms < 0 || ms > max_ms_) {
      return tined::Response::Status(400,
                                     "say how many milliseconds: 0 to " + std::to_string(max_ms_));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    return tined::Response::Text("slept " + std::to_string(ms) + " ms\n");
  }

 private:
  const std::int64_t max_ms_;
};

}  // namespace

TINED_MODULE(Sleep, "sleep")
