#include "supervisor/upgrade.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <sstream>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"

namespace tined::supervisor {
namespace {

/// For the check, and again for the quiet moment.
constexpr std::chrono::seconds kPatience{30};
constexpr Duration kRetry = std::chrono::milliseconds(5);
constexpr std::size_t kLongestOutput = 16U << 10;
constexpr std::size_t kMostLines = 20;

}  // namespace

void Upgrade::Begin() {
  output_.clear();
  try {
    const Descriptor state = Write(service_.describe());
    int ends[2];
    Check(::pipe2(ends, O_CLOEXEC), "pipe2");
    output_end_.Reset(ends[0]);
    const Descriptor child_end(ends[1]);
    Check(::fcntl(ends[0], F_SETFL, O_NONBLOCK), "fcntl");
    if (!loop_.Add(output_end_.get(), EPOLLIN, on_output_, watch_)) ThrowErrno("watch the check");
    step_ = Step::check;
    pid_ = Check(::fork(), "fork");
    if (pid_ == 0) image_.Check(state.get(), child_end.get());
  } catch (const std::system_error& error) {
    return Refuse({error.what()});
  }
  log::Info("upgrading: asking the program whether it can take over", {{"path", image_.path()}});
  loop_.Arm(timeout_, Clock::now() + kPatience);
}

void Upgrade::Cancel() {
  if (step_ == Step::check && pid_ > 0) ::kill(pid_, SIGKILL);
  step_ = Step::none;
  pid_ = -1;
  loop_.Remove(output_end_.get(), watch_);
  output_end_.Reset();
  loop::Loop::Disarm(timeout_);
  loop::Loop::Disarm(retry_);
}

/// Reads what there is at this moment; the end of it comes before the exit, or never, when a
/// process that it has left behind has the other end.
void Upgrade::ReadOutput() {
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t got = ::read(output_end_.get(), bytes.data(), bytes.size());
    if (got < 0) return;
    if (got == 0) break;
    output_.append(bytes.data(), static_cast<std::size_t>(got));
    output_.resize(std::min(output_.size(), kLongestOutput));
  }
  loop_.Remove(output_end_.get(), watch_);
  output_end_.Reset();
}

void Upgrade::OnExit(pid_t pid, const Death& death) {
  if (step_ != Step::check || pid != pid_) return;
  pid_ = -1;
  if (output_end_) ReadOutput();
  if (!death.is_clean() || output_.find(kCanTakeOver) == std::string::npos) {
    return Refuse(FaultsOf(death));
  }
  Cancel();
  step_ = Step::quiet;
  loop_.Arm(timeout_, Clock::now() + kPatience);
  TryToGo();
}

Upgrade::Faults Upgrade::FaultsOf(const Death& death) const {
  Faults faults = {death.is_clean()
                       ? fmt::format("{} --check succeeds, but does not say that it can take over: "
                                     "it is no tined, or one that cannot",
                                     image_.path())
                       : fmt::format("{} --check fails ({})", image_.path(), death.Text())};
  std::istringstream lines(output_);
  for (std::string line; faults.size() <= kMostLines && std::getline(lines, line);) {
    faults.push_back(line);
  }
  return faults;
}

void Upgrade::TryToGo() {
  if (!service_.obstacle().empty()) return loop_.Arm(retry_, Clock::now() + kRetry);
  Cancel();
  service_.on_go();
}

void Upgrade::OnTimeout() {
  if (step_ == Step::quiet) return Refuse({service_.obstacle()});
  Refuse({fmt::format("{} --check takes longer than {} s", image_.path(), kPatience.count())});
}

void Upgrade::Refuse(Faults faults) {
  Cancel();
  service_.on_refused(faults);
}

}  // namespace tined::supervisor
