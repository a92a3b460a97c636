// The control socket: a unix socket where tinectl asks and orders. One JSON object a line each way:
//   {"command":"scale","count":4}  ->  {"ok":true,"workers":4}
//                                  or  {"ok":false,"errors":["…"]}
// Whoever may open the socket (its file's mode is 0660) may do all of it, but for processes that
// the service itself has started: they are refused. Slow, silent and
// talkative clients cost themselves their connection. Supervisor.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/descriptor.hpp"
#include "loop/loop.hpp"
#include "supervisor/listening/unix_listener.hpp"

namespace tined::supervisor {

class Control final : public loop::Watcher {
 public:
  /// Sends the answer, at once or later. Nothing happens when the client is gone by then.
  using Answer = std::function<void(const nlohmann::json&)>;
  using Command = std::function<void(const nlohmann::json& request, const Answer& answer)>;

  /// A socket that listens at `path`; its directory is made if it is missing, for this process's
  /// user and group, and must not be another user's. `patience` as in
  /// UnixListener::Terms. Throws std::runtime_error.
  [[nodiscard]] static std::unique_ptr<UnixListener> Listen(const std::string& path,
                                                            Duration patience);
  /// Throws std::system_error.
  Control(loop::Loop& loop, std::unique_ptr<UnixListener> socket, Command command);
  ~Control() override;

  void OnReady(std::uint32_t events) noexcept override;
  /// Obeys whoever is at the other end of `socket`, connected and non-blocking: one who may give
  /// orders. Not after Retire.
  void Serve(Descriptor socket);
  /// Not after Retire.
  [[nodiscard]] const UnixListener& socket() const noexcept { return *socket_; }

  /// Closes the socket, and every connection once the answers that it waits for are out: obeys
  /// nobody any more.
  void Retire();
  /// It has been retired, and nobody waits.
  [[nodiscard]] bool is_done() const noexcept { return !socket_ && clients_.empty(); }

 private:
  class Client;

  [[nodiscard]] bool is_retired() const noexcept { return !socket_; }
  void Accept();
  void Refuse(int socket);
  void Obey(std::uint64_t id);
  void OnRefusedAccept(int error);
  void OnLine(std::uint64_t id, const std::string& line);
  void Send(std::uint64_t id, const nlohmann::json& answer);
  void Drop(std::uint64_t id);

  loop::Loop& loop_;
  const Command command_;
  std::unique_ptr<UnixListener> socket_;  ///< null: retired
  loop::WatchId watch_;
  std::uint64_t next_id_ = 1;
  TimePoint tell_again_{};  ///< of refused processes
  std::map<std::uint64_t, std::unique_ptr<Client>> clients_;
  bool has_told_full_ = false;  ///< since the last client that could be accepted
  loop::Alarm pause_{[this] {
    if (!is_retired()) loop_.Modify(socket_->descriptor(), EPOLLIN, watch_);
  }};
  std::shared_ptr<Control*> self_;  ///< empties when this goes: late answers find nobody
};

}  // namespace tined::supervisor
