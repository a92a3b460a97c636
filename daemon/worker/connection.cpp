#include "worker/connection.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "base/log.hpp"
#include "base/seldom.hpp"
#include "ledger/composer.hpp"
#include "worker/connections.hpp"

namespace tined::worker {
namespace {

/// How long a client that has connected may take to ask when the worker is ending.
constexpr Duration kFirstRequest = std::chrono::seconds(1);
/// How long one may go on sending behind its last answer then.
constexpr Duration kLastLinger = std::chrono::seconds(5);
/// The answer when there is no memory to compose one.
constexpr std::string_view kNoMemory =
    "HTTP/1.1 503 Service Unavailable\r\nServer: tined\r\nRetry-After: 1\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n";
constexpr std::uint32_t kBatchLimit = 64U << 10;
constexpr std::uint32_t kSmallBatch = ledger::Arena::kSmallest / 2;

/// Whoever had the socket before may have left it so that whoever sends on it, or closes it, waits.
void MakeHarmless(int socket) noexcept {
  int yes = 1;
  ::ioctl(socket, FIONBIO, &yes);
  const linger none{};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

}  // namespace

Connection::Connection(const Surroundings& surroundings, ledger::Record& record,
                       std::uint32_t number) noexcept
    : around_(surroundings) {
  conversation_.record = &record;
  conversation_.number = number;
}

void Connection::Begin(Descriptor socket, Routes& routes, const ledger::Peer& peer) noexcept {
  socket_ = std::move(socket);
  routes_ = &routes;
  has_last_moment_ = false;
  ledger::Record& begun = record();
  begun.descriptor = socket_.get();
  begun.listener = routes.listener_name();
  begun.socket_id = routes.socket_id();
  begun.is_stream = routes.stream() != nullptr ? 1 : 0;
  begun.peer = peer;
  around_.board.connections_open.Add();
  ArmIn(around_.timeouts.idle);
}

void Connection::Open(Descriptor socket, Routes& routes, const ledger::Peer& peer) noexcept {
  const Workbench::Piece at_work = AtWork();
  around_.board.connections_accepted.Add();
  Begin(std::move(socket), routes, peer);
  SetPhase(ledger::Phase::idle);
  BeginIdling();
  if (routes.stream() != nullptr && routes.stream()->Opens()) return Advance();
  // The first request has often arrived with the handshake: reading now saves a turn of the loop,
  // and a connection that asks for one thing only never enters epoll at all.
  Read();
}

void Connection::TakeOver(ledger::IncomingParcel parcel, Routes& routes) noexcept {
  const Workbench::Piece at_work = AtWork();
  MakeHarmless(parcel.socket.get());
  around_.board.connections_taken.Add();
  Begin(std::move(parcel.socket), routes, parcel.facts.peer);
  if (!Restore(parcel)) {
    static log::Seldom no_memory;
    no_memory.Warning("no memory to go on with a connection, closing it",
                      {{"listener", record().listener_name()}});
    around_.board.connections_lost.Add();
    FreeMemory();
    if (!parcel.output.empty()) return Close();
    GiveUp();
    return Advance();
  }
  // From here on the record tells everything.
  SetPhase(ledger::Phase::idle);
  BeginIdling();
  Advance();
  if (routes.is_ending() && is_open()) Finish();
}

bool Connection::Restore(ledger::IncomingParcel& parcel) noexcept {
  ledger::Record& to = record();
  const ledger::Facts& facts = parcel.facts;
  const auto answered = static_cast<std::uint32_t>(facts.received - parcel.input.size());
  if (!around_.arena.Copy(parcel.input, 1, conversation_.input) ||
      !around_.arena.Copy(parcel.state, 0, conversation_.state)) {
    return false;
  }
  ledger::Composer output(around_.arena, conversation_.output, to.output_place, 0);
  output.Append(parcel.output);
  if (output.has_failed()) return false;
  if (parcel.file) {
    const auto file = std::make_shared<answer::OpenFile>(
        answer::OpenFile{std::move(parcel.file), parcel.file_io});
    if (!AttachFile(around_.arena, conversation_, file, parcel.parts)) return false;
  }
  to.requests = facts.requests;
  to.sent_before = facts.sent_before;
  to.continue_sent = facts.continue_sent;
  to.replays = facts.replays;
  to.faults = facts.faults;
  to.kills = facts.kills;
  conversation_.fate = facts.fate;
  to.PlaceInput(conversation_.input.offset, answered);
  to.received.store(facts.received, std::memory_order_release);
  to.sent.store(facts.batch_position, std::memory_order_relaxed);
  // Versions that did not know of opening say nothing of it.
  if (parcel.is_opened || facts.received > 0) {
    const ledger::StatePlace state{conversation_.state.offset,
                                   static_cast<std::uint32_t>(parcel.state.size())};
    to.CommitMessage(output.size(), answered, facts.closes_after_output != 0, &state);
  } else {
    to.Commit(output.size(), answered, facts.closes_after_output != 0);
  }
  // Should this worker die as well before it has judged: the next one must not take it for new.
  if (facts.fate != ledger::Fate::untouched) to.Begin();
  return true;
}

ledger::SendResult Connection::Give(int channel) noexcept {
  const Workbench::Piece at_work = AtWork();
  ledger::Parcel parcel;
  const ledger::Observed observed{.batch_position = record().sent,
                                  .sent_before = record().sent_before,
                                  .fate = conversation_.fate};
  if (!ledger::Describe(record(), around_.arena.memory(), observed, parcel)) {
    log::Error("a connection does not make sense and stays with its worker",
               {{"listener", record().listener_name()}});
    return ledger::SendResult::sent;  // Other connections go all the same.
  }
  const ledger::Phase before = record().phase;
  SetPhase(ledger::Phase::giving);
  const int file = parcel.parts.empty() ? -1 : record().file;
  const ledger::SendResult result = ledger::SendParcel(channel, parcel, socket_.get(), file);
  if (result == ledger::SendResult::sent) {
    around_.board.connections_given.Add();
    // The description lives on in the taker, and would go on reporting here.
    around_.loop.Remove(socket_.get(), watch_);
    Close();
  } else {
    SetPhase(before);
  }
  return result;
}

void Connection::OnReady(std::uint32_t events) noexcept {
  const Workbench::Piece at_work = AtWork();
  if (record().phase.load(std::memory_order_relaxed) == ledger::Phase::closing) {
    GoOnClosing((events & EPOLLIN) != 0 ? farewell_->OnReadable() : Farewell::Outcome::over);
  } else if ((watched_events_ & EPOLLOUT) != 0) {
    // A body may have come to its end.
    is_busy() ? OnHandler() : Advance();
  } else if ((watched_events_ & EPOLLIN) == 0) {
    OnClientLeft(events);
  } else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    Read();
  }
}

bool Connection::MakeInputRoom() noexcept {
  ledger::Record& to = record();
  ledger::Block& block = conversation_.input;
  const std::uint32_t size = to.input_size();
  if (size > 0 && to.input_offset() + size < block.offset + block.size) return true;
  if (size == 0 && block.size > 0) {
    to.PlaceInput(block.offset, to.answered());
    return true;
  }
  // The block grows with what has arrived, never with what a client says will come.
  ledger::Block larger = around_.arena.Allocate(std::uint64_t{size} + 1);
  if (larger.size == 0) return false;
  if (size > 0) {
    std::memcpy(around_.arena.At(larger.offset), around_.arena.At(to.input_offset()), size);
  }
  to.PlaceInput(larger.offset, to.answered());
  around_.arena.Free(block);
  block = larger;
  return true;
}

/// recv into the room behind the input; the record tells of it.
ssize_t Connection::Receive() noexcept {
  ledger::Record& to = record();
  const std::uint32_t end = to.input_offset() + to.input_size();
  const std::uint32_t room = conversation_.input.offset + conversation_.input.size - end;
  const CallMark mark(to);
  const ssize_t got = ::recv(socket_.get(), around_.arena.At(end), room, MSG_DONTWAIT);
  if (got > 0) {
    to.kills = 0;
    to.received.store(to.received.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(got),
                      std::memory_order_release);
  }
  return got;
}

void Connection::Read() noexcept {
  if (!MakeInputRoom()) {
    GiveUp();
    return Advance();
  }
  const ssize_t got = Receive();
  if (got > 0) {
    around_.board.bytes_received.Add(static_cast<std::uint64_t>(got));
    Advance();
  } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    if (record().input_size() == 0) WaitToRead(Exchange::Outcome::need_header);
  } else {
    Close();
  }
}

