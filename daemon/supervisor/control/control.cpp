#include "supervisor/control/control.hpp"

#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/local_path.hpp"
#include "base/log.hpp"
#include "supervisor/control/descent.hpp"

namespace tined::supervisor {
namespace {

constexpr std::uint32_t kMode = 0660;
constexpr mode_t kDirectoryMode = 0750;
constexpr std::size_t kMostClients = 16;
constexpr std::size_t kLongestRequest = 64U << 10;
/// How often it is said that a process of the service's own was refused.
constexpr Duration kTellAgain = std::chrono::seconds(10);
/// Without a whole request; longer than any drain, for a client that waits for an answer.
constexpr Duration kClientPatience = std::chrono::hours(1);
/// Until there may be room for another descriptor.
constexpr Duration kPause = std::chrono::milliseconds(500);

}  // namespace

/// One client: a line in, a line out, until it hangs up. The next line is looked at when the one
/// before has been answered, so that answers come in the order of the requests; meanwhile what it
/// says stays in the socket. It may close its own half and still read its answers.
class Control::Client final : public loop::Watcher {
 public:
  Client(Control& control, std::uint64_t id, Descriptor socket)
      : control_(control), id_(id), socket_(std::move(socket)) {
    control_.loop_.Arm(patience_, control_.loop_.now() + kClientPatience);
  }
  ~Client() override { control_.loop_.Remove(socket_.get(), watch_); }

  [[nodiscard]] bool Watch() { return control_.loop_.Add(socket_.get(), EPOLLIN, *this, watch_); }

  /// Whether an answer is still to be made, or to be read by it.
  [[nodiscard]] bool IsOwed() const noexcept { return is_asking_ || !output_.empty(); }
  /// Its next request, which Send then answers; none while one is being answered.
  std::optional<std::string> TakeLine() {
    const std::size_t end = input_.find('\n');
    if (IsOwed() || end == std::string::npos) return {};
    std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    is_asking_ = true;
    return line;
  }
  void Send(std::string_view text) {
    is_asking_ = false;
    output_.append(text).push_back('\n');
    Flush();
  }
  /// After lines were taken: waits for what comes next, or goes. May end this client.
  void Await() {
    const bool has_room = input_.size() <= kLongestRequest;
    const bool is_last = input_.find('\n') == std::string::npos && (has_ended_ || !has_room);
    if (!IsOwed() && (is_last || control_.is_retired())) return control_.Drop(id_);
    const bool is_heard = !has_ended_ && !is_asking_ && has_room;
    const std::uint32_t events = !output_.empty() ? EPOLLOUT : is_heard ? EPOLLIN : 0U;
    control_.loop_.Modify(socket_.get(), events, watch_);
  }

  void OnReady(std::uint32_t events) noexcept override {
    // Whatever happens below may end this client, so each path ends here.
    if ((events & EPOLLOUT) != 0) return Flush();
    if ((events & EPOLLIN) == 0) return control_.Drop(id_);
    std::array<char, 4096> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) return control_.Drop(id_);
    if (got == 0) has_ended_ = true;
    input_.append(bytes.data(), static_cast<std::size_t>(got));
    control_.Obey(id_);
  }

 private:
  void Flush() {
    const ssize_t sent =
        ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return control_.Drop(id_);
    if (sent > 0) output_.erase(0, static_cast<std::size_t>(sent));
    // Later: whoever has just answered is in the middle of something.
    if (output_.empty()) control_.loop_.Arm(next_, control_.loop_.now());
    Await();
  }

  Control& control_;
  const std::uint64_t id_;
  Descriptor socket_;
  loop::WatchId watch_;
  std::string input_;
  std::string output_;
  bool is_asking_ = false;  ///< its request is being answered
  bool has_ended_ = false;  ///< it sends no more
  loop::Alarm patience_{[this] { control_.Drop(id_); }};
  loop::Alarm next_{[this] { control_.Obey(id_); }};
};

std::unique_ptr<UnixListener> Control::Listen(const std::string& path, Duration patience) {
  const std::string directory = std::filesystem::path(path).parent_path();
  // Whatever the umask, which may be 0. That it cannot be made shows in the next line.
  (void)::mkdir(directory.c_str(), kDirectoryMode);
  local_path::CheckOwnDirectory(directory);
  const UnixListener::Terms terms = {kMode, static_cast<int>(kMostClients), patience};
  return std::make_unique<UnixListener>(path, terms, children::Identity());
}

