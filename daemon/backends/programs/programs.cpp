#include "backends/programs/programs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/memory_file.hpp"
#include "base/pipe.hpp"

namespace tined::backends {
namespace {

/// How often it is said that too many are running.
constexpr Duration kTellFullAgain = std::chrono::seconds(10);

/// The reading end does not block, the other is for a program that knows nothing of this.
Pipe MakeOutput() {
  Pipe pipe = MakePipe();
  Check(::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK), "fcntl");
  return pipe;
}

/// A file in memory with these bytes: whole before the program starts, so that nobody has to write
/// while it reads, and no program that does not read can keep anybody waiting.
Descriptor MakeInput(std::string_view bytes) {
  Descriptor file = MakeMemoryFile("tined-request-body", bytes);
  if (!file) ThrowErrno("store a request's body");
  return file;
}

std::string DirectoryOf(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  return slash == 0 ? "/" : file.substr(0, slash);
}

/// What is answered when a program cannot be started.
int StatusFor(int error) noexcept {
  switch (error) {
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ESTALE:
      return 503;
    case EACCES:
      return 403;
    case E2BIG:
      return 431;
    default:
      return 500;
  }
}

std::string HintFor(int error, std::string_view step) {
  if (step != "execve" && step != "execveat") return {};
  if (error == ESTALE) return "it was replaced while it was being started";
  if (error == ENOEXEC) return "it begins neither with #! nor as a program does";
  if (error == ENOENT) return "the interpreter behind its #! may be missing";
  if (error == E2BIG) return "the request's fields are too long for an environment";
  return {};
}

}  // namespace

Programs::Programs(loop::Loop& loop, const config::Programs& settings, shared::Counter& running)
    : loop_(loop),
      settings_(settings),
      count_(running),
      spool_space_(std::make_shared<SpoolSpace>(settings.spool_total)),
      nothing_(Check(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open /dev/null")) {}

Programs::~Programs() {
  const auto left = running_;
  for (const std::shared_ptr<Program>& program : left) program->Kill();
}

bool Programs::IsFull() noexcept {
  const bool is_full = running_.size() >= static_cast<std::size_t>(settings_.count);
  if (is_full && loop_.now() - told_full_ >= kTellFullAgain) {
    told_full_ = loop_.now();
    log::Warning("as many programs are running as may: further requests get a 503",
                 {{"count", settings_.count}});
  }
  return is_full;
}

Programs::Started Programs::Start(Call call) {
  if (IsFull()) return {nullptr, 503};
  try {
    return Run(call);
  } catch (const std::system_error& error) {
    log::Error(
        "program cannot be started",
        {{"route", call.facts.route}, {"program", call.facts.file}, {"error", error.what()}});
    return {nullptr, StatusFor(error.code().value())};
  }
}

Programs::Started Programs::Run(Call& call) {
  Pipe output = MakeOutput();
  Pipe errors = MakeOutput();
  const Descriptor input = call.input.empty() ? Descriptor() : MakeInput(call.input);
  // Counted before it runs: a worker that dies with its first program must be known to have one.
  count_.Set(running_.size() + 1);
  children::Spawned spawned = children::Spawn({.path = call.facts.file,
                                               .program = call.file,
                                               .directory = DirectoryOf(call.facts.file),
                                               .environment = std::move(call.environment),
                                               .limits = call.limits,
                                               .confinement = confinement_,
                                               .input = input ? input.get() : nothing_.get(),
                                               .output = output.write.get(),
                                               .errors = errors.write.get()});
  if (!spawned.process) {
    count_.Set(running_.size());
    log::Error("program cannot be started",
               {{"route", call.facts.route},
                {"program", call.facts.file},
                {"step", spawned.failed_step},
                {"error", ErrnoText(spawned.error)},
                {"hint", HintFor(spawned.error, spawned.failed_step)}});
    return {nullptr, StatusFor(spawned.error)};
  }
  auto program = std::make_shared<Program>(
      loop_, std::move(call.facts), Program::Spooling{settings_.spool, spool_space_},
      std::move(spawned), Program::Pipes{std::move(output.read), std::move(errors.read)},
      [this](const Program& gone) { Drop(gone); });
  running_.push_back(program);
  if (!program->Watch()) {
    program->Kill();
    return {nullptr, 503};
  }
  return {std::move(program), 0};
}

void Programs::Drop(const Program& gone) noexcept {
  std::erase_if(running_, [&](const auto& each) { return each.get() == &gone; });
  count_.Set(running_.size());
}

std::vector<children::ProcessLimit> LimitsOf(const config::ProgramLimits& settings) {
  std::vector<children::ProcessLimit> limits;
  const auto add = [&](int resource, std::uint64_t most, std::uint64_t grace = 0) {
    rlimit value{};
    if (most == 0 || ::getrlimit(static_cast<__rlimit_resource_t>(resource), &value) != 0) return;
    value.rlim_max = std::min<rlim_t>(value.rlim_max, most + grace);
    value.rlim_cur = std::min<rlim_t>(value.rlim_max, most);
    limits.push_back({resource, value});
  };
  // SIGXCPU first, which a program may make something of; then it is killed.
  constexpr std::uint64_t kGrace = 5;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(settings.cpu).count();
  add(RLIMIT_AS, settings.memory.count);
  add(RLIMIT_CPU, static_cast<std::uint64_t>(seconds), kGrace);
  add(RLIMIT_NPROC, static_cast<std::uint64_t>(settings.processes));
  add(RLIMIT_NOFILE, static_cast<std::uint64_t>(settings.open_files));
  return limits;
}

}  // namespace tined::backends
