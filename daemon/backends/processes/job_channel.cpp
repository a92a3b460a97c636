#include "backends/processes/job_channel.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/memory_file.hpp"
#include "base/passing.hpp"

namespace tined::backends {
namespace {

/// What a packet carries; more goes through a memfd.
constexpr std::size_t kLargestPacket = std::size_t{64} << 10;

constexpr std::array kTexts = {
    &http::Request::method_text, &http::Request::target,     &http::Request::path,
    &http::Request::raw_path,    &http::Request::query,      &http::Request::host,
    &http::Request::body,        &http::Request::request_id, &http::Request::user};

/// What stands in front of the fields and texts.
struct Head {
  std::uint32_t handler = 0;
  std::uint32_t fields = 0;
  std::array<std::uint32_t, kTexts.size()> sizes{};  ///< of the texts
  std::uint32_t state_size = 0;                      ///< of a message's state, behind them
  std::uint32_t facts_size = 0;                      ///< of what is known of its TLS, behind that
  tls::Version tls_version{};                        ///< none: it has no TLS
  tls::Suite tls_suite{};
  bool is_message = false;  ///< with its bytes as the body
  http::Method method{};
  bool has_query = false;
  int minor_version = 1;
  WallTime received_at;
  ledger::Peer peer;
};

struct FieldHead {
  http::Name id{};
  std::uint32_t name = 0;
  std::uint32_t value = 0;
};

template <typename Value>
void Append(std::string& bytes, const Value& value) {
  static_assert(std::is_trivially_copyable_v<Value>);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Takes values and texts off the front of packed bytes.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  template <typename Value>
  void Take(Value& value) {
    if (rest_.size() < sizeof value) return Fail();
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  void Take(std::string_view& text, std::size_t size) {
    if (rest_.size() < size) return Fail();
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  void Fail() noexcept {
    has_failed_ = true;
    rest_ = {};
  }

  std::string_view rest_;
  bool has_failed_ = false;
};

bool Fetch(int file, std::string& bytes) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || status.st_size <= 0) return false;
  bytes.resize(static_cast<std::size_t>(status.st_size));
  return ::pread(file, bytes.data(), bytes.size(), 0) == status.st_size;
}

}  // namespace

PackedRequest::PackedRequest(std::uint32_t handler, const stream::Message& message) {
  http::Request packed;
  packed.body = message.bytes;
  packed.peer = message.peer;
  packed.received_at = message.received_at;
  Pack(handler, packed, &message);
}

/// `message`: what `request` stands for, or null.
void PackedRequest::Pack(std::uint32_t handler, const http::Request& request,
                         const stream::Message* message) {
  const std::string_view state = message != nullptr ? message->state : std::string_view();
  Head head{.handler = handler,
            .fields = static_cast<std::uint32_t>(request.fields.size()),
            .state_size = static_cast<std::uint32_t>(state.size()),
            .is_message = message != nullptr,
            .method = request.method,
            .has_query = request.has_query,
            .minor_version = request.minor_version,
            .received_at = request.received_at,
            .peer = request.peer == nullptr ? ledger::Peer() : *request.peer};
  std::string_view facts;
  if (request.tls != nullptr) {
    facts = request.tls->facts;
    head.tls_version = request.tls->version;
    head.tls_suite = request.tls->suite;
    head.facts_size = static_cast<std::uint32_t>(facts.size());
  }
  std::size_t size =
      sizeof head + request.fields.size() * sizeof(FieldHead) + state.size() + facts.size();
  for (const http::Field& field : request.fields) size += field.name.size() + field.value.size();
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    head.sizes[i] = static_cast<std::uint32_t>((request.*kTexts[i]).size());
    size += head.sizes[i];
  }
  bytes_.reserve(size);
  Append(bytes_, head);
  for (const http::Field& field : request.fields) {
    Append(bytes_, FieldHead{field.id, static_cast<std::uint32_t>(field.name.size()),
                             static_cast<std::uint32_t>(field.value.size())});
  }
  for (const http::Field& field : request.fields) bytes_.append(field.name).append(field.value);
  for (const auto text : kTexts) bytes_.append(request.*text);
  bytes_.append(state).append(facts);
}

