#include "worker/connection.hpp"

#include <utility>

#include "worker/connections.hpp"

namespace tined::worker {

using protocol::Need;

namespace {

/// How long a client that has connected may take to ask when the worker is ending.
constexpr Duration kFirstRequest = std::chrono::seconds(1);

}  // namespace

Connection::Connection(const Surroundings& surroundings, ledger::Record& record,
                       std::uint32_t number) noexcept
    : around_(surroundings), protocol_(&around_.speakers.http1), transport_(&around_.plain) {
  conversation_.record = &record;
  conversation_.number = number;
}

void Connection::Begin(Descriptor socket, exchange::Routes& routes,
                       const ledger::Peer& peer) noexcept {
  socket_.Take(std::move(socket));
  routes_ = &routes;
  protocol_ = &around_.speakers.OfNew(routes);
  transport_ = &around_.plain;
  has_last_moment_ = is_patient_ = false;
  ledger::Record& begun = record();
  begun.descriptor = socket_.get();
  begun.listener = routes.listener_name();
  begun.socket_id = routes.socket_id();
  begun.is_stream = routes.stream() != nullptr ? 1 : 0;
  begun.peer = peer;
  around_.board.connections_open.Add();
  ArmIn(around_.timeouts.idle);
}

void Connection::Open(Descriptor socket, exchange::Routes& routes,
                      const ledger::Peer& peer) noexcept {
  const Workbench::Piece at_work = AtWork();
  around_.board.connections_accepted.Add();
  Begin(std::move(socket), routes, peer);
  SetPhase(ledger::Phase::idle);
  BeginIdling();
  if (protocol_->Opens(routes)) return Advance();
  // The first request has often arrived with the handshake: reading now saves a turn of the loop,
  // and a connection that asks for one thing only never enters epoll at all.
  Read();
}

void Connection::TakeOver(channels::IncomingParcel parcel, exchange::Routes& routes) noexcept {
  const Workbench::Piece at_work = AtWork();
  transport::MakeHarmless(parcel.socket.get());
  around_.board.connections_taken.Add();
  Begin(std::move(parcel.socket), routes, parcel.facts.peer);
  socket_.MarkShared();
  transport::Tls* const tls = parcel.tls ? around_.tls.Get() : nullptr;
  if (tls != nullptr) transport_ = tls;
  Arrival arrival =
      parcel.tls && tls == nullptr
          ? Arrival::no_session
          : Arrive(around_.arena, around_.tls_states[number()], tls, parcel, conversation_);
  protocol_ = &around_.speakers.OfTaken(conversation_, routes);
  if (arrival == Arrival::whole && !protocol_->CanGoOn(conversation_)) arrival = Arrival::senseless;
  if (arrival != Arrival::whole) return OnLostOnTheWay(arrival, parcel);
  // From here on the record tells everything.
  SetPhase(ledger::Phase::idle);
  BeginIdling();
  GoOn();
  if (routes.is_ending() && is_open()) Finish();
}

/// Goes on with what another worker had received and not answered.
void Connection::GoOn() noexcept {
  const transport::Received received = transport_->Resume(conversation_);
  const bool goes_on =
      received == transport::Received::bytes || received == transport::Received::nothing;
  if (!goes_on) return OnNoBytes(received);
  Advance();
  // What has come so far may be the beginning of a record, of which nobody hears again.
  if (is_open() && is_idle()) OnNothing();
}

void Connection::OnLostOnTheWay(Arrival arrival, const ledger::Parcel& parcel) noexcept {
  around_.board.connections_lost.Add();
  FreeMemory();
  // In the middle of an answer, another one would be taken for the rest of it.
  if (arrival == Arrival::no_session || !parcel.output.empty()) return Close();
  if (arrival == Arrival::senseless) return Obey({.kind = Need::Kind::end, .has_last_words = true});
  Obey(protocol_->OnNoMemory(conversation_));
}

/// The client has nothing more to say, or broke off.
void Connection::EndByClient() noexcept {
  // What follows the word that nothing does is ignored (RFC 8446, 6.1).
  if (conversation_.has_ended && transport::HasUnread(socket_.get())) return BeginClosing();
  transport_->SayEnd(conversation_);
  Close();
}

channels::SendResult Connection::Give(int channel) noexcept {
  const Workbench::Piece at_work = AtWork();
  Departure departure(around_.arena, conversation_);
  // Other connections go all the same.
  if (!departure.is_possible()) return channels::SendResult::sent;
  const channels::SendResult result = departure.Send(channel, socket_.get());
  if (result == channels::SendResult::sent) {
    around_.board.connections_given.Add();
    socket_.Leave(around_.loop);
    Close();
  }
  return result;
}

void Connection::OnReady(std::uint32_t events) noexcept {
  const Workbench::Piece at_work = AtWork();
  const bool sends = (socket_.events() & EPOLLOUT) != 0;
  const bool reads = (socket_.events() & EPOLLIN) != 0;
  // While something is sent as well, that meets what has become of the connection.
  const std::uint32_t input = sends ? EPOLLIN : EPOLLIN | EPOLLHUP | EPOLLERR;
  if (is_closing()) {
    GoOnClosing((events & EPOLLIN) != 0 ? farewell_->OnReadable() : Farewell::Outcome::over);
  } else if (reads && (events & input) != 0) {
    Read();
  } else if (sends) {
    // A body may have come to its end.
    CanTravel() ? Advance() : OnHandler();
  } else if (!reads) {
    OnClientLeft(events);
  }
}

void Connection::Read() noexcept {
  const std::uint64_t before = record().received;
  const transport::Received received = transport_->Receive(conversation_);
  if (received != transport::Received::bytes) return OnNoBytes(received);
  around_.board.bytes_received.Add(record().received - before);
  Advance();
  // What came may have been all that kept it here.
  if (is_open() && routes_->is_leaving() && CanTravel()) around_.all.NoteSettled();
}

void Connection::OnNoBytes(transport::Received received) noexcept {
  switch (received) {
    case transport::Received::bytes:
    case transport::Received::nothing:
      return OnNothing();
    case transport::Received::no_memory:
      return Obey(protocol_->OnNoMemory(conversation_));
    case transport::Received::end:
      return EndByClient();
    case transport::Received::fault:
      return BeginClosing();
    case transport::Received::over:
      return Close();
  }
}

/// Nothing has arrived that would be of use by itself. A part of a record counts for what it is a
/// part of: more of a body, or the beginning of a request.
void Connection::OnNothing() noexcept {
  // While something is under way, its protocol says what is waited for.
  if (is_under_way()) return Advance();
  if (!transport::HasPart(conversation_)) return WaitToRead(/*is_body=*/false);
  WaitForRest(is_in(ledger::Phase::reading) ? clock_.is_body() : record().is_stream != 0);
}

/// Sends what there is, then waits for what the protocol needs, or closes.
void Connection::Obey(Need need) noexcept {
  is_patient_ = false;
  for (;; need = protocol_->Advance(conversation_, *routes_)) {
    if (need.kind == Need::Kind::protocol) {
      protocol_ = need.next;
      continue;
    }
    if (need.has_last_words) transport_->SendAtOnce(conversation_, protocol_->last_words());
    const transport::Sent sent = Flush();
    if (sent == transport::Sent::broken) return Close();
    if (sent == transport::Sent::disk) return WaitForFile();
    if (sent != transport::Sent::done) return WaitToSend(need);
    if (need.kind != Need::Kind::room) return Wait(need);
  }
}

void Connection::Wait(const Need& need) noexcept {
  switch (need.kind) {
    case Need::Kind::end:
      return need.is_cut ? Abort() : BeginClosing();
    case Need::Kind::turn:
    case Need::Kind::room:
    case Need::Kind::protocol:
      return WaitForTurn();
    case Need::Kind::handler:
    case Need::Kind::source:
      return WaitForHandler(need);
    case Need::Kind::input:
      return need.patience > Duration(0) ? WaitForMore(need.patience) : WaitToRead(need.is_body);
  }
}

transport::Sent Connection::Flush() noexcept {
  const std::uint64_t before = record().sent;
  const transport::Sent outcome = transport_->Send(conversation_);
  const std::uint64_t progress = record().sent - before;
  around_.board.bytes_sent.Add(progress);
  if (outcome == transport::Sent::done) transport::FinishBatch(around_.arena, conversation_);
  if (progress > 0) record().kills = 0;
  return outcome;
}

void Connection::WaitToSend(const Need& need) noexcept {
  SetPhase(need.phase());
  const std::uint32_t events = need.takes_input ? EPOLLOUT | EPOLLIN : EPOLLOUT;
  const bool goes_on = !std::exchange(waits_for_turn_, false) && (socket_.events() & EPOLLOUT) != 0;
  if (!goes_on) {
    around_.loop.Arm(
        *this, clock_.WaitToSend(around_.loop.now(), transport::BytesTaken(record()), Grant()));
  }
  if (!goes_on || socket_.events() != events) Watch(events);
}

void Connection::WaitForFile() noexcept {
  conversation_.read->OnDone([this] {
    const Workbench::Piece at_work = AtWork();
    Advance();
  });
  WaitForOthers(ledger::Phase::writing, EPOLLRDHUP);
}

/// Until the handler has got further, only the client's end is of interest, unless there is more
/// that the client may ask for meanwhile.
void Connection::WaitForHandler(const Need& need) noexcept {
  protocol_->WhenReady(conversation_, [this] { OnHandler(); });
  WaitForOthers(need.phase(), need.takes_input ? EPOLLIN : EPOLLRDHUP);
  if (need.patience > Duration(0)) ArmPatience(need.patience);
}

void Connection::OnHandler() noexcept {
  {
    const Workbench::Piece at_work = AtWork();
    Advance();
  }
  if (CanTravel()) around_.all.NoteSettled();
}

void Connection::OnClientLeft(std::uint32_t events) noexcept {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return socket_.Narrow(around_.loop);
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) return Close();
  if (protocol_->OnClientLeft(conversation_)) return Close();
  // The client has only said all that it had to say: what is left to watch for is always reported.
  Watch(EPOLLERR);
}