/// Answers 503, if an answer can still be given, and ends: there is no memory to go on with.
void Connection::GiveUp() noexcept {
  const bool is_stream = routes_->stream() != nullptr;
  static log::Seldom no_memory;
  if (!is_stream) {
    no_memory.Warning("no memory for what a client sends or is to be sent, closing its connection",
                      {{"listener", record().listener_name()}});
  }
  if (!is_stream && around_.exchange.Refuse(conversation_, 503) == Exchange::Outcome::answered) {
    return;
  }
  ledger::Record& to = record();
  to.Commit(to.output_size(), static_cast<std::uint32_t>(to.received), true);
  if (is_stream || to.output_size() > 0 || to.part_count > 0) return;
  // Nothing of this connection is in the kernel's way: it takes so few bytes at once. Should it
  // not, the client sees the end alone.
  (void)::send(socket_.get(), kNoMemory.data(), kNoMemory.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  around_.exchange.NoteRefusal(503);
}

Exchange::Outcome Connection::AnswerAll() noexcept {
  const ledger::Record& from = record();
  auto outcome = Exchange::Outcome::answered;
  while (outcome == Exchange::Outcome::answered && !conversation_.body && from.part_count == 0 &&
         !from.closes_after_output() && from.output_size() < BatchLimit()) {
    outcome = around_.exchange.Answer(conversation_, *routes_);
    if (outcome == Exchange::Outcome::answered) SetPhase(ledger::Phase::writing);
  }
  return outcome;
}

void Connection::Advance() noexcept {
  for (;;) {
    const Exchange::Outcome outcome = AnswerAll();
    if (outcome == Exchange::Outcome::out_of_memory) GiveUp();
    const BodyPump::Outcome pumped = PumpBody();
    const bool closes = record().closes_after_output() && !conversation_.body;
    const SendOutcome sent = Flush();
    if (sent == SendOutcome::broken) return Close();
    if (sent == SendOutcome::reading) return WaitForFile();
    if (sent != SendOutcome::done) return WaitToSend();
    if (closes) return conversation_.is_cut ? Abort() : BeginClosing();
    if (conversation_.body && pumped != BodyPump::Outcome::later) return WaitForTurn();
    if (is_busy()) return WaitForHandler();
    if (outcome != Exchange::Outcome::answered) return WaitToRead(outcome);
  }
}

/// Adds what there is of a body that comes in pieces, once the pieces before are out.
BodyPump::Outcome Connection::PumpBody() noexcept {
  std::unique_ptr<BodyPump>& body = conversation_.body;
  if (!body || record().sent != 0) return BodyPump::Outcome::more;
  ledger::Record& to = record();
  ledger::Composer output(around_.arena, conversation_.output, to.output_place, to.output_size());
  const std::uint32_t before = output.size();
  const BodyPump::Outcome outcome = body->Fill(output, BatchLimit());
  if (output.has_failed()) output.Rewind(before);
  const bool is_done = outcome == BodyPump::Outcome::done;
  const bool goes_on = is_done && body->keep_alive() && !routes_->is_ending();
  to.Commit(output.size(), to.answered(), !goes_on, !is_done);
  if (outcome == BodyPump::Outcome::broken) conversation_.is_cut = !body->is_delimited();
  if (is_done || outcome == BodyPump::Outcome::broken) body.reset();
  return outcome;
}

SendOutcome Connection::Flush() noexcept {
  const std::uint64_t before = record().sent;
  const SendOutcome outcome =
      SendBatch(around_.arena, record(), {around_.files, conversation_.file, conversation_.read});
  const std::uint64_t progress = record().sent - before;
  around_.board.bytes_sent.Add(progress);
  if (outcome == SendOutcome::done) FinishBatch();
  if (progress > 0) record().kills = 0;
  return outcome;
}

void Connection::FinishBatch() noexcept {
  ledger::Record& sent = record();
  if (sent.output_size() > 0) sent.faults = sent.kills = 0;
  sent.Commit(0, sent.answered(), sent.closes_after_output(), sent.is_unfinished());
  sent.sent_before += sent.sent;
  sent.sent.store(0, std::memory_order_relaxed);
  if (sent.part_count > 0) {
    sent.part_count = 0;
    sent.file = -1;
    conversation_.file.reset();
    around_.arena.Free(conversation_.parts);
  }
  around_.arena.Free(conversation_.output);
}

void Connection::WaitToSend() noexcept {
  // A handler at work is what matters if this worker dies.
  SetPhase(conversation_.later() != nullptr ? ledger::Phase::handling : ledger::Phase::writing);
  const bool goes_on = watched_events_ == EPOLLOUT && !waits_for_turn_;
  waits_for_turn_ = false;
  if (goes_on) return;
  patience_.Begin(around_.loop.now(), BytesTaken());
  around_.loop.Arm(*this, patience_.Deadline(WriteTerms()));
  Watch(EPOLLOUT);
}

/// Waits with the next piece of a body, for which there is room, until others have had their turn:
/// it is not the client that is waited for.
void Connection::WaitForTurn() noexcept {
  SetPhase(ledger::Phase::writing);
  waits_for_turn_ = true;
  loop::Loop::Disarm(*this);
  Watch(EPOLLOUT);
}

Patience::Terms Connection::WriteTerms() const noexcept {
  return {around_.timeouts.write, around_.timeouts.write_rate.count};
}

/// What the client's side has acknowledged: what it has been sent may lie in the kernel for long.
std::uint64_t Connection::BytesTaken() const noexcept {
  const ledger::Record& from = *conversation_.record;
  const std::uint64_t sent = from.sent_before + from.sent;
  return sent - std::min(sent, BytesOnTheirWay(socket_.get()));
}

/// How long the disk takes is not the client's fault.
void Connection::WaitForFile() noexcept {
  conversation_.read->OnDone([this] {
    const Workbench::Piece at_work = AtWork();
    Advance();
  });
  SetPhase(ledger::Phase::writing);
  loop::Loop::Disarm(*this);
  Watch(EPOLLRDHUP);
}

/// Until the handler has got further, only the client's end is of interest.
void Connection::WaitForHandler() noexcept {
  if (answer::Later* const later = conversation_.later()) {
    later->OnDone([this] { OnHandler(); });
    SetPhase(ledger::Phase::handling);
  } else {
    conversation_.body->OnReady([this] { OnHandler(); });
    SetPhase(ledger::Phase::writing);
  }
  loop::Loop::Disarm(*this);
  Watch(EPOLLRDHUP);
}

void Connection::OnHandler() noexcept {
  {
    const Workbench::Piece at_work = AtWork();
    Advance();
  }
  if (!is_busy()) around_.all.NoteSettled();
}

void Connection::OnClientLeft(std::uint32_t events) noexcept {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return Close();
  answer::Later* const later = conversation_.later();
  if (later != nullptr && later->OnClientLeft()) return Close();
  if (conversation_.body && conversation_.body->OnClientLeft()) return Close();
  // The client has only said all that it had to say: what is left to watch for is always reported.
  Watch(EPOLLERR);
}

void Connection::WaitToRead(Exchange::Outcome outcome) noexcept {
  const ledger::Record& waiting = record();
  const ledger::Phase before = waiting.phase.load(std::memory_order_relaxed);
  if (waiting.input_size() == 0) {
    around_.arena.Free(conversation_.input);
    if (before != ledger::Phase::idle) {
      ArmIn(around_.timeouts.idle);
      BeginIdling();
    }
    SetPhase(ledger::Phase::idle);
    // The answer was under way when the end was decided: it did not say that it is the last.
    if (before != ledger::Phase::idle && routes_->is_ending()) {
      // A stream has no word for it: its connection ends between two messages.
      if (routes_->stream() != nullptr) return BeginClosing();
      around_.all.NoteSettled();
    }
  } else {
    // The header has its time as a whole, from its first byte.
    const bool goes_on = before == ledger::Phase::reading;
    const bool is_body = outcome == Exchange::Outcome::need_body;
    if (is_body) {
      WaitForBody(goes_on && waits_for_body_);
    } else if (!goes_on) {
      ArmIn(around_.timeouts.header);
    }
    waits_for_body_ = is_body;
    SetPhase(ledger::Phase::reading);
  }
  Watch(EPOLLIN);
}

void Connection::WaitForBody(bool goes_on) noexcept {
  const TimePoint now = around_.loop.now();
  if (goes_on) return patience_.Note(now, record().received);
  patience_.Begin(now, record().received);
  around_.loop.Arm(*this, patience_.Deadline(BodyTerms()));
}

/// A person may be typing at the other end of a stream.
Patience::Terms Connection::BodyTerms() const noexcept {
  const bool is_stream = routes_->stream() != nullptr;
  return {around_.timeouts.body, is_stream ? 0 : around_.timeouts.body_rate.count};
}

void Connection::Watch(std::uint32_t events) noexcept {
  if (events == watched_events_) return;
  if (watched_events_ != 0) {
    around_.loop.Modify(socket_.get(), events, watch_);
  } else if (!around_.loop.Add(socket_.get(), events, *this, watch_)) {
    return Close();
  }
  watched_events_ = events;
}

void Connection::BeginClosing() noexcept {
  const config::Timeouts& timeouts = around_.timeouts;
  const Duration most = routes_->is_ending() ? std::min(kLastLinger, timeouts.body) : timeouts.body;
  SetPhase(ledger::Phase::closing);
  FreeMemory();
  farewell_ = std::make_unique<Farewell>(socket_.get(), around_.loop.now(),
                                         Farewell::Limits{most, WriteTerms()});
  around_.loop.Arm(*this, farewell_->deadline());
  Watch(EPOLLIN);
}

void Connection::GoOnClosing(Farewell::Outcome outcome) noexcept {
  switch (outcome) {
    case Farewell::Outcome::waits:
      return around_.loop.Arm(*this, farewell_->deadline());
    case Farewell::Outcome::pauses:
      return Watch(EPOLLRDHUP);
    case Farewell::Outcome::over:
      return Close();
    case Farewell::Outcome::deaf:
      around_.board.connections_timed_out.Add();
      return Abort();
  }
}

void Connection::BeginIdling() noexcept {
  patience_.Begin(around_.loop.now(), 0);
  around_.all.NoteIdle(*this);
}

bool Connection::MakeWay() noexcept {
  const Workbench::Piece at_work = AtWork();
  if (routes_->stream() != nullptr && record().received > 0) return false;
  if (HasUnread(socket_.get()) || BytesOnTheirWay(socket_.get()) > 0) return false;
  around_.board.connections_displaced.Add();
  Close();
  return true;
}

/// Between requests, nothing is lost by closing at once; unless the last answer is on its way.
void Connection::CloseIdle() noexcept {
  if (BytesOnTheirWay(socket_.get()) > 0) return BeginClosing();
  Close();
}

void Connection::Finish() noexcept {
  const Workbench::Piece at_work = AtWork();
  if (record().phase.load(std::memory_order_relaxed) != ledger::Phase::idle) return;
  // A request may have arrived in this very moment: it is answered, with Connection: close.
  Read();
  if (record().phase.load(std::memory_order_relaxed) != ledger::Phase::idle) return;
  if (record().requests > 0) return CloseIdle();
  // Closed now, it would look like a request that was dropped: unlike a client that has had an
  // answer, this one has no reason to expect it.
  if (!std::exchange(has_last_moment_, true)) ArmIn(kFirstRequest);
}

/// Whether a client whose deadline has come has got on.
bool Connection::HasMoreTime(ledger::Phase phase) noexcept {
  const TimePoint now = around_.loop.now();
  const bool is_body = phase == ledger::Phase::reading && waits_for_body_;
  const bool is_writing = phase == ledger::Phase::writing || phase == ledger::Phase::handling;
  if (!is_body && !is_writing) return false;
  const Patience::Terms terms = is_body ? BodyTerms() : WriteTerms();
  if (is_writing) patience_.Note(now, BytesTaken());
  if (patience_.IsOver(now, terms)) return false;
  around_.loop.Arm(*this, patience_.Deadline(terms));
  return true;
}

void Connection::OnDeadline() noexcept {
  const Workbench::Piece at_work = AtWork();
  const ledger::Phase phase = record().phase.load(std::memory_order_relaxed);
  if (phase == ledger::Phase::closing) {
    return GoOnClosing(farewell_->OnDeadline(around_.loop.now()));
  }
  if (phase == ledger::Phase::idle && HasUnread(socket_.get())) {
    // The client has asked for something in the last moment; unless these are empty lines.
    Read();
    if (!is_open() || !is_idle() || is_armed()) return;
  }
  if (HasMoreTime(phase)) return;
  around_.board.connections_timed_out.Add();
  switch (phase) {
    case ledger::Phase::reading:
      if (routes_->stream() != nullptr) return BeginClosing();
      if (around_.exchange.Refuse(conversation_, 408) != Exchange::Outcome::answered) GiveUp();
      return Advance();
    case ledger::Phase::writing:
    case ledger::Phase::handling:
      return Abort();
    default:
      return CloseIdle();
  }
}

void Connection::Abort() noexcept {
  // The client does not read: without a reset the kernel would keep the unsent answer for minutes.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  Close();
}

/// Output waiting to be sent above which no further pipelined request is answered. Where memory is
/// scarce, the blocks that are kept for answers have to do.
std::uint32_t Connection::BatchLimit() const noexcept {
  return around_.arena.is_scarce() ? kSmallBatch : kBatchLimit;
}

void Connection::FreeMemory() noexcept {
  around_.arena.Free(conversation_.input);
  around_.arena.Free(conversation_.output);
  around_.arena.Free(conversation_.parts);
  around_.arena.Free(conversation_.state);
  around_.files.Drop(conversation_.read);
  conversation_.file.reset();
  conversation_.chunked.reset();
}

void Connection::Close() noexcept {
  // Free first: whoever looks at the records must not take a descriptor number that is being
  // closed.
  SetPhase(ledger::Phase::free);
  around_.loop.Forget(watch_);
  loop::Loop::Disarm(*this);
  socket_.Reset();
  watched_events_ = 0;
  farewell_.reset();
  if (is_linked()) unlink();
  FreeMemory();
  if (answer::Later* const later = conversation_.later()) {
    later->OnDone({});
    later->Cancel();
  }
  ledger::Record* const emptied = conversation_.record;
  const std::uint32_t number = conversation_.number;
  conversation_ = {};
  conversation_.record = new (emptied) ledger::Record;
  conversation_.number = number;
  around_.board.connections_open.Subtract();
  around_.all.Release(*this);
}

}  // namespace tined::worker
