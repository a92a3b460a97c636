// One client: connections one after the other, on each some requests of all kinds, every answer
// compared byte for byte, nothing ever retried. One thread's; counts go to all clients' Counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "bench/secure_load/counts.hpp"
#include "bench/secure_load/session.hpp"

namespace tined::bench {

/// What is asked for, and what must come.
struct File {
  std::string target;
  std::string body;
};

struct Work {
  std::uint16_t port = 0;
  std::vector<File> files = {};
  std::string echo = {};  ///< what answers a PUT with its body; empty: there is nothing that does
  unsigned rounds = 60;   ///< on one connection, at the most
};

class Client {
 public:
  Client(std::string name, const Work& work, std::unique_ptr<Endpoint> endpoint, bool is_tls13,
         unsigned seed, Counts& counts)
      : name_(std::move(name)),
        work_(work),
        endpoint_(std::move(endpoint)),
        is_tls13_(is_tls13),
        random_(seed),
        counts_(counts) {}

  /// Until `is_over`, which is looked at between answers.
  void Run(const std::atomic<bool>& is_over);

 private:
  using Phase = Counts::Phase;

  void RunConnection(const std::atomic<bool>& is_over);
  void RunRound(Session& session);
  void UpdateKey(Session& session);
  [[nodiscard]] std::string Compose();
  void SendInPieces(Session& session, std::string_view bytes);
  void ReadAnswer(Session& session, const std::string& expected);
  void ReceiveMore(Session& session);
  void ExpectEnd(Session& session);
  [[nodiscard]] unsigned Below(std::size_t end) { return static_cast<unsigned>(random_() % end); }
  [[nodiscard]] bool Chance(unsigned one_of) { return Below(one_of) == 0; }

  const std::string name_;
  const Work& work_;
  const std::unique_ptr<Endpoint> endpoint_;
  const bool is_tls13_;
  std::mt19937 random_;
  Counts& counts_;
  // These tell of the connection that is open now, and begin anew with the next one.
  Phase phase_ = Phase::handshake;
  std::string input_;
  std::vector<std::string> due_;  ///< bodies of the answers that follow
  bool is_closing_ = false;       ///< the server has announced its end
  int round_ = 0;
  std::chrono::steady_clock::time_point last_key_update_;
};

}  // namespace tined::bench
