// The program itself, as its supervisor starts it.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <fstream>
#include <optional>
#include <string>

#include "base/memory_file.hpp"
#include "base/shared_file.hpp"
#include "handshaker/start.hpp"
#include "shared/handshaker_board.hpp"
#include "shared/key_ring.hpp"
#include "tests/unit/handshaker/server.hpp"

namespace tined::handshaker {
namespace {

using channels::MessageKind;

struct Program {
  Program() {
    start.control = control.child.get();
    start.give = channel.give.get();
    start.board = board.descriptor();
    start.tickets = ring.get();
    Listener& listener = start.listeners.emplace_back();
    listener.name = "web";
    listener.tls.certificates.push_back(
        {.certificate = "a.pem", .key = "a.key", .ocsp = {}, .where = {}});
    listener.files.certificates.push_back({.certificate = Open(identity.Certificate()),
                                           .key = Open(identity.PrivateKey()),
                                           .ocsp = -1});
    listener.sockets = {{.descriptor = socket.get(), .id = 7}};
  }
  ~Program() {
    control.supervisor.Reset();
    if (pid > 0) BOOST_TEST(Status() == 0);
  }

  int Open(std::string_view bytes) {
    files.push_back(MakeMemoryFile("test", bytes));
    return files.back().get();
  }
  void Run() {
    const Descriptor document = Write(start);
    const std::string number = std::to_string(document.get());
    pid = Check(::fork(), "fork");
    if (pid == 0) {
      for (const int each : start.Descriptors()) ::fcntl(each, F_SETFD, 0);
      ::fcntl(document.get(), F_SETFD, 0);
      ::execl(TINED_HANDSHAKER_BINARY, "tined-handshaker", number.c_str(), nullptr);
      ::_exit(127);
    }
    control.child.Reset();
  }
  std::optional<channels::Message> Hear() {
    channels::Message message;
    auto result = channels::ReceiveResult::empty;
    BOOST_TEST(Wait([&] {
      result = channels::ReceiveMessage(control.supervisor.get(), message);
      return result != channels::ReceiveResult::empty;
    }));
    if (result != channels::ReceiveResult::received) return std::nullopt;
    return message;
  }
  /// The exit status; -1 if it was a signal, or does not end.
  int Status() {
    int status = -1;
    if (!Wait([&] { return ::waitpid(pid, &status, WNOHANG) == pid; })) return -1;
    pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] std::string StatusLine(const std::string& name) const {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(name)) return line;
    }
    return {};
  }

  test::Identity identity = test::Make({.names = "DNS:example.org"});
  std::deque<Descriptor> files;
  Descriptor socket = Listen();
  channels::ControlPair control = channels::MakeControlPair();
  channels::HandoffEnds channel = channels::MakeHandoffChannel();
  SharedFile<shared::HandshakerBoard> board{"board"};
  Descriptor ring = MakeSharedFile("ring", sizeof(shared::KeyRing));
  Start start;
  pid_t pid = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ProgramTest, Program)

BOOST_AUTO_TEST_CASE(it_serves_until_it_has_drained) {
  Run();
  BOOST_TEST((Hear().value().order.kind == MessageKind::ready));
  BOOST_TEST(StatusLine("NoNewPrivs:").ends_with("1"));
  BOOST_TEST(board->certificate_count == 1U);
  BOOST_TEST(board->heartbeat > 0);
  BOOST_REQUIRE((channels::SendMessage(control.supervisor.get(), {MessageKind::accept}) ==
                 channels::SendResult::sent));
  Visitor visitor(PortOf(socket.get()));
  BOOST_TEST(visitor.Shake());
  const ledger::Ledger memory(1, 4096);
  channels::IncomingParcel parcel;
  const channels::Inbox inbox(memory.inbox());
  BOOST_REQUIRE(Wait([&] {
    return inbox.Receive(channel.take.get(), parcel) == channels::ReceiveResult::received;
  }));
  BOOST_TEST(parcel.facts.socket_id == 7U);
  BOOST_TEST((parcel.tls != nullptr));
  BOOST_REQUIRE((channels::SendMessage(control.supervisor.get(), {MessageKind::drain}) ==
                 channels::SendResult::sent));
  BOOST_TEST((Hear().value().order.kind == MessageKind::left));
  BOOST_TEST(!Hear().has_value());
  BOOST_TEST(Status() == 0);
}

BOOST_AUTO_TEST_CASE(it_refuses_what_it_cannot_use) {
  start.listeners[0].files.certificates[0].key = Open("no key");
  Run();
  const channels::Message message = Hear().value();
  BOOST_TEST((message.order.kind == MessageKind::refuses));
  BOOST_TEST(message.order.count == 1U);
  BOOST_TEST(message.text.starts_with("a.key: "));
  BOOST_TEST(Status() == 1);
}

BOOST_AUTO_TEST_CASE(the_first_of_a_generation_gives_copies_that_nobody_can_change) {
  start.makes_copies = true;
  Run();
  for (std::uint32_t place = 0; place < 2; ++place) {
    const channels::Message message = Hear().value();
    BOOST_TEST((message.order.kind == MessageKind::copied));
    BOOST_TEST(message.order.count == place);
    BOOST_TEST(IsSealed(message.descriptor.get()));
    const std::string wanted = place == 0 ? identity.Certificate() : identity.PrivateKey();
    std::string copy(wanted.size() + 1, '\0');
    const ssize_t size = ::pread(message.descriptor.get(), copy.data(), copy.size(), 0);
    copy.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    BOOST_TEST((copy == wanted));
  }
  BOOST_TEST((Hear().value().order.kind == MessageKind::ready));
}

BOOST_AUTO_TEST_CASE(it_checks_without_serving) {
  start.is_check = true;
  start.give = start.board = start.tickets = -1;
  start.listeners[0].sockets.clear();
  Run();
  BOOST_TEST((Hear().value().order.kind == MessageKind::ready));
  BOOST_TEST(Status() == 0);
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_supervisor) {
  Run();
  BOOST_TEST((Hear().value().order.kind == MessageKind::ready));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tined::handshaker
