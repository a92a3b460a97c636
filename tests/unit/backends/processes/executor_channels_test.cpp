// What executors send is taken for what they were asked, or not at all.
#include "backends/processes/executor_channels.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/memory_file.hpp"
#include "base/passing.hpp"
#include "base/shared_file.hpp"

namespace tined::backends {
namespace {

struct Ends {
  Ends(int type = SOCK_SEQPACKET) {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
    ours.Reset(ends[0]);
    theirs.Reset(ends[1]);
  }
  Descriptor ours;
  Descriptor theirs;
};

struct Waiting final : AnswerTaker {
  void OnAnswer(AnswerPacket& packet) noexcept override { answer = std::string(packet.bytes); }
  void OnLost() noexcept override { is_lost = true; }
  std::optional<std::string> answer;
  bool is_lost = false;
};

std::size_t OpenDescriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// A worker with a mailbox, and room for so many executors.
struct Worker {
  explicit Worker(std::size_t most = 4)
      : channels(loop, {std::move(mailbox.ours), 3}, *board, most) {}

  /// A request that has been sent.
  Ticket Ask(Waiting& waiting) {
    Ticket ticket = NewTicket();
    channels.Address(ticket);
    channels.Expect(ticket, waiting);
    return ticket;
  }
  void Turn(int times = 3) {
    // What there is is there already: no turn waits for long.
    for (int i = 0; i < times; ++i) {
      loop::Alarm soon([] {});
      loop.Arm(soon, Clock::now());
      loop.Turn();
    }
  }

  loop::Loop loop;
  Ends mailbox;
  SharedFile<shared::ExecutorBoard> board{"board"};
  ExecutorChannels channels;
};

/// An executor that does what a test says.
struct Scripted {
  explicit Scripted(Worker& of) : worker(of) {}