void Connection::WaitToRead(bool is_body) noexcept {
  if (conversation_.has_ended) return EndByClient();
  if (record().input_size() > 0) return WaitForRest(is_body);
  around_.arena.Free(conversation_.input);
  if (!is_idle()) {
    ArmIn(around_.timeouts.idle);
    BeginIdling();
    SetPhase(ledger::Phase::idle);
    // The answer was under way when the end was decided: it did not say that it is the last.
    if (routes_->is_ending() && !protocol_->announces_end()) return BeginClosing();
    if (routes_->is_ending()) around_.all.NoteSettled();
  }
  Watch(EPOLLIN);
}

/// For more of what has begun to arrive.
void Connection::WaitForRest(bool is_body) noexcept {
  const auto deadline =
      clock_.WaitForRest(around_.loop.now(), is_in(ledger::Phase::reading), is_body,
                         transport::BytesArrived(conversation_), Grant());
  if (deadline) around_.loop.Arm(*this, *deadline);
  SetPhase(ledger::Phase::reading);
  Watch(EPOLLIN);
}

/// For what the client has begun, or has to allow, of which the input says nothing.
void Connection::WaitForMore(Duration patience) noexcept {
  if (conversation_.has_ended) return EndByClient();
  if (record().input_size() == 0) around_.arena.Free(conversation_.input);
  SetPhase(ledger::Phase::reading);
  Watch(EPOLLIN);
  ArmPatience(patience);
}

