#include "supervisor/listening/fd_store.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string_view>

#include "base/hex.hpp"
#include "base/log.hpp"
#include "supervisor/systemd/service_manager.hpp"

namespace tined::supervisor {
namespace {

constexpr std::string_view kListenPrefix = "tined-listen-";
constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kSystemd = "systemd:";
constexpr std::size_t kLongestName = 255;

bool IsPlain(char c) { return c > ' ' && c < 0x7f && c != ':' && c != '%'; }

/// The socket's name in the file system is what it was, as far as anybody can tell: a stopped
/// supervisor removes it, a killed one leaves it there.
std::unique_ptr<UnixListener> AdoptNamed(const std::string& path, Descriptor socket) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return nullptr;
  return std::make_unique<UnixListener>(path, std::move(socket), status.st_dev, status.st_ino);
}

std::shared_ptr<const ListeningSocket> Adopt(const std::string& key, Descriptor socket) {
  if (!IsListening(socket.get())) return nullptr;
  if (!key.starts_with(kUnix)) return std::make_shared<ListeningSocket>(key, std::move(socket));
  auto named = AdoptNamed(key.substr(kUnix.size()), std::move(socket));
  return named ? std::make_shared<ListeningSocket>(key, std::move(named)) : nullptr;
}

/// A packet channel that nobody has shut down: what is sent down a closed one never arrives.
bool IsOpenChannel(const channels::HandoffEnds& ends) noexcept {
  for (const Descriptor* const end : {&ends.take, &ends.give}) {
    int type = 0;
    socklen_t size = sizeof type;
    pollfd state{.fd = end->get(), .events = POLLRDHUP, .revents = 0};
    if (!*end || ::getsockopt(end->get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        type != SOCK_SEQPACKET || ::poll(&state, 1, 0) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

Legacy TakeLegacy(service_manager::PassedDescriptors& passed) {
  Legacy legacy;
  for (auto& [name, descriptor] : passed) {
    const std::string key = KeyOfStoreName(name);
    if (name == FdStore::kTakeChannel) {
      legacy.handoff.take = std::move(descriptor);
    } else if (name == FdStore::kGiveChannel) {
      legacy.handoff.give = std::move(descriptor);
    } else if (name == FdStore::kSuccessor) {
      legacy.successor = std::move(descriptor);
    } else if (key.empty()) {
      continue;
    } else if (auto socket = Adopt(key, std::move(descriptor))) {
      log::Info("an earlier supervisor's listening socket is used again",
                {{"address", socket->address()}});
      legacy.sockets.push_back({.listener = nullptr, .socket = std::move(socket)});
    }
  }
  std::erase_if(passed, [](const auto& each) { return !each.second; });
  const bool was_kept = legacy.handoff.take || legacy.handoff.give;
  if (was_kept && !IsOpenChannel(legacy.handoff)) {
    log::Error("the handoff channel of the earlier supervisor is closed, and is not used again",
               {});
    legacy.handoff = {};
  }
  return legacy;
}

bool FdStore::IsOffered() {
  const char* const most = std::getenv("FDSTORE");
  return std::getenv("NOTIFY_SOCKET") != nullptr && most != nullptr &&
         std::string_view(most) != "0";
}

FdStore::Names FdStore::NamesOf(const OpenSockets& sockets) {
  Names names;
  for (const OpenSocket& open : sockets) {
    const std::string name = StoreNameOf(open.socket->key());
    if (!open.socket->key().starts_with(kSystemd) && !name.empty()) {
      names.emplace(name, open.socket->descriptor());
    }
  }
  return names;
}

void FdStore::Assume(const OpenSockets& sockets) { sockets_ = NamesOf(sockets); }

void FdStore::KeepSockets(const OpenSockets& sockets) {
  if (!is_used_) return;
  Names wanted = NamesOf(sockets);
  for (const auto& [name, descriptor] : sockets_) {
    if (wanted.count(name) == 0) Forget(name);
  }
  for (const auto& [name, descriptor] : wanted) {
    const auto kept = sockets_.find(name);
    if (kept == sockets_.end() || kept->second != descriptor) Keep(name, descriptor);
  }
  sockets_ = std::move(wanted);
}

void FdStore::Keep(const std::string& name, int descriptor) {
  if (!is_used_) return;
  Forget(name);
  service_manager::StoreDescriptor(name, descriptor);
}

void FdStore::Forget(const std::string& name) {
  if (is_used_) service_manager::ForgetDescriptor(name);
}

std::string StoreNameOf(const std::string& key) {
  std::string name = std::string(kListenPrefix) + PercentEncoded(key, IsPlain);
  return name.size() <= kLongestName ? name : std::string();
}

std::string KeyOfStoreName(const std::string& name) {
  if (!name.starts_with(kListenPrefix)) return {};
  std::string key;
  for (std::size_t i = kListenPrefix.size(); i < name.size(); ++i) {
    if (name[i] != '%') {
      key.push_back(name[i]);
      continue;
    }
    const int byte = PercentDecoded(std::string_view(name).substr(i));
    if (byte < 0) return {};
    key.push_back(static_cast<char>(byte));
    i += 2;
  }
  return key;
}

}  // namespace tined::supervisor
