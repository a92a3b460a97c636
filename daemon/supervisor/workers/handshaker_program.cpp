#include "supervisor/workers/handshaker_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.hpp"
#include "config/problem.hpp"
#include "handshaker/start.hpp"

namespace tined::supervisor {
namespace {

int Become(const OwnProgram& program, const handshaker::Start& start) noexcept {
  try {
    program.Become(handshaker::Write(start), start.Descriptors());
  } catch (const std::exception& error) {
    log::Error("the handshaker cannot start",
               {{"gen", start.generation}, {"pid", ::getpid()}, {"error", error.what()}});
  }
  return 1;
}

}  // namespace

void HandshakerProgram::Require(const config::Config& config,
                                const local_path::Strangers& strangers) {
  const std::string reason = program_.Open(strangers);
  if (reason.empty()) return;
  std::vector<config::Problem> problems;
  for (const config::Listener& listener : config.listeners) {
    if (!listener.tls) continue;
    problems.push_back({listener.tls->where,
                        fmt::format("`tls` needs the program {}: {}", program_.name(), reason)});
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

int HandshakerProgram::Run(const Generation& generation, const Borrowed& borrowed) const noexcept {
  handshaker::Start start;
  start.log = generation.config->log;
  start.pending = generation.config->handshakers.pending;
  start.listeners = generation.tls.Listeners(*generation.config, generation.sockets);
  start.identity = generation.identity;
  start.generation = generation.number;
  start.number = borrowed.number;
  start.makes_copies = borrowed.is_trial;
  start.control = borrowed.control;
  start.give = borrowed.give;
  start.board = borrowed.board;
  start.tickets = borrowed.tickets;
  return Become(program_, start);
}

int HandshakerProgram::RunCheck(const config::Config& config, const TlsFiles& files,
                                const children::Identity& identity, int control) const noexcept {
  handshaker::Start start;
  start.is_check = true;
  start.log = config.log;
  start.listeners = files.Listeners(config, {});
  start.identity = identity;
  start.control = control;
  return Become(program_, start);
}

}  // namespace tined::supervisor
