#include "channels/form.hpp"

#include "channels/inbox.hpp"
#include "ledger/ledger.hpp"
#include "shared/executor_board.hpp"

namespace tined::channels {
namespace {

using ledger::Arena;
using ledger::BlockTag;
using ledger::CrashNote;
using ledger::Exchange;
using ledger::FilePart;
using ledger::Peer;
using ledger::Record;
using ledger::Scoreboard;
using ledger::StatePlace;
using ledger::TlsState;
using shared::ExecutorBoard;
using shared::NamedCounter;

constexpr std::array kRecord = {TINED_FIELD(Record, phase),       TINED_FIELD(Record, is_stream),
                                TINED_FIELD(Record, file_io),     TINED_FIELD(Record, in_call),
                                TINED_FIELD(Record, descriptor),  TINED_FIELD(Record, listener),
                                TINED_FIELD(Record, socket_id),   TINED_FIELD(Record, peer),
                                TINED_FIELD(Record, part_count),  TINED_FIELD(Record, requests),
                                TINED_FIELD(Record, received),    TINED_FIELD(Record, input_place),
                                TINED_FIELD(Record, committed),   TINED_FIELD(Record, output_place),
                                TINED_FIELD(Record, file),        TINED_FIELD(Record, sent_before),
                                TINED_FIELD(Record, sent),        TINED_FIELD(Record, part),
                                TINED_FIELD(Record, parts_place), TINED_FIELD(Record, faults),
                                TINED_FIELD(Record, kills),       TINED_FIELD(Record, is_tls),
                                TINED_FIELD(Record, exchange),    TINED_FIELD(Record, states),
                                TINED_FIELD(Record, seal)};
static_assert(Cover(kRecord, sizeof(Record), alignof(Record)), "every field is in the list");

constexpr std::array kExchange = {
    TINED_FIELD(Exchange, begun_at), TINED_FIELD(Exchange, begun), TINED_FIELD(Exchange, replays),
    TINED_FIELD(Exchange, continue_sent), TINED_FIELD(Exchange, rate_count)};
static_assert(Cover(kExchange, sizeof(Exchange), alignof(Exchange)), "every field is in the list");

constexpr std::array kTls = {
    TINED_FIELD(TlsState, session),     TINED_FIELD(TlsState, selector),
    TINED_FIELD(TlsState, sent),        TINED_FIELD(TlsState, received),
    TINED_FIELD(TlsState, input_place), TINED_FIELD(TlsState, handshake_received),
    TINED_FIELD(TlsState, facts),       TINED_FIELD(TlsState, short_facts),
    TINED_FIELD(TlsState, claim)};
static_assert(Cover(kTls, sizeof(TlsState), alignof(TlsState)), "every field is in the list");

constexpr std::array kPeer = {TINED_FIELD(Peer, family), TINED_FIELD(Peer, port),
                              TINED_FIELD(Peer, address)};
static_assert(Cover(kPeer, sizeof(Peer), alignof(Peer)), "every field is in the list");

constexpr std::array kPart = {TINED_FIELD(FilePart, after), TINED_FIELD(FilePart, offset),
                              TINED_FIELD(FilePart, length)};
static_assert(Cover(kPart, sizeof(FilePart), alignof(FilePart)), "every field is in the list");

constexpr std::array kState = {TINED_FIELD(StatePlace, offset), TINED_FIELD(StatePlace, size)};
static_assert(Cover(kState, sizeof(StatePlace), alignof(StatePlace)), "every field is in the list");

constexpr std::array kNote = {TINED_FIELD(CrashNote, signal),      TINED_FIELD(CrashNote, code),
                              TINED_FIELD(CrashNote, sender),      TINED_FIELD(CrashNote, thread),
                              TINED_FIELD(CrashNote, address),     TINED_FIELD(CrashNote, handling),
                              TINED_FIELD(CrashNote, frame_count), TINED_FIELD(CrashNote, frames),
                              TINED_FIELD(CrashNote, id),          TINED_FIELD(CrashNote, request)};
static_assert(Cover(kNote, sizeof(CrashNote), alignof(CrashNote)), "every field is in the list");

constexpr std::array kBoard = {TINED_FIELD(Scoreboard, workers),
                               TINED_FIELD(Scoreboard, heartbeat),
                               TINED_FIELD(Scoreboard, connections_open),
                               TINED_FIELD(Scoreboard, connections_accepted),
                               TINED_FIELD(Scoreboard, connections_timed_out),
                               TINED_FIELD(Scoreboard, connections_given),
                               TINED_FIELD(Scoreboard, connections_taken),
                               TINED_FIELD(Scoreboard, connections_lost),
                               TINED_FIELD(Scoreboard, connections_waiting),
                               TINED_FIELD(Scoreboard, requests),
                               TINED_FIELD(Scoreboard, answers),
                               TINED_FIELD(Scoreboard, bytes_received),
                               TINED_FIELD(Scoreboard, bytes_sent),
                               TINED_FIELD(Scoreboard, log_lines_lost),
                               TINED_FIELD(Scoreboard, access_lines_lost),
                               TINED_FIELD(Scoreboard, modules),
                               TINED_FIELD(Scoreboard, busy),
                               TINED_FIELD(Scoreboard, records_used),
                               TINED_FIELD(Scoreboard, handling),
                               TINED_FIELD(Scoreboard, accepting),
                               TINED_FIELD(Scoreboard, crash),
                               TINED_FIELD(Scoreboard, at_work),
                               TINED_FIELD(Scoreboard, programs),
                               TINED_FIELD(Scoreboard, connections_displaced),
                               TINED_FIELD(Scoreboard, connections_refused),
                               TINED_FIELD(Scoreboard, threads)};
static_assert(Cover(kBoard, sizeof(Scoreboard), alignof(Scoreboard)), "every field is in the list");

constexpr std::array kExecutors = {
    TINED_FIELD(ExecutorBoard, waiting),    TINED_FIELD(ExecutorBoard, busy),
    TINED_FIELD(ExecutorBoard, requests),   TINED_FIELD(ExecutorBoard, wanted),
    TINED_FIELD(ExecutorBoard, started),    TINED_FIELD(ExecutorBoard, crashed),
    TINED_FIELD(ExecutorBoard, cancelled),  TINED_FIELD(ExecutorBoard, timed_out),
    TINED_FIELD(ExecutorBoard, heartbeat),  TINED_FIELD(ExecutorBoard, told),
    TINED_FIELD(ExecutorBoard, told_count), TINED_FIELD(ExecutorBoard, askers),
    TINED_FIELD(ExecutorBoard, withdrawn),  TINED_FIELD(ExecutorBoard, modules),
    TINED_FIELD(ExecutorBoard, opens)};
static_assert(Cover(kExecutors, sizeof(ExecutorBoard), alignof(ExecutorBoard)),
              "every field is in the list");

/// What follows is no field: sizes of what stands one behind the other, and what the bytes mean.
constexpr std::array kRest = {
    Field{Inbox::kSize, sizeof(NamedCounter)}, Field{sizeof(BlockTag), Arena::kSmallest},
    Field{Record::kForm, Record::kSize}, Field{TlsState::kForm, tls::Session::kForm}};

constexpr std::uint64_t kLedgerForm =
    MixAll(kRecord, kTls, kExchange, kPeer, kPart, kState, kNote, kBoard, kExecutors, kRest);

}  // namespace

std::uint64_t LedgerForm() noexcept { return kLedgerForm; }

}  // namespace tined::channels
