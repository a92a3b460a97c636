#include "supervisor/workers/adoption.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace tined::supervisor {
namespace {

TimePoint TimeOf(std::int64_t nanoseconds) {
  return TimePoint(std::chrono::nanoseconds(nanoseconds));
}

ChildState StateNamed(const std::string& name) {
  for (const ChildState state : {ChildState::starting, ChildState::serving, ChildState::draining}) {
    if (NameOf(state) == name) return state;
  }
  throw std::runtime_error(fmt::format("a worker is in an unknown state, `{}`", name));
}

}  // namespace

Descriptor Own(int number) noexcept {
  ::fcntl(number, F_SETFD, FD_CLOEXEC);
  return Descriptor(number);
}

std::size_t SocketList::Append(std::string key, int descriptor, const UnixListener* name) {
  State::Socket socket;
  socket.key = std::move(key);
  socket.descriptor = descriptor;
  if (name != nullptr) {
    socket.path = name->path();
    socket.device = name->device();
    socket.inode = name->inode();
  }
  sockets_.push_back(std::move(socket));
  return sockets_.size() - 1;
}

std::size_t SocketList::PlaceOf(const ListeningSocket& socket) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& each) {
    return each.descriptor == socket.descriptor();
  });
  if (found != sockets_.end()) return static_cast<std::size_t>(found - sockets_.begin());
  return Append(socket.key(), socket.descriptor(), socket.unix_listener());
}

State::Generation Describe(const Generation& generation, SocketList& sockets) {
  const config::Config& config = *generation.config;
  State::Generation state{.number = generation.number,
                          .drain_timeout = config.drain_timeout.count(),
                          .rescue = config.rescue,
                          .access_log = config.access_log ? config.access_log->path : "",
                          .has_user = generation.identity.is_other,
                          .user = generation.identity.user,
                          .group = generation.identity.group,
                          .groups = generation.identity.groups,
                          .scale = generation.scale,
                          .listeners = {}};
  for (const OpenSocket& open : generation.sockets) {
    state.listeners.push_back({.name = open.listener->name,
                               .socket = sockets.PlaceOf(*open.socket),
                               .is_stream = open.listener->stream.has_value(),
                               .has_tls = open.demands.tls,
                               .has_certificates = open.demands.client_certificate});
  }
  return state;
}

State::Child Describe(const Child& child) {
  return {.pid = child.pid,
          .slot = child.slot,
          .generation = child.generation->number,
          .state = std::string(NameOf(child.state)),
          .is_traced = child.is_traced,
          .is_hung = child.is_hung,
          .started = child.started.time_since_epoch().count(),
          .deadline = child.until.time_since_epoch().count(),
          .process = child.process.get(),
          .line = child.control.descriptor(),
          .ledger = child.ledger->descriptor(),
          .records = static_cast<std::uint32_t>(child.ledger->records().size()),
          .arena = static_cast<std::uint32_t>(child.ledger->arena().size()),
          .in_flight_part = child.tally ? child.tally->index() : State::kNone,
          .clients_part = child.clients ? child.clients->index() : State::kNone};
}

SocketsByPlace AdoptSockets(const State& state) {
  SocketsByPlace sockets;
  for (std::size_t place = 0; place < state.sockets.size(); ++place) {
    const State::Socket& socket = state.sockets[place];
    if (place == state.control) {
      sockets.emplace_back();
    } else if (socket.path.empty()) {
      sockets.push_back(std::make_shared<ListeningSocket>(socket.key, Own(socket.descriptor)));
    } else {
      sockets.push_back(std::make_shared<ListeningSocket>(socket.key, AdoptUnix(socket)));
    }
  }
  return sockets;
}

std::unique_ptr<UnixListener> AdoptUnix(const State::Socket& socket) {
  return std::make_unique<UnixListener>(socket.path, Own(socket.descriptor), socket.device,
                                        socket.inode);
}

GenerationPointer Adopt(const State::Generation& state, const SocketsByPlace& sockets) {
  auto generation = std::make_shared<Generation>();
  auto config = std::make_unique<config::Config>();
  config->drain_timeout = Duration(state.drain_timeout);
  config->rescue = state.rescue;
  if (!state.access_log.empty()) config->access_log.emplace().path = state.access_log;
  for (const State::Listener& each : state.listeners) {
    config::Listener& listener = config->listeners.emplace_back();
    listener.name = each.name;
    if (each.is_stream) listener.stream.emplace();
  }
  for (std::size_t i = 0; i < state.listeners.size(); ++i) {
    const State::Listener& each = state.listeners[i];
    generation->sockets.push_back(
        {&config->listeners[i], sockets.at(each.socket), {each.has_tls, each.has_certificates}});
  }
  generation->number = state.number;
  generation->scale = state.scale;
  generation->identity = {state.has_user, state.user, state.group, state.groups};
  generation->config = std::move(config);
  return generation;
}

std::unique_ptr<Child> Adopt(const State::Child& state, const GenerationPointer& generation) {
  auto child = std::make_unique<Child>(state.slot, generation, TimeOf(state.started));
  child->pid = state.pid;
  child->state = StateNamed(state.state);
  child->is_traced = state.is_traced;
  child->is_hung = state.is_hung;
  child->until = TimeOf(state.deadline);
  child->process = Own(state.process);
  child->control.Connect(Own(state.line));
  child->ledger = std::make_unique<ledger::Ledger>(Own(state.ledger), state.records, state.arena);
  child->ledger->HideFromLaterForks();
  return child;
}

}  // namespace tined::supervisor