void Connection::BeginClosing() noexcept {
  transport_->SayEnd(conversation_);
  SetPhase(ledger::Phase::closing);
  FreeMemory();
  const Farewell::Limits limits{around_.timeouts.body, Grant().write(), routes_->is_ending()};
  farewell_ = std::make_unique<Farewell>(socket_.get(), around_.loop.now(), limits);
  around_.loop.Arm(*this, farewell_->deadline());
  Watch(EPOLLIN);
}

void Connection::GoOnClosing(Farewell::Outcome outcome) noexcept {
  using Outcome = Farewell::Outcome;
  if (outcome == Outcome::waits) return around_.loop.Arm(*this, farewell_->deadline());
  if (outcome == Outcome::pauses) return Watch(EPOLLRDHUP);
  if (outcome == Outcome::over) return Close();
  around_.board.connections_timed_out.Add();
  Abort();
}

void Connection::BeginIdling() noexcept {
  clock_.BeginIdling(around_.loop.now());
  around_.all.NoteIdle(*this);
}

bool Connection::MakeWay() noexcept {
  const Workbench::Piece at_work = AtWork();
  if (!protocol_->MayClose(record())) return false;
  const int socket = socket_.get();
  if (transport::HasUnread(socket) || transport::BytesOnTheirWay(socket) > 0) return false;
  around_.board.connections_displaced.Add();
  if (protocol_->SayEnd(conversation_)) (void)Flush();
  transport_->SayEnd(conversation_);
  Close();
  return true;
}

