#include "backends/modules/host.hpp"

#include <fmt/format.h>
#include <strings.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "backends/modules/waits.hpp"
#include "base/log.hpp"
#include "http/peer_address.hpp"

namespace tined::backends {
namespace {

using config::Setting;

tined_text Text(std::string_view text) noexcept {
  return {text.data() == nullptr ? "" : text.data(), text.size()};
}
std::string_view View(tined_text text) noexcept {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

// tined_settings is the setting and nothing else, so that every node of the tree is one.
static_assert(sizeof(tined_settings) == sizeof(Setting));
const Setting& Of(const tined_settings* node) noexcept { return node->setting; }
const tined_settings* Node(const Setting& setting) noexcept {
  return reinterpret_cast<const tined_settings*>(&setting);
}

std::int32_t Kind(const tined_settings* node) {
  switch (Of(node).kind) {
    case Setting::Kind::null:
      return TINED_NULL;
    case Setting::Kind::boolean:
      return TINED_BOOLEAN;
    case Setting::Kind::integer:
      return TINED_INTEGER;
    case Setting::Kind::real:
      return TINED_REAL;
    case Setting::Kind::string:
      return TINED_STRING;
    case Setting::Kind::list:
      return TINED_LIST;
    case Setting::Kind::map:
      break;
  }
  return TINED_MAP;
}
std::int32_t Boolean(const tined_settings* node) { return Of(node).boolean ? 1 : 0; }
std::int64_t Integer(const tined_settings* node) { return Of(node).integer; }
double Real(const tined_settings* node) { return Of(node).real; }
tined_text ScalarText(const tined_settings* node) {
  const Setting& setting = Of(node);
  const bool is_scalar = setting.kind != Setting::Kind::null &&
                         setting.kind != Setting::Kind::list && setting.kind != Setting::Kind::map;
  return is_scalar ? Text(setting.text) : tined_text{};
}
std::size_t Count(const tined_settings* node) { return Of(node).items.size(); }
const tined_settings* At(const tined_settings* node, std::size_t index) {
  return index < Of(node).items.size() ? Node(Of(node).items[index]) : nullptr;
}
tined_text Key(const tined_settings* node) { return Text(Of(node).key); }
const tined_settings* Find(const tined_settings* map, tined_text key) {
  if (Of(map).kind != Setting::Kind::map) return nullptr;
  for (const Setting& item : Of(map).items) {
    if (item.key == View(key)) return Node(item);
  }
  return nullptr;
}
tined_text Where(const tined_settings* node) { return Text(Of(node).where); }

tined_text Method(const tined_request* from) { return Text(from->request.method_text); }
tined_text Target(const tined_request* from) { return Text(from->request.target); }
tined_text Path(const tined_request* from) { return Text(from->request.path); }
tined_text Query(const tined_request* from) {
  return from->request.has_query ? Text(from->request.query) : tined_text{};
}
tined_text Body(const tined_request* from) { return Text(from->request.body); }
tined_text UserOf(const tined_request* from) {
  return from->request.user.empty() ? tined_text{} : Text(from->request.user);
}
tined_text PeerOf(const tined_request* from) { return Text(from->asker.peer()); }

tined_text ClientText(const tls::ClientCertificate& client, std::int32_t what) {
  switch (what) {
    case TINED_TLS_CLIENT_SUBJECT:
      return Text(client.subject);
    case TINED_TLS_CLIENT_ISSUER:
      return Text(client.issuer);
    case TINED_TLS_CLIENT_NAMES:
      return Text(client.names);
    case TINED_TLS_CLIENT_SERIAL:
      return Text(client.serial);
    case TINED_TLS_CLIENT_FINGERPRINT:
      return Text(client.fingerprint);
    case TINED_TLS_CLIENT_PEM:
      return Text(client.pem);
    default:
      return {};
  }
}

tined_text TlsOf(const tined_request* from, std::int32_t what) {
  const tls::Told* const told = from->request.tls;
  if (told == nullptr) return {};
  if (what == TINED_TLS_VERSION) return Text(tls::NameOf(told->version));
  if (what == TINED_TLS_CIPHER) return Text(tls::NameOf(told->suite));
  const tls::Facts facts = tls::Decode(told->facts);
  tined_text text{};
  if (what == TINED_TLS_SERVER_NAME) text = Text(facts.server_name);
  if (facts.client && what != TINED_TLS_SERVER_NAME) text = ClientText(*facts.client, what);
  return text.size > 0 ? text : tined_text{};
}

tined_text Id(const tined_request* from) { return Text(from->asker.id()); }
tined_text Header(const tined_request* from, tined_text name) {
  for (const http::Field& field : from->request.fields) {
    if (field.name.size() == name.size &&
        ::strncasecmp(field.name.data(), name.data, name.size) == 0) {
      return Text(field.value);
    }
  }
  return {};
}
std::size_t HeaderCount(const tined_request* from) { return from->request.fields.size(); }
tined_header HeaderAt(const tined_request* from, std::size_t index) {
  if (index >= from->request.fields.size()) return {};
  const http::Field& field = from->request.fields[index];
  return {Text(field.name), Text(field.value)};
}

/// Runs `step`, which may be out of memory: nothing is thrown into a module.
template <typename Step>
void Guard(Draft& draft, Step step) noexcept {
  try {
    step();
  } catch (const std::exception&) {
    try {
      draft.Fail("out of memory");
    } catch (...) {
      // The draft then lacks what could not be stored; the next allocation decides.
    }
  }
}

void Status(tined_response* to, std::int32_t status) {
  Guard(to->draft, [&] { to->draft.SetStatus(status); });
}
void AddHeader(tined_response* to, tined_text name, tined_text value) {
  Guard(to->draft, [&] { to->draft.AddHeader(View(name), View(value)); });
}
void SetBody(tined_response* to, const void* data, std::size_t size) {
  Guard(to->draft, [&] { to->draft.SetBody({static_cast<const char*>(data), size}); });
}
void LendBody(tined_response* to, const void* data, std::size_t size, void (*release)(void*),
              void* context) {
  to->draft.LendBody({static_cast<const char*>(data), size}, release, context);
}
void SetFile(tined_response* to, tined_text path, std::uint64_t offset, std::uint64_t length) {
  Guard(to->draft, [&] { to->draft.SetFile(View(path), offset, length); });
}
void SetStream(tined_response* to, const tined_producer* producer, std::uint64_t length) {
  Guard(to->draft, [&] { to->draft.SetStream(*producer, length); });
}
void Fail(tined_response* to, tined_text reason) {
  Guard(to->draft, [&] { to->draft.Fail(View(reason)); });
}

tined_text MessageBytes(const tined_message* from) { return Text(from->message.bytes); }
tined_text MessagePeer(const tined_message* from) { return Text(from->asker.peer()); }
tined_text MessageId(const tined_message* from) { return Text(from->asker.id()); }
tined_text MessageState(const tined_message* from) { return Text(from->message.state); }
void SetState(tined_message* to, const void* data, std::size_t size) {
  Guard(to->draft, [&] { to->draft.SetState({static_cast<const char*>(data), size}); });
}
void SendBytes(tined_message* to, const void* data, std::size_t size) {
  Guard(to->draft, [&] { to->draft.AddBytes({static_cast<const char*>(data), size}); });
}
void Used(tined_message* to, std::size_t size) {
  Guard(to->draft, [&] { to->draft.Use(size, to->message.bytes.size()); });
}
void CloseStream(tined_message* to) { to->draft.CloseAfter(); }
void FailMessage(tined_message* to, tined_text reason) {
  Guard(to->draft, [&] { to->draft.Fail(View(reason)); });
}

Deferred& Of(tined_deferred* deferred) noexcept { return static_cast<Deferred&>(*deferred); }

/// Null and errno when `make` throws.
template <typename Make>
auto* OrNull(Make make) noexcept {
  using Made = decltype(&make());
  try {
    return &make();
  } catch (const std::system_error& error) {
    errno = error.code().value();
  } catch (const std::exception&) {
    errno = ENOMEM;
  }
  return Made{};
}

tined_deferred* Defer(tined_response* response, void (*cancel)(void*), void* context) {
  Deferral* const deferral = response->deferral;
  if (deferral == nullptr || deferral->made) return nullptr;
  return OrNull([&]() -> tined_deferred& {
    deferral->made = std::make_shared<Deferred>(deferral->context, deferral->reactor,
                                                deferral->request, cancel, context);
    return *deferral->made;
  });
}
const tined_request* DeferredRequest(const tined_deferred* deferred) {
  return &static_cast<const Deferred*>(deferred)->request();
}
tined_response* DeferredResponse(tined_deferred* deferred) { return &Of(deferred).response(); }
void FinishDeferred(tined_deferred* deferred) { Of(deferred).Finish(); }
tined_wait* Ready(tined_deferred* deferred, int fd, std::uint32_t events, std::uint64_t timeout_ms,
                  void (*done)(void*, std::uint32_t), void* context) {
  return OrNull([&]() -> tined_wait& {
    return WaitReady(Of(deferred), fd, events, timeout_ms, done, context);
  });
}
tined_wait* File(tined_deferred* deferred, tined_text path, std::uint64_t offset,
                 std::uint64_t length, void (*done)(void*, tined_text, int), void* context) {
  return OrNull([&]() -> tined_wait& {
    return WaitFile(Of(deferred), std::string(View(path)), offset, length, done, context);
  });
}
tined_wait* ForSignal(tined_deferred* deferred, void (*done)(void*), void* context) {
  return OrNull([&]() -> tined_wait& { return WaitSignal(Of(deferred), done, context); });
}
void SignalTo(tined_wait* wait) { Signal(*wait); }
void CancelWait(tined_wait* wait) { Cancel(*wait); }

void Refuse(tined_context* context, tined_text reason) { context->refusal = View(reason); }

void Log(tined_context* context, std::int32_t level, tined_text message) {
  constexpr std::array kLevels = {log::Level::error, log::Level::warning, log::Level::info,
                                  log::Level::debug};
  const bool is_known = level >= TINED_ERROR && level <= TINED_DEBUG;
  log::Write(is_known ? kLevels[static_cast<std::size_t>(level)] : log::Level::info, View(message),
             {{"module", context->module}, {"route", context->route}});
}

tined_counter* CounterOf(tined_context* context, tined_text name) {
  if (context->counters == nullptr) return nullptr;
  return reinterpret_cast<tined_counter*>(
      context->counters->Find(fmt::format("{}.{}", context->module, View(name))));
}
void CounterAdd(tined_counter* counter, std::uint64_t n) {
  if (counter != nullptr) reinterpret_cast<shared::NamedCounter*>(counter)->Add(n);
}

Origin OriginOf(const tined_context& context, const tined_request& request) {
  (void)request.asker.id();
  const http::Request& asked = request.request;
  return {.module = context.module,
          .route = context.route,
          .method = std::string(asked.method_text),
          .target = std::string(asked.target),
          .minor_version = asked.minor_version,
          .id = request.asker.digits()};
}

}  // namespace

const tined_host& Host() noexcept {
  static constexpr tined_host kHost = {
      .size = sizeof(tined_host),
      .abi_major = TINED_ABI_MAJOR,
      .abi_minor = TINED_ABI_MINOR,
      .settings_kind = Kind,
      .settings_boolean = Boolean,
      .settings_integer = Integer,
      .settings_real = Real,
      .settings_text = ScalarText,
      .settings_count = Count,
      .settings_at = At,
      .settings_key = Key,
      .settings_find = Find,
      .settings_where = Where,
      .request_method = Method,
      .request_target = Target,
      .request_path = Path,
      .request_query = Query,
      .request_body = Body,
      .request_peer = PeerOf,
      .request_id = Id,
      .request_header = Header,
      .request_header_count = HeaderCount,
      .request_header_at = HeaderAt,
      .response_status = Status,
      .response_header = AddHeader,
      .response_body = SetBody,
      .response_lent_body = LendBody,
      .response_file = SetFile,
      .response_stream = SetStream,
      .response_fail = Fail,
      .refuse = Refuse,
      .log = Log,
      .counter = CounterOf,
      .counter_add = CounterAdd,
      .message_bytes = MessageBytes,
      .message_peer = MessagePeer,
      .message_id = MessageId,
      .message_send = SendBytes,
      .message_used = Used,
      .message_close = CloseStream,
      .message_fail = FailMessage,
      .defer = Defer,
      .deferred_request = DeferredRequest,
      .deferred_response = DeferredResponse,
      .deferred_finish = FinishDeferred,
      .wait_ready = Ready,
      .wait_file = File,
      .wait_signal = ForSignal,
      .signal = SignalTo,
      .wait_cancel = CancelWait,
      .message_state = MessageState,
      .message_set_state = SetState,
      .producer_fail = Producer::TellReason,
      .request_tls = TlsOf,
      .request_user = UserOf,
  };
  return kHost;
}

void Conclude(const tined_context& context, const tined_request& request, Draft& draft) noexcept {
  try {
    if (Producer* const producer = draft.producer()) {
      producer->SetOrigin(OriginOf(context, request));
    }
    const std::string_view fault = draft.Fault();
    if (fault.empty()) return;
    log::Error("module failed", {{"module", context.module},
                                 {"route", context.route},
                                 {"method", request.request.method_text},
                                 {"target", request.request.target},
                                 {"id", request.asker.id()},
                                 {"reason", fault}});
  } catch (const std::exception&) {
    // Out of memory: the line is lost, the draft answers for itself.
  }
}

void Conclude(const tined_context& context, const tined_message& message) noexcept {
  try {
    const std::string_view fault = message.draft.Fault();
    if (fault.empty()) return;
    log::Error("module failed", {{"module", context.module},
                                 {"listener", context.route},
                                 {"in", message.message.is_opening() ? "open" : "receive"},
                                 {"bytes", message.message.bytes.size()},
                                 {"peer", message.asker.peer()},
                                 {"id", message.asker.id()},
                                 {"reason", fault}});
  } catch (const std::exception&) {
    // Out of memory: the line is lost, the draft answers for itself.
  }
}

Asker::Asker(const ledger::Peer* peer, std::string_view id) noexcept : peer_(peer), name_(id) {
  if (id.size() >= id_.size()) std::copy(id.end() - id_.size(), id.end(), id_.begin());
}

std::string_view Asker::peer() const {
  if (!peer_text_.empty()) return peer_text_;
  const std::string address = http::AddressOf(peer_);
  if (address.empty()) {
    peer_text_ = "unix";
  } else if (peer_->port == 0) {
    // A proxy has told of it.
    peer_text_ = address;
  } else {
    const char* const form = peer_->family == AF_INET6 ? "[{}]:{}" : "{}:{}";
    peer_text_ = fmt::format(fmt::runtime(form), address, peer_->port);
  }
  return peer_text_;
}

std::string_view Asker::id() const {
  if (is_named()) return name_;
  if (id_.front() == 0) id_ = NextRequestId();
  return {id_.data(), id_.size()};
}

}  // namespace tined::backends