  void Take(const Ticket& ticket) { claim.ticket() = ticket; }
  void Introduce() {
    Ends ends;
    channel = std::move(ends.ours);
    BOOST_REQUIRE(SendIntroduction(worker.mailbox.theirs.get(), claim.ticket(), ends.theirs.get(),
                                   claim.descriptor()));
    worker.Turn();
  }
  void Answer(const Ticket& ticket, const std::string& text) {
    const AnswerLabel label{ticket.id, ticket.word};
    std::string bytes(reinterpret_cast<const char*>(&label), sizeof label);
    Send(bytes + text);
  }
  void Send(const std::string& bytes) {
    BOOST_REQUIRE(::send(channel.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
    worker.Turn();
  }
  /// The word that has come for it.
  std::optional<Withdrawal> Word() {
    Withdrawal word;
    const ssize_t size = ::recv(channel.get(), &word, sizeof word, MSG_DONTWAIT);
    return size == sizeof word ? std::optional(word) : std::nullopt;
  }
  [[nodiscard]] bool IsClosed() const { return HasHungUp(channel.get()); }

  Worker& worker;
  Claim claim;
  Descriptor channel;
};

BOOST_AUTO_TEST_SUITE(ExecutorChannelsTest)

BOOST_AUTO_TEST_CASE(who_has_introduced_himself_answers_and_answers_again) {
  Worker worker;
  Scripted executor(worker);
  for (const bool is_first : {true, false}) {
    Waiting waiting;
    const Ticket ticket = worker.Ask(waiting);
    executor.Take(ticket);
    if (is_first) executor.Introduce();
    executor.Answer(ticket, "text");
    BOOST_TEST((waiting.answer == "text"));
    BOOST_TEST(!waiting.is_lost);
  }
  BOOST_TEST(worker.channels.size() == 1U);
}

BOOST_AUTO_TEST_CASE(nobody_answers_for_another) {
  Worker worker;
  Waiting mine;
  Waiting others;
  const Ticket ticket = worker.Ask(mine);
  Ticket guessed = worker.Ask(others);
  guessed.word = ticket.word;
  Scripted hostile(worker);
  hostile.Take(ticket);
  hostile.Introduce();
  hostile.Answer(guessed, "forged");
  BOOST_TEST(!others.answer.has_value());
  BOOST_TEST(!others.is_lost);
  BOOST_TEST(hostile.IsClosed());
  // What it had itself goes with it.
  BOOST_TEST(mine.is_lost);
  BOOST_TEST(worker.channels.size() == 0U);
}

BOOST_AUTO_TEST_CASE(an_executor_that_ends_loses_what_it_claims_and_nothing_else) {
  Worker worker;
  Waiting mine;
  Waiting others;
  const Ticket ticket = worker.Ask(mine);
  const Ticket other = worker.Ask(others);
  Scripted first(worker);
  first.Take(ticket);
  first.Introduce();
  first.channel.Reset();
  worker.Turn();
  BOOST_TEST(mine.is_lost);
  BOOST_TEST(!others.is_lost);
  Scripted liar(worker);
  liar.Take({.id = other.id, .word = other.word + 1});
  liar.Introduce();
  liar.channel.Reset();
  worker.Turn();
  BOOST_TEST(!others.is_lost);
  BOOST_TEST(worker.channels.size() == 0U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_came_before_the_end_counts) {
  Worker worker;
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  Scripted executor(worker);
  executor.Take(ticket);
  executor.Introduce();
  const AnswerLabel label{ticket.id, ticket.word};
  BOOST_TEST(::send(executor.channel.get(), &label, sizeof label, 0) == sizeof label);
  executor.channel.Reset();
  worker.Turn();
  BOOST_TEST(waiting.answer.has_value());
  BOOST_TEST(!waiting.is_lost);
}

BOOST_AUTO_TEST_CASE(answers_to_nobody_are_dropped_and_not_for_long) {
  Worker worker;
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  Scripted executor(worker);
  executor.Take(ticket);
  executor.Introduce();
  executor.Answer(NewTicket(), "late");
  BOOST_TEST(!executor.IsClosed());
  executor.Answer(ticket, "mine");
  BOOST_TEST((waiting.answer == "mine"));
  for (int i = 0; i < 10 && !executor.IsClosed(); ++i) executor.Answer(ticket, "again");
  BOOST_TEST(executor.IsClosed());
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_closes_its_channel) {
  for (const std::string& bytes : {std::string("x"), std::string(100'000, 'x')}) {
    Worker worker;
    Waiting waiting;
    Scripted hostile(worker);
    hostile.Take(worker.Ask(waiting));
    hostile.Introduce();
    hostile.Send(bytes);
    BOOST_TEST(hostile.IsClosed());
    BOOST_TEST(waiting.is_lost);
  }
}

BOOST_AUTO_TEST_CASE(descriptors_that_nobody_has_asked_for_are_closed) {
  Worker worker;
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  Scripted hostile(worker);
  hostile.Take(ticket);
  hostile.Introduce();
  const std::size_t before = OpenDescriptors();
  const AnswerLabel label{ticket.id, ticket.word};
  iovec bytes{const_cast<AnswerLabel*>(&label), sizeof label};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  PassedAlong<20> passed;
  const std::vector<int> many(20, STDERR_FILENO);
  passed.Attach(message, many);
  BOOST_TEST(::sendmsg(hostile.channel.get(), &message, 0) == sizeof label);
  worker.Turn();
  BOOST_TEST(waiting.answer.has_value());
  BOOST_TEST(OpenDescriptors() == before);
}

BOOST_AUTO_TEST_CASE(an_introduction_that_is_none_opens_nothing) {
  Worker worker;
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  const Ends stream(SOCK_STREAM);
  const Ends channel;
  Claim claim;
  const Descriptor cut = MakeMemoryFile("short", "too short");
  const Descriptor unsealed(::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  BOOST_TEST(::ftruncate(unsealed.get(), sizeof(Ticket)) == 0);
  const std::size_t before = OpenDescriptors();
  const int mailbox = worker.mailbox.theirs.get();
  BOOST_TEST(SendIntroduction(mailbox, ticket, stream.ours.get(), claim.descriptor()));
  BOOST_TEST(SendIntroduction(mailbox, ticket, channel.ours.get(), cut.get()));
  BOOST_TEST(SendIntroduction(mailbox, ticket, channel.ours.get(), unsealed.get()));
  BOOST_TEST(SendIntroduction(mailbox, ticket, cut.get(), claim.descriptor()));
  BOOST_TEST(::send(mailbox, "x", 1, 0) == 1);
  BOOST_TEST(::send(mailbox, "", 0, 0) == 0);
  worker.Turn();
  BOOST_TEST(worker.channels.size() == 0U);
  BOOST_TEST(worker.channels.is_open());
  BOOST_TEST(OpenDescriptors() == before);
  BOOST_TEST(!waiting.is_lost);
}

BOOST_AUTO_TEST_CASE(there_are_no_more_channels_than_executors) {
  Worker worker(2);
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  std::vector<std::unique_ptr<Scripted>> executors;
  for (int i = 0; i < 6; ++i) {
    executors.push_back(std::make_unique<Scripted>(worker));
    if (i == 0) executors[0]->Take(ticket);
    executors.back()->Introduce();
    BOOST_TEST(worker.channels.size() <= 2U);
  }
  // The one that is at work stays.
  BOOST_TEST(!executors[0]->IsClosed());
  BOOST_TEST(executors[1]->IsClosed());
  BOOST_TEST(!executors[5]->IsClosed());
  executors[0]->Answer(ticket, "text");
  BOOST_TEST((waiting.answer == "text"));
}

BOOST_AUTO_TEST_CASE(a_flood_of_letters_costs_so_much_and_no_more) {
  Worker worker;
  const int mailbox = worker.mailbox.theirs.get();
  int sent = 0;
  for (int i = 0; i < 100; ++i) {
    while (::send(mailbox, "x", 1, MSG_DONTWAIT) == 1) ++sent;
    worker.Turn(1);
  }
  int left = 0;
  while (::send(mailbox, "x", 1, MSG_DONTWAIT) == 1) ++left;
  BOOST_TEST(sent + left < 1000 + 16 + 1000);
  BOOST_TEST(worker.channels.is_open());
}

BOOST_AUTO_TEST_CASE(a_mailbox_that_was_shut_down_is_done_without) {
  Worker worker;
  BOOST_TEST(::shutdown(worker.mailbox.theirs.get(), SHUT_RDWR) == 0);
  worker.Turn();
  BOOST_TEST(!worker.channels.is_open());
}

BOOST_AUTO_TEST_CASE(who_works_for_nobody_is_told) {
  Worker worker;
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  Scripted executor(worker);
  Scripted other(worker);
  executor.Take(ticket);
  executor.Introduce();
  other.Introduce();
  worker.channels.Withdraw(ticket, Withdrawal::Why::timed_out);
  const std::optional<Withdrawal> word = executor.Word();
  BOOST_REQUIRE(word.has_value());
  BOOST_TEST((word->id == ticket.id));
  BOOST_TEST((word->why == Withdrawal::Why::timed_out));
  BOOST_TEST(!other.Word().has_value());
  BOOST_TEST(worker.board->IsWithdrawn(NumberOf(ticket.id)));
  // Its answer, if it was on its way, is nobody's.
  executor.Answer(ticket, "late");
  BOOST_TEST(!waiting.answer.has_value());
  BOOST_TEST(!executor.IsClosed());
}

BOOST_AUTO_TEST_CASE(answers_that_were_under_way_when_all_clients_left_are_no_nonsense) {
  Worker worker;
  std::vector<Waiting> waiting(50);
  std::vector<Ticket> tickets;
  for (Waiting& each : waiting) tickets.push_back(worker.Ask(each));
  Scripted executor(worker);
  executor.Take(tickets.front());
  executor.Introduce();
  for (const Ticket& ticket : tickets) {
    worker.channels.Withdraw(ticket, Withdrawal::Why::client_left);
  }
  for (const Ticket& ticket : tickets) executor.Answer(ticket, "late");
  BOOST_TEST(!executor.IsClosed());
  BOOST_TEST(!waiting.back().answer.has_value());
}

BOOST_AUTO_TEST_CASE(who_introduces_himself_too_late_is_told) {
  Worker worker;
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  Scripted executor(worker);
  executor.Take(ticket);
  worker.channels.Withdraw(ticket, Withdrawal::Why::client_left);
  executor.Introduce();
  const std::optional<Withdrawal> word = executor.Word();
  BOOST_REQUIRE(word.has_value());
  BOOST_TEST((word->id == ticket.id));
}

BOOST_AUTO_TEST_CASE(the_spawner_tells_of_what_nobody_has_introduced) {
  Worker worker;
  Waiting waiting;
  const Ticket ticket = worker.Ask(waiting);
  Ticket wrong = ticket;
  ++wrong.word;
  SendLoss(worker.mailbox.theirs.get(), wrong);
  worker.Turn();
  BOOST_TEST(!waiting.is_lost);
  SendLoss(worker.mailbox.theirs.get(), ticket);
  worker.Turn();
  BOOST_TEST(waiting.is_lost);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tined::backends