Control::Control(loop::Loop& loop, std::unique_ptr<UnixListener> socket, Command command)
    : loop_(loop),
      command_(std::move(command)),
      socket_(std::move(socket)),
      self_(std::make_shared<Control*>(this)) {
  if (!loop_.Add(socket_->descriptor(), EPOLLIN, *this, watch_)) {
    ThrowErrno("watch " + socket_->path());
  }
}

Control::~Control() {
  if (socket_) loop_.Remove(socket_->descriptor(), watch_);
}

void Control::Retire() {
  loop_.Remove(socket_->descriptor(), watch_);
  socket_.reset();
  std::erase_if(clients_, [](const auto& each) { return !each.second->IsOwed(); });
}

void Control::OnReady(std::uint32_t) noexcept { Accept(); }

void Control::Accept() {
  Descriptor socket(
      ::accept4(socket_->descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return OnRefusedAccept(errno);
  has_told_full_ = false;
  if (IsFromBelow(socket.get())) return Refuse(socket.get());
  Serve(std::move(socket));
}

void Control::Serve(Descriptor socket) {
  // The oldest makes room: an order must get through, whoever else holds connections open.
  if (clients_.size() == kMostClients) Drop(clients_.begin()->first);
  const std::uint64_t id = next_id_++;
  auto client = std::make_unique<Client>(*this, id, std::move(socket));
  if (client->Watch()) clients_.emplace(id, std::move(client));
}

/// A program, or whatever a module runs, may be of the user that may give orders; it may not.
void Control::Refuse(int socket) {
  constexpr std::string_view kAnswer =
      "{\"ok\":false,\"errors\":[\"a process of the service's own (a program, a module's) gives it "
      "no orders\"]}\n";
  (void)::send(socket, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (loop_.now() < tell_again_) return;
  tell_again_ = loop_.now() + kTellAgain;
  ucred peer{};
  socklen_t size = sizeof peer;
  (void)::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  log::Warning("refused an order from a process of the service's own",
               {{"pid", peer.pid}, {"uid", peer.uid}});
}

/// Carries out what a client has asked for, as far as that goes without waiting.
void Control::Obey(std::uint64_t id) {
  for (;;) {
    const auto client = clients_.find(id);
    if (client == clients_.end()) return;
    const std::optional<std::string> line =
        is_retired() ? std::nullopt : client->second->TakeLine();
    if (!line) return client->second->Await();
    OnLine(id, *line);
  }
}

/// A client that cannot be accepted stays in the backlog, where it would be news in every turn of
/// the loop.
void Control::OnRefusedAccept(int error) {
  if (error == EAGAIN || error == EINTR || error == ECONNABORTED) return;
  loop_.Modify(socket_->descriptor(), 0, watch_);
  loop_.Arm(pause_, loop_.now() + kPause);
  if (std::exchange(has_told_full_, true)) return;
  log::Warning("cannot accept a control client, trying again",
               {{"path", socket_->path()}, {"error", ErrnoText(error)}});
}

void Control::OnLine(std::uint64_t id, const std::string& line) {
  const std::weak_ptr<Control*> self = self_;
  const Answer answer = [self, id](const nlohmann::json& text) {
    if (const auto control = self.lock()) (*control)->Send(id, text);
  };
  const nlohmann::json request = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!request.is_object()) {
    return answer({{"ok", false}, {"errors", {"a request is one JSON object in one line"}}});
  }
  try {
    command_(request, answer);
  } catch (const std::exception& error) {
    log::Warning("a control request failed", {{"error", error.what()}});
    answer({{"ok", false}, {"errors", {error.what()}}});
  }
}

void Control::Send(std::uint64_t id, const nlohmann::json& answer) {
  const auto found = clients_.find(id);
  // Replace what is not UTF-8 (a path in a message) rather than throw.
  const std::string text = answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (found != clients_.end()) found->second->Send(text);
}

void Control::Drop(std::uint64_t id) { clients_.erase(id); }

}  // namespace tined::supervisor
