#include "supervisor/control.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "base/log.hpp"
#include "supervisor/descent.hpp"

namespace tined::supervisor {
namespace {

constexpr std::uint32_t kMode = 0660;
constexpr std::size_t kMostClients = 16;
constexpr std::size_t kLongestRequest = 64U << 10;
/// How often it is said that a process of the service's own was refused.
constexpr Duration kTellAgain = std::chrono::seconds(10);
/// Without a whole request; longer than any drain, for a client that waits for an answer.
constexpr Duration kPatience = std::chrono::hours(1);

}  // namespace

/// One client: a line in, a line out, until it hangs up.
class Control::Client final : public loop::Watcher {
 public:
  Client(Control& control, std::uint64_t id, Descriptor socket)
      : control_(control), id_(id), socket_(std::move(socket)) {
    control_.loop_.Arm(patience_, control_.loop_.now() + kPatience);
  }
  ~Client() override { control_.loop_.Remove(socket_.get(), watch_); }

  [[nodiscard]] bool Watch() { return control_.loop_.Add(socket_.get(), EPOLLIN, *this, watch_); }
  void Send(std::string_view text) {
    output_.append(text).push_back('\n');
    Flush();
  }
  void OnReady(std::uint32_t events) noexcept override {
    // Whatever happens below may end this client, so each path ends here.
    if ((events & EPOLLOUT) != 0) return Flush();
    std::array<char, 4096> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return control_.Drop(id_);
    input_.append(bytes.data(), static_cast<std::size_t>(got));
    const std::size_t end = input_.find('\n');
    if (end == std::string::npos) {
      if (input_.size() > kLongestRequest) control_.Drop(id_);
      return;
    }
    const std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    control_.OnLine(id_, line);
  }

 private:
  void Flush() {
    const ssize_t sent =
        ::send(socket_.get(), output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) return control_.Drop(id_);
    if (sent > 0) output_.erase(0, static_cast<std::size_t>(sent));
    const std::uint32_t events = output_.empty() ? EPOLLIN : EPOLLOUT;
    control_.loop_.Modify(socket_.get(), events, watch_);
  }

  Control& control_;
  const std::uint64_t id_;
  Descriptor socket_;
  loop::WatchId watch_;
  std::string input_;
  std::string output_;
  loop::Alarm patience_{[this] { control_.Drop(id_); }};
};

std::unique_ptr<UnixListener> Control::Listen(const std::string& path) {
  std::error_code ignored;  // Binding says what is wrong.
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  return std::make_unique<UnixListener>(path, kMode, static_cast<int>(kMostClients),
                                        children::Identity());
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

Control::~Control() { loop_.Remove(socket_->descriptor(), watch_); }

void Control::OnReady(std::uint32_t) noexcept { Accept(); }

void Control::Accept() {
  Descriptor socket(
      ::accept4(socket_->descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  if (IsFromBelow(socket.get())) return Refuse(socket.get());
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
