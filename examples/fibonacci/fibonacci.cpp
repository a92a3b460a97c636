// Computes Fibonacci numbers the slow way, on purpose: a handler that keeps a CPU busy.
//
//   - {path: /fib/, module: {file: fibonacci.so, settings: {max: 90}}}
//
// GET /fib/30 answers "1346269": fibonacci(0) = fibonacci(1) = 1. And as a stream:
//
//   - {name: fib, address: "127.0.0.1:2999", stream: {module: {file: fibonacci.so, run: process}}}
//
// `printf 30 | nc -q 1 127.0.0.1 2999` answers "1346269" and closes: what one read brings is the
// number, no end of line is needed.
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
    return tined::Response::Text(Computed(path.substr(path.rfind('/') + 1)));
  }

  tined::Reply Receive(const tined::Message& message) const {
    const std::string_view bytes = message.bytes();
    return {Computed(bytes.substr(0, bytes.find_last_not_of(" \r\n") + 1)), /*closes=*/true};
  }

 private:
  static constexpr std::int64_t kLargest = 92;  // What fits into 64 bits.

  std::string Computed(std::string_view text) const {
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
