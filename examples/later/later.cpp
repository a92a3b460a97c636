// Answers that come later: a coroutine that waits for a time, a file, another server or a thread,
// while the event loop serves everybody else.
//
//   - path: /later/
//     module: {file: later.so, settings: {files: /srv/texts, upstream: "127.0.0.1:7"}}
//
// GET /later/sleep/250          answers after 250 ms
// GET /later/file/NAME          the file of that name in `files`
// GET /later/upstream?TEXT      sends TEXT to `upstream` and answers what comes back
// GET /later/thread/30          fibonacci(30), computed on a thread
#include <charconv>
#include <thread>
#include <tined/completion.hpp>
#include <tined/socket.hpp>

namespace {

using tined::Response;
using tined::Task;

std::uint64_t Fibonacci(int n) { return n < 2 ? 1 : Fibonacci(n - 1) + Fibonacci(n - 2); }

/// The number that `text` is, if it is one from 0 to `max`.
std::optional<int> NumberIn(std::string_view text, int max) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number >= 0 && number <= max ? std::optional(number) : std::nullopt;
}

class Later {
 public:
  explicit Later(const tined::Settings& settings)
      : files_(settings.Text("files", "")), upstream_(settings.Text("upstream", "")) {
    settings.Allow({"files", "upstream"});
  }

  Task<Response> Answer(const tined::Request& request) const {
    const std::string_view path = request.path().substr(request.path().find('/', 1) + 1);
    const std::string_view what = path.substr(0, path.find('/'));
    const std::string_view rest = path.substr(std::min(what.size() + 1, path.size()));
    if (what == "sleep") co_return co_await Sleep(rest);
    if (what == "file") co_return co_await ReadFile(rest);
    if (what == "upstream") co_return co_await AskUpstream(request.query());
    if (what == "thread") co_return co_await Compute(rest);
    co_return Response::Status(404, "sleep, file, upstream or thread");
  }

 private:
  static Task<Response> Sleep(std::string_view text) {
    const std::optional<int> ms = NumberIn(text, 60'000);
    if (!ms) co_return Response::Status(400, "say how many milliseconds: 0 to 60000");
    co_await tined::Sleep(std::chrono::milliseconds(*ms));
    co_return Response::Text("slept " + std::to_string(*ms) + " ms\n");
  }

  Task<Response> ReadFile(std::string_view name) const {
    if (name.empty() || name.find('/') != name.npos) co_return Response::Status(404);
    try {
      co_return Response::Text(co_await tined::ReadFile(files_ + "/" + std::string(name)));
    } catch (const std::system_error& error) {
      co_return Response::Status(404, error.what());
    }
  }

  Task<Response> AskUpstream(std::string_view text) const {
    tined::Socket upstream =
        co_await tined::Socket::Connect(upstream_, std::chrono::milliseconds(2'000));
    co_await upstream.Write(text);
    upstream.EndWriting();
    co_return Response::Text(co_await upstream.ReadAll());
  }

  static Task<Response> Compute(std::string_view text) {
    const std::optional<int> n = NumberIn(text, 45);
    if (!n) co_return Response::Status(400, "say of which number: 0 to 45");
    const tined::Completion<std::uint64_t> result;
    std::thread([n = *n, sender = result.sender()] { sender.Send(Fibonacci(n)); }).detach();
    co_return Response::Text(std::to_string(co_await result) + "\n");
  }

  const std::string files_;
  const std::string upstream_;
};

}  // namespace

TINED_MODULE(Later, "later")
