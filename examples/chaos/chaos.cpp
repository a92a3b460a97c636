// Goes wrong on demand, in every way a handler can: for tests, and for seeing what a crash costs.
//
//   - {path: /chaos/, module: {file: chaos.so}}
//
//   /chaos/segv      writes through a bad pointer        /chaos/hang     never returns
//   /chaos/abort     calls abort                         /chaos/exit     ends the process, status 3
//   /chaos/overflow  runs out of stack                   /chaos/leak     64 MiB, or ?mb=N, for good
//   /chaos/throw     throws an exception                 /chaos/ok       nothing is wrong
//   /chaos/thread    crashes on a thread of its own, while this one waits
//   /chaos/status    answers with a status that is none  /chaos/header   with a broken header
//   /chaos/half      sends half an answer and crashes    /chaos/broken   sends half and gives up
//   /chaos/length    says it has more bytes than it has  /chaos/kill     SIGKILL to its process
//
// As a stream it reads lines: the name of one of these and a line feed; "half" of a line is waited
// for, "too much" says that it used more than there was.
//
// `settings: {at_start: NAME}` does NAME when it starts, `at_configure` when it is configured.
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>
#include <tined/module.hpp>

namespace {

using Act = void (*)();

void CrashBadly() {
  // Volatile: the compiler must not see what this is.
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

volatile bool is_endless = true;

// Each call needs its frame after the inner one has returned.
__attribute__((noinline)) int Deepen(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return is_endless ? Deepen(depth + 1) + frame[0] : 0;
}

void Overflow() { (void)Deepen(0); }

void Hang() {
  for (;;) ::pause();
}

void CrashOnThread() {
  std::thread(CrashBadly).detach();
  Hang();
}

void Leak(std::size_t mebibytes) {
  const std::size_t size = mebibytes << 20;
  // Written to, for otherwise the kernel gives no memory; kept in sight, for leak checkers.
  static std::vector<void*> leaked;
  leaked.push_back(std::malloc(size));
  if (leaked.back() == nullptr) throw std::bad_alloc();
  std::memset(leaked.back(), 1, size);
}

/// A body of 400,000 bytes of which one half comes before `act`, most of it on its way by then.
tined::Stream HalfOf(Act act) {
  constexpr std::size_t kHalf = 200'000;
  const auto next = [act, made = std::size_t{0}](std::span<char> room) mutable -> std::size_t {
    if (made == kHalf) act();
    const std::size_t size = std::min(room.size(), kHalf - made);
    std::fill_n(room.begin(), size, 'x');
    made += size;
    return size;
  };
  return {next, 2 * kHalf};
}

const std::map<std::string_view, Act> kActs = {
    {"ok", [] {}},
    {"segv", CrashBadly},
    {"abort", [] { std::abort(); }},
    {"kill", [] { ::kill(::getpid(), SIGKILL); }},
    {"exit", [] { ::_exit(3); }},
    {"hang", Hang},
    {"overflow", Overflow},
    {"thread", CrashOnThread},
    {"throw", [] { throw std::runtime_error("thrown on demand"); }},
};

void Do(std::string_view name) {
  const auto act = kActs.find(name);
  if (act != kActs.end()) act->second();
}

class Chaos {
 public:
  explicit Chaos(const tined::Settings& settings) : at_start_(settings.Text("at_start", "ok")) {
    settings.Allow({"at_start", "at_configure"});
    Do(settings.Text("at_configure", "ok"));
  }

  void Start() { Do(at_start_); }

  tined::Response Answer(const tined::Request& request) {
    const std::string_view path = request.path();
    const std::string_view name = path.substr(path.rfind('/') + 1);
    tined::Response response = tined::Response::Text("still here\n");
    if (name == "user") response = tined::Response::Text(std::string(request.user()));
    if (name == "status") response.status = 99;
    if (name == "header") response.Header("X-Broken", "a\r\nb");
    if (name == "length") response.Header("Content-Length", "4711");
    if (name == "half") response.body = HalfOf(CrashBadly);
    if (name == "broken") {
      response.body = HalfOf([] { throw std::runtime_error("given up on demand"); });
      if (!request.query().empty()) std::get<tined::Stream>(response.body).length = UINT64_MAX;
    }
    if (name == "leak") Leak(std::stoul(request.Parameter("mb").value_or("64")));
    Do(name);
    return response;
  }

  tined::Reply Receive(const tined::Message& message) {
    const std::string_view bytes = message.bytes();
    const std::size_t end = bytes.find('\n');
    if (end == bytes.npos) return tined::Reply::Incomplete();
    const std::string_view name = bytes.substr(0, end);
    Do(name);
    return {"still here\n", name == "bye", name == "too much" ? bytes.size() + 1 : end + 1};
  }

 private:
  const std::string at_start_;
};

}  // namespace

TINED_MODULE(Chaos, "chaos")
