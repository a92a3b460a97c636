// Computes Fibonacci numbers the slow way, on purpose: a handler that keeps a CPU busy.
//
//   - {path: /fib/, module: {file: fibonacci.so, settings: {max: 90}}}
//
// GET /fib/30 answers "1346269": fibonacci(0) = fibonacci(1) = 1.
#include <charconv>
#include <tined/module.hpp>

namespace {

std::uint64_t Fibonacci(std::int64_t n) { return n < 2 ? 1 : Fibonacci(n - 1) + Fibonacci(n - 2); }

class FibonacciModule {
 public:
  FibonacciModule(const tined::Settings& settings, tined::Context context)
      : max_(settings.Integer("max", kLargest)), computed_(context.Counter("computed")) {
    settings.Allow({"max"});
    if (max_ < 0 || max_ > kLargest) settings.Find("max")->Refuse("a number from 0 to 92");
  }

  tined::Response Answer(const tined::Request& request) const {
    const std::string_view path = request.path();
    return tined::Response::Text(Reply(path.substr(path.rfind('/') + 1)));
  }

 private:
  static constexpr std::int64_t kLargest = 92;  // What fits into 64 bits.

  std::string Reply(std::string_view text) const {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error == std::errc::invalid_argument || end != text.data() + text.size()) return "error";
    if (error != std::errc() || n < 0 || n > max_) return "out of range";
    computed_.Add();
    return std::to_string(Fibonacci(n));
  }

  const std::int64_t max_;
  const tined::Counter computed_;
};

}  // namespace

TINED_MODULE(FibonacciModule, "fibonacci")