/// Between requests, nothing is lost by closing at once; unless the last answer is on its way.
void Connection::CloseIdle() noexcept {
  if (protocol_->SayEnd(conversation_)) return Obey({Need::Kind::end});
  if (conversation_.tls || transport::BytesOnTheirWay(socket_.get()) > 0) return BeginClosing();
  Close();
}

void Connection::Finish() noexcept {
  const Workbench::Piece at_work = AtWork();
  if (!is_idle()) return;
  // A request may have arrived in this very moment: it is answered, with Connection: close.
  Read();
  if (!is_idle()) return;
  if (record().requests > 0) return CloseIdle();
  // Closed now, it would look like a request that was dropped: unlike a client that has had an
  // answer, this one has no reason to expect it.
  if (!std::exchange(has_last_moment_, true)) ArmIn(kFirstRequest);
}

/// Whether a client whose deadline has come has got on.
bool Connection::HasMoreTime(ledger::Phase phase) noexcept {
  const bool sends = phase == ledger::Phase::writing || phase == ledger::Phase::handling;
  const std::uint64_t taken = sends ? transport::BytesTaken(record()) : 0;
  const auto deadline = clock_.MoreTime(around_.loop.now(), phase, taken, Grant());
  if (deadline) around_.loop.Arm(*this, *deadline);
  return deadline.has_value();
}

void Connection::OnDeadline() noexcept {
  const Workbench::Piece at_work = AtWork();
  const ledger::Phase phase = record().phase.load(std::memory_order_relaxed);
  if (phase == ledger::Phase::closing) {
    return GoOnClosing(farewell_->OnDeadline(around_.loop.now()));
  }
  if (is_patient_) return OnPatienceOver();
  if (phase == ledger::Phase::idle && transport::HasUnread(socket_.get())) {
    // The client has asked for something in the last moment; unless these are empty lines.
    Read();
    if (!is_open() || !is_idle() || is_armed()) return;
  }
  if (HasMoreTime(phase)) return;
  around_.board.connections_timed_out.Add();
  if (phase == ledger::Phase::reading) return Obey(protocol_->OnSilence(conversation_));
  if (phase == ledger::Phase::writing || phase == ledger::Phase::handling) return Abort();
  CloseIdle();
}

/// Something that is under way has waited for the client for as long as it may.
void Connection::OnPatienceOver() noexcept {
  const Need need = protocol_->OnSilence(conversation_);
  // What the client has sent by now may be what is waited for: it is looked at first.
  if (need.kind == Need::Kind::room && transport::HasUnread(socket_.get())) return Read();
  if (need.kind == Need::Kind::end) around_.board.connections_timed_out.Add();
  Obey(need);
}

void Connection::Close() noexcept {
  // Free first: whoever looks at the records must not take a descriptor that is being closed.
  SetPhase(ledger::Phase::free);
  loop::Loop::Disarm(*this);
  socket_.Close(around_.loop);
  place_ = {};
  farewell_.reset();
  if (is_linked()) unlink();
  protocol_->Abandon(conversation_);
  FreeMemory();
  conversation_.Renew();
  around_.board.connections_open.Subtract();
  around_.all.Release(*this);
}

}  // namespace tined::worker