channels::SendResult PackedRequest::Send(int channel, int answer) const noexcept {
  Ticket ticket = ticket_;
  std::array<int, 2> descriptors = {-1, -1};
  std::size_t count = 0;
  if (answer >= 0) {
    ticket.has_channel = 1;
    descriptors[count++] = answer;
  }
  Descriptor file;
  std::string_view inline_bytes = bytes_;
  if (bytes_.size() > kLargestPacket) {
    file = MakeMemoryFile("tined job", bytes_);
    if (!file) return channels::SendResult::closed;
    ticket.has_file = 1;
    descriptors[count++] = file.get();
    inline_bytes = {};
  }
  std::array<iovec, 2> pieces = {
      iovec{&ticket, sizeof ticket},
      iovec{const_cast<char*>(inline_bytes.data()), inline_bytes.size()}};
  msghdr packet{};
  packet.msg_iov = pieces.data();
  packet.msg_iovlen = pieces.size();
  PassedAlong<2> passed;
  passed.Attach(packet, std::span(descriptors).first(count));
  return channels::SendPacket(channel, packet);
}

// Left as it is: an executor that takes one request would have each page of it copied for itself.
ReceivedRequest::ReceivedRequest()
    : packet_(std::make_unique_for_overwrite<char[]>(kLargestPacket)) {}

ReceivedRequest::Taken ReceivedRequest::Take(int channel, Ticket& claim) {
  std::array<iovec, 2> room = {iovec{&claim, sizeof claim}, iovec{packet_.get(), kLargestPacket}};
  msghdr packet{};
  packet.msg_iov = room.data();
  packet.msg_iovlen = room.size();
  PassedAlong<2> passed;
  passed.Await(packet);
  const ssize_t size = ::recvmsg(channel, &packet, MSG_CMSG_CLOEXEC);
  if (size < 0) return errno == EINTR ? Taken::no : Taken::end;
  if (size == 0) return Taken::end;
  auto [first, second] = passed.Take(packet);
  if (static_cast<std::size_t>(size) < sizeof claim) return Taken::no;
  ticket_ = &claim;
  const bool has_channel = claim.has_channel != 0;
  if (has_channel && !first) return Taken::no;
  const Descriptor file(has_channel ? second.Release() : first.Release());
  answer_ = has_channel ? std::move(first) : Descriptor();
  bytes_ = {packet_.get(), static_cast<std::size_t>(size) - sizeof claim};
  if (claim.has_file != 0) {
    if (!Fetch(file.get(), stored_)) return Taken::no;
    bytes_ = stored_;
  }
  return Unpack() ? Taken::yes : Taken::no;
}

bool ReceivedRequest::Unpack() {
  Unpacker packed(bytes_);
  Head head;
  packed.Take(head);
  if (packed.has_failed() || head.fields > packed.left() / sizeof(FieldHead)) return false;
  std::vector<FieldHead> heads(head.fields);
  for (FieldHead& field : heads) packed.Take(field);
  fields_.clear();
  for (const FieldHead& field : heads) {
    http::Field& unpacked = fields_.emplace_back();
    unpacked.id = field.id;
    packed.Take(unpacked.name, field.name);
    packed.Take(unpacked.value, field.value);
  }
  handler_ = head.handler;
  peer_ = head.peer;
  request_.method = head.method;
  request_.has_query = head.has_query;
  request_.minor_version = head.minor_version;
  request_.fields = fields_;
  request_.peer = &peer_;
  request_.received_at = head.received_at;
  for (std::size_t i = 0; i < kTexts.size(); ++i) packed.Take(request_.*kTexts[i], head.sizes[i]);
  is_message_ = head.is_message;
  message_ = {.bytes = request_.body, .state = {}, .peer = &peer_, .received_at = head.received_at};
  packed.Take(message_.state, head.state_size);
  tls_ = {head.tls_version, head.tls_suite, {}};
  packed.Take(tls_.facts, head.facts_size);
  request_.tls = tls_.version != tls::Version::none ? &tls_ : nullptr;
  return !packed.has_failed();
}

namespace {

/// Writes `pieces` one behind the other. Nothing is allocated, and nothing formatted by a library:
/// what an executor touches for the first time costs it a page fault.
void WritePieces(std::initializer_list<std::string_view> pieces, std::span<char> room) noexcept {
  room = room.first(room.size() - 1);
  for (std::string_view piece : pieces) {
    piece = piece.substr(0, room.size());
    std::copy(piece.begin(), piece.end(), room.begin());
    room = room.subspan(piece.size());
  }
  room.data()[0] = 0;
}

}  // namespace

void WriteLine(const http::Request& request, std::span<char> room) noexcept {
  WritePieces({request.method_text, " ", request.target}, room);
}

void WriteLine(const stream::Message& message, std::span<char> room) noexcept {
  if (message.is_opening()) return WritePieces({"a connection that opens"}, room);
  std::array<char, 20> digits;
  const char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), message.bytes.size()).ptr;
  WritePieces({"a message of ", {digits.data(), end}, " bytes"}, room);
}

}  // namespace tined::backends
