// Coroutines that end in every way: /WAY/throw, /WAY/crash …
#include <csignal>
#include <cstdlib>
#include <thread>
#include <tined/completion.hpp>
#include <tined/socket.hpp>

namespace {

using namespace std::chrono_literals;
using tined::Response;
using tined::Task;

class Waits {
 public:
  Waits(const tined::Settings& settings, tined::Context context)
      : begun_(context.Counter("begun")), ended_(context.Counter("ended")) {
    settings.Allow({});
  }

  Task<Response> Answer(const tined::Request& request) const {
    begun_.Add();
    // Counts when the coroutine is gone, in whatever way.
    const std::shared_ptr<void> guard(nullptr, [counter = ended_](void*) { counter.Add(); });
    const std::string_view path = request.path();
    const std::string_view how = path.substr(path.rfind('/') + 1);
    if (how == "at-once") co_return Response::Text("at once");
    co_await Nested(3);
    if (how == "throw") throw std::runtime_error("thrown after waiting");
    if (how == "nonsense") co_return Response::Status(99, "");
    if (how == "crash") std::raise(SIGSEGV);
    if (how == "for-ever") co_await tined::Sleep(1h);
    if (how == "unsent") co_return Response::Text(co_await Unsent());
    if (how == "fail") co_return Response::Text(co_await Failed());
    if (how == "sent") co_return Response::Text(std::to_string(co_await Sent()));
    if (how == "stream") co_return Pieces();
    if (how == "body") co_return Response::Text(std::string(request.body()));
    if (how == "silent") co_return co_await SilentPeer();
    if (how == "nul") {
      co_return Response::Text(co_await tined::ReadFile(std::string("/etc/hostname\0.pdf", 18)));
    }
    co_return Response::Status(404);
  }

 private:
  static Task<> Nested(int depth) {
    if (depth > 0) co_return co_await Nested(depth - 1);
    co_await tined::Sleep(20ms);
  }

  static Task<std::string> Unsent() {
    tined::Completion<std::string> never;
    { const auto sender = never.sender(); }
    co_return co_await never;
  }
  static Task<std::string> Failed() {
    tined::Completion<std::string> failed;
    std::thread([sender = failed.sender()] {
      sender.Fail(std::make_exception_ptr(std::runtime_error("failed elsewhere")));
    }).detach();
    co_return co_await failed;
  }
  /// From many threads, some of which are done before they are waited for.
  static Task<int> Sent() {
    int sum = 0;
    for (int i = 1; i <= 50; ++i) {
      tined::Completion<int> one;
      std::thread sending([i, sender = one.sender()] { sender.Send(i); });
      if (i % 2 == 0) sending.join();
      sum += co_await one;
      if (i % 2 != 0) sending.join();
    }
    co_return sum;
  }
  static Response Pieces() {
    tined::Stream stream;
    stream.length = 100'000;
    stream.next = [left = 100'000](std::span<char> room) mutable {
      const std::size_t count = std::min(room.size(), static_cast<std::size_t>(left));
      std::fill_n(room.begin(), count, 'x');
      left -= static_cast<int>(count);
      return count;
    };
    return {200, {}, std::move(stream)};
  }
  /// Somebody who takes connections, by the kernel, and says nothing.
  static Task<Response> SilentPeer() {
    const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const std::shared_ptr<void> closes(nullptr, [=](void*) { ::close(listening); });
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listening, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listening, 1) != 0 ||
        ::getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      co_return Response::Status(503);
    }
    tined::Socket peer = co_await tined::Socket::Connect(
        "127.0.0.1:" + std::to_string(ntohs(address.sin_port)), 100ms);
    co_return Response::Text(co_await peer.ReadAll());
  }

  const tined::Counter begun_;
  const tined::Counter ended_;
};

}  // namespace

TINED_MODULE(Waits, "waits")
