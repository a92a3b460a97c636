// One TLS handshake of a server, without a socket: the client's bytes go in, bytes for the client
// come out, and in the end there is a session as plain data, with which another process goes on.
// OpenSSL does the handshake over BIOs in memory and is gone when it is complete; no record of the
// session is ever opened or sealed by it. Handshaker; not synchronised. The context outlives it.
//
// A handshake is determined by its context, its circumstances and the client's bytes, in whatever
// pieces they come: another process that has the same of each, and the same OpenSSL, says the same
// bytes to the client and comes to the same session.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "handshake/circumstances.hpp"
#include "handshake/client_facts.hpp"
#include "handshake/context.hpp"
#include "handshake/openssl.hpp"
#include "handshake/randomness.hpp"
#include "handshake/witness.hpp"
#include "tls/session.hpp"

namespace tined::handshake {

/// What logs, variables and modules are told of a connection, beside the session's version and
/// suite (tls::NameOf).
struct Facts {
  std::string server_name;  ///< the host that the client asked for, as it wrote it, or empty
  std::string protocol;     ///< agreed on by ALPN, or empty
  bool is_resumed = false;
  std::optional<ClientFacts>
      client;  ///< its certificate, verified; of a resumed session, back then
};

/// Each copy of the secrets is wiped with it.
struct Established {
  Established() = default;
  Established(Established&&) = default;
  Established& operator=(Established&&) = default;
  ~Established() { tls::Wipe(session); }

  tls::Session session;
  std::string beyond;  ///< what the client has sent after the handshake: records of the session
  Facts facts;
};

class Handshake {
 public:
  /// A client that is not through with as many bytes is refused: 20 KiB of certificates are a lot.
  static constexpr std::size_t kMostInput = 64U << 10;

  enum class State {
    goes_on,      ///< more of the client's bytes are wanted
    established,  ///< Take() has the session
    failed,       ///< reason() says why; the output may end with an alert
    plain_http    ///< the client speaks HTTP without TLS: it is answered in clear
  };

  Handshake(const Context& context, const Circumstances& circumstances);
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  ~Handshake();

  /// Takes all of `bytes`, which follow those of the call before; only while it goes on.
  State Feed(std::string_view bytes);
  [[nodiscard]] State state() const noexcept { return state_; }

  /// What is to be sent to the client, then the caller's. Whatever the state is by then: it all
  /// goes out, in front of records of the session.
  [[nodiscard]] std::string TakeOutput() noexcept;

  /// What has been stapled, empty for nothing; nothing while that is not decided. It is for whoever
  /// does this handshake again (Circumstances), and is there before the output that has it.
  [[nodiscard]] const std::optional<std::string>& staple() const noexcept {
    return witness_.staple();
  }

  /// Once, when it is established.
  [[nodiscard]] Established Take() noexcept;
  /// Why it has failed, for a log: "no shared cipher", "the client's alert: unknown CA".
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  /// Judges the first bytes, as long as it is not seen that they are TLS. False: they are not, or
  /// it cannot be told yet.
  bool IsTls(std::string_view bytes);
  void Step();
  [[nodiscard]] int Proceed();
  void Finish();
  void Fail(std::string reason);
  void FailByOpenSsl();

  const Context& context_;
  State state_ = State::goes_on;
  Witness witness_;
  std::optional<Randomness> randomness_;
  SslPointer ssl_;  ///< gone when it does not go on
  std::string opening_;
  std::size_t fed_ = 0;
  std::string output_;
  std::string reason_;
  Established established_;
};

}  // namespace tined::handshake
