// Every way in which a handler can fail, by the last part of the path; and by the part before it
// when: /answer/NAME at once, /body/NAME when half of its body is made. As a stream: the name and a
// line feed. Counts how often it was run: failures.ran. /ticks is a body without end, a line every
// 20 ms: failures.ticks, and failures.left when it is let go.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <tined/module.hpp>

namespace {

using Act = void (*)();

volatile bool is_endless = true;

__attribute__((noinline)) int Deepen(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return is_endless ? Deepen(depth + 1) + frame[0] : 0;
}

void WriteNowhere() {
  // Not null: UndefinedBehaviorSanitizer would end the process in its own way.
  auto* volatile nowhere = reinterpret_cast<volatile int*>(std::uintptr_t{64});
  *nowhere = 1;
}

/// A page of a file that has become shorter.
void ReadBeyondFile() {
  const int file = ::memfd_create("short", MFD_CLOEXEC);
  void* const page = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
  (void)*static_cast<volatile char*>(page);
}

/// A body that is lent, and cannot be read by whoever copies it.
std::string Forbidden() {
  constexpr std::size_t kPage = 4096;
  std::string body(std::size_t{1} << 20, 'x');
  const auto start = (reinterpret_cast<std::uintptr_t>(body.data()) + kPage) & ~(kPage - 1);
  ::mprotect(reinterpret_cast<void*>(start), kPage, PROT_NONE);
  return body;
}

void AllocateTooMuch() {
#ifdef __SANITIZE_ADDRESS__
  throw std::bad_alloc();  // AddressSanitizer ends the process in place of that.
#endif
  // Volatile: the compiler knows that so much cannot be had.
  volatile std::size_t size = std::size_t{1} << 46;
  std::vector<char> all(size);
}

void Exec() {
  char name[] = "true";
  char* const arguments[] = {name, nullptr};
  ::execv("/bin/true", arguments);
}

/// What a careless child does must not be taken for the worker's doing.
void ForkAndFail() {
  for (const bool crashes : {false, true}) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close_range(3, ~0U, 0);
      if (crashes) std::abort();
      ::_exit(3);
    }
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

/// A child that goes on for as long as it may; its parent says on standard error who it is.
void ForkForGood() {
  const pid_t pid = ::fork();
  while (pid == 0) ::pause();
  ::dprintf(STDERR_FILENO, "left pid=%d\n", pid);
}

void Leave(bool in_session) {
  if (!in_session) return ForkForGood();
  const pid_t first = ::fork();
  if (first == 0) {
    ::setsid();
    ForkForGood();
    ::_exit(0);
  }
  ::waitpid(first, nullptr, 0);
}

const std::map<std::string_view, Act> kActs = {
    {"nothing", [] {}},
    {"throw", [] { throw std::runtime_error("thrown on demand"); }},
    {"throw_int", [] { throw 42; }},
    {"exit", [] { std::exit(0); }},
    {"_exit", [] { ::_exit(3); }},
    {"quick_exit", [] { std::quick_exit(4); }},
    {"abort", [] { std::abort(); }},
    {"terminate", [] { std::terminate(); }},
    {"pthread_exit", [] { ::pthread_exit(nullptr); }},
    {"segv", WriteNowhere},
    {"bus", ReadBeyondFile},
    {"overflow", [] { (void)Deepen(0); }},
    {"exec", Exec},
    {"term", [] { ::kill(::getpid(), SIGTERM); }},
    {"fork", ForkAndFail},
    {"bomb", AllocateTooMuch},
    {"hang",
     [] {
       for (;;) ::pause();
     }},
    {"leave", [] { Leave(false); }},
    {"leave_session", [] { Leave(true); }},
    {"late",
     [] {
       // In parts: a signal may end one of them.
       for (int i = 0; i < 5; ++i) ::usleep(100'000);
       WriteNowhere();
     }},
    {"close", [] { ::close_range(3, ~0U, 0); }},
    {"closefrom", [] { ::closefrom(3); }},
    {"close_each",
     [] {
       for (int number = 3; number < 256; ++number) ::close(number);
     }},
};

void Do(std::string_view name) {
  const auto act = kActs.find(name);
  if (act != kActs.end()) act->second();
}

std::string_view LastPart(std::string_view path) { return path.substr(path.rfind('/') + 1); }

constexpr std::size_t kHalf = 1000;

/// 2,000 bytes, or so it says; what comes after half of them is the question.
tined::Stream Body(std::string name) {
  const auto next = [name = std::move(name),
                     made = std::size_t{0}](std::span<char> room) mutable -> std::size_t {
    if (made >= 2 * kHalf) return 0;
    if (made == kHalf) {
      if (name == "short") return 0;
      if (name == "room") return room.size() + 1;
      Do(name);
    }
    const std::size_t size = made == kHalf && name == "long" ? kHalf + 1 : kHalf;
    std::fill_n(room.begin(), size, 'x');
    made += size;
    return size;
  };
  return {next, 2 * kHalf};
}

/// Counts itself away.
class Ticks {
 public:
  Ticks(tined::Counter made, tined::Counter left)
      : made_(made), left_(std::make_shared<Left>(left)) {}

  std::size_t operator()(std::span<char> room) const {
    ::usleep(20'000);
    made_.Add();
    constexpr std::string_view kTick = "tick\n";
    kTick.copy(room.data(), room.size());
    return kTick.size();
  }

 private:
  struct Left {
    explicit Left(tined::Counter in_counter) : counter(in_counter) {}
    Left(const Left&) = delete;
    Left& operator=(const Left&) = delete;
    ~Left() { counter.Add(); }
    const tined::Counter counter;
  };
  tined::Counter made_;
  std::shared_ptr<Left> left_;
};

class Failures {
 public:
  explicit Failures(tined::Context context)
      : ran_(context.Counter("ran")),
        ticks_(context.Counter("ticks")),
        left_(context.Counter("left")) {}

  tined::Response Answer(const tined::Request& request) {
    ran_.Add(1);
    const std::string_view path = request.path();
    const std::string_view name = LastPart(path);
    tined::Response response = tined::Response::Text("still here\n");
    if (name == "ticks") {
      response.body = tined::Stream{Ticks(ticks_, left_)};
      return response;
    }
    if (path.find("/body/") != path.npos) {
      response.body = Body(std::string(name));
      return response;
    }
    if (name == "status") response.status = 99;
    if (name == "field") response.Header("X-Broken", "a\r\nb");
    if (name == "length") response.Header("Content-Length", "4711");
    if (name == "file") response.body = tined::File{"/nowhere"};
    if (name == "nul") response.body = tined::File{std::string("/etc/hostname\0.pdf", 18)};
    if (name == "twice")
      response.Header("content-type", "a/b").Header("ETag", "\"1\"").Header("ETag", "\"2\"");
    if (name == "reset") response.status = 205;
    if (name == "lent") response.body = Forbidden();
    Do(name);
    return response;
  }

  tined::Reply Receive(const tined::Message& message) {
    ran_.Add(1);
    const std::size_t end = message.bytes().find('\n');
    if (end == message.bytes().npos) return tined::Reply::Incomplete();
    Do(message.bytes().substr(0, end));
    return {"still here\n"};
  }

 private:
  tined::Counter ran_;
  tined::Counter ticks_;
  tined::Counter left_;
};

}  // namespace

TINED_MODULE(Failures, "failures")
