#include "supervisor/upgrade/state.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/error.hpp"
#include "base/memory_file.hpp"
#include "channels/form.hpp"

namespace tined {

namespace shared {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Kept, file, form, first_key, second_key)
}  // namespace shared

namespace supervisor {

// What an image before this one did not count is 0.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Counts, connections_open, connections_accepted,
                                                connections_timed_out, connections_displaced,
                                                connections_refused, connections_given,
                                                connections_taken, connections_lost,
                                                connections_waiting, requests, answers,
                                                bytes_received, bytes_sent, log_lines_lost,
                                                access_lines_lost, modules)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(State::Socket, key, descriptor, path, device, inode)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(State::Named, name, socket)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(State::Listener, name, socket, is_stream, has_tls,
                                                has_certificates)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(State::Generation, number, drain_timeout, rescue,
                                                access_log, has_user, user, group, groups, scale,
                                                listeners)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(State::Child, pid, slot, generation, state,
                                                is_traced, is_hung, started, deadline, process,
                                                line, ledger, records, arena, in_flight_part,
                                                clients_part)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(State::Slot, past, restarts)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(State::Limits, rates, in_flight, clients)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(State::Pool, size, take_channel, give_channel,
                                                rescued, lost, slots, children, limits)
// An image that did not know one of these has counted none.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(State::Executors, started, requests, crashed,
                                                cancelled, timed_out, modules, program)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(State::Handshaker, pid, generation, drain_time, control)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(State::Handshakers, established, resumed, failed,
                                                timed_out, restarts, program, tickets, processes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(State::Tally, generations, reloads_done, reloads_failed,
                                   upgrades_done, upgrades_failed)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(State, format, ledger, version, binary, program, fault, started,
                                   tally, executors, handshakers, generation, sockets, passed,
                                   generations, pool, successor, control)

namespace {

std::string ReadAll(int memory) {
  std::string text;
  std::array<char, 65536> bytes;
  ssize_t got = 0;
  // By position: whoever shares the description reads it from its beginning too.
  while ((got = ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(text.size()))) > 0) {
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  if (got < 0) ThrowErrno("read the state of the running service");
  return text;
}

}  // namespace

std::vector<int> State::Descriptors() const {
  std::vector<int> all = {program, executors.program, successor, pool.take_channel,
                          pool.give_channel};
  all.insert(all.end(), {handshakers.program, handshakers.tickets});
  for (const Handshaker& each : handshakers.processes) all.push_back(each.control);
  for (const Socket& socket : sockets) all.push_back(socket.descriptor);
  for (const Child& child : pool.children) {
    all.insert(all.end(), {child.process, child.line, child.ledger});
  }
  all.insert(all.end(),
             {pool.limits.rates.file, pool.limits.in_flight.file, pool.limits.clients.file});
  std::erase_if(all, [](int fd) { return fd < 0; });
  return all;
}

std::string LedgerForm() {
  return fmt::format("{:016x}-{:016x}", channels::LedgerForm(), channels::HandoffForm());
}

Descriptor Write(const State& state) {
  const std::string text = nlohmann::json(state).dump();
  Descriptor memory = MakeMemoryFile("tined-state", text);
  if (!memory) ThrowErrno("write the state of the service");
  return memory;
}

State Read(int memory) {
  try {
    const auto json = nlohmann::json::parse(ReadAll(memory));
    const int format = json.at("format");
    const std::string ledger = json.at("ledger");
    if (format != State::kFormat || ledger != LedgerForm()) {
      throw std::runtime_error(fmt::format(
          "the running tined {} hands over in another form (state {}, ledger {}) than this one "
          "reads (state {}, ledger {}): restart the service instead",
          json.at("version").get<std::string>(), format, ledger, State::kFormat, LedgerForm()));
    }
    return json.get<State>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(
        fmt::format("the state of the running service makes no sense: {}", error.what()));
  }
}

}  // namespace supervisor
}  // namespace tined
