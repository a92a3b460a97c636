#include "supervisor/core.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "config/loader.hpp"
#include "supervisor/workers/adoption.hpp"

namespace tined::supervisor {
namespace {

/// The supervisor of those who are served waits for nobody.
constexpr Duration kNoPatience{0};

channels::HandoffEnds HandoffOf(const std::optional<State>& inherited, Legacy& legacy) {
  if (legacy.handoff.take) return std::move(legacy.handoff);
  if (!inherited) return channels::MakeHandoffChannel();
  return {Own(inherited->pool.take_channel), Own(inherited->pool.give_channel)};
}

Descriptor SuccessorEventOf(const std::optional<State>& inherited, const FdStore& store) {
  if (inherited) return inherited->successor < 0 ? Descriptor() : Own(inherited->successor);
  if (!store.is_used()) return {};
  return Descriptor(Check(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd"));
}

TimePoint StartOf(const std::optional<State>& inherited) {
  if (!inherited) return Clock::now();
  return TimePoint(std::chrono::nanoseconds(inherited->started));
}

}  // namespace

Errors Try(const std::function<void()>& step) {
  try {
    step();
    return {};
  } catch (const config::ConfigError& error) {
    Errors errors;
    for (const config::Problem& problem : error.problems()) errors.push_back(Format(problem));
    return errors;
  } catch (const std::exception& error) {
    return {error.what()};
  }
}

Core::Core(const Program& in_program, const std::optional<State>& inherited, Events events)
    : program(in_program),
      is_successor(inherited.has_value()),
      started(StartOf(inherited)),
      successor(SuccessorEventOf(inherited, store)),
      pool(loop, reaper, program.run_worker,
           {HandoffOf(inherited, legacy), successor.get(),
            inherited ? inherited->pool.limits : State::Limits()},
           {[this](Child& child) { rollout.OnReady(child); },
            [this, on_death = std::move(events.on_death)](const Child& child, const Death& death) {
              rollout.OnDeath(child, death);
              on_death();
            },
            [this] {
              KeepChannel();
              handshakers.SendChannel();
            }}),
      spawners(
          loop, reaper,
          [this](const Generation& each, std::size_t which, int line) {
            return executors.Run(each, which, line);
          },
          {[this](const GenerationPointer& each) { rollout.OnSpawnerReady(each); },
           [this](const GenerationPointer& each, const StartFailure& failure) {
             rollout.OnSpawnerFailed(each, failure);
           },
           [this](const GenerationPointer& each, std::size_t which) { pool.SendJobs(each, which); },
           events.on_spawner_end}),
      handshakers(
          loop, reaper,
          [this](const Generation& each, const HandshakerProgram::Borrowed& borrowed) {
            return handshaker_program.Run(each, borrowed);
          },
          [this] { return pool.handoff().give.get(); },
          {[this](const GenerationPointer& each) { rollout.OnHandshakerReady(each); },
           [this](const GenerationPointer& each, const StartFailure& failure) {
             rollout.OnHandshakerFailed(each, failure);
           },
           events.on_spawner_end}),
      controls(loop, std::move(events.on_command)) {}

GenerationPointer Core::PrepareNext(Loaded loaded) {
  const local_path::Strangers strangers = children::StrangersOf(loaded.identity);
  executors.Require(loaded.config, strangers);
  handshaker_program.Require(loaded.config, strangers);
  GenerationPointer next = Prepare(std::move(loaded), current.get(), passed, kNoPatience);
  controls.Prepare(*next->config, kNoPatience);
  return next;
}

void Core::BringIn(const GenerationPointer& next, Rollout::Purpose purpose) {
  next->number = ++tally.generations;
  rollout.Begin(next, std::move(purpose));
}

void Core::PutInForce(const GenerationPointer& next) {
  const GenerationPointer before = std::exchange(current, next);
  const bool has_new_owner = before->identity != current->identity;
  log::Configure(current->config->log.level, current->config->log.format);
  FollowAll(current->sockets, has_new_owner ? &current->identity : nullptr);
  for (const std::string& error : Try([this] { controls.Switch(current->config->control); })) {
    log::Error("no control socket", {{"reason", error}});
  }
}

bool Core::HasRoomForGeneration() const {
  return pool.DrainingGenerations() < kMostDrainingGenerations;
}

void Core::KeepChannel() {
  store.Keep(FdStore::kTakeChannel, pool.handoff().take.get());
  store.Keep(FdStore::kGiveChannel, pool.handoff().give.get());
}

std::string Core::StatusLine() const {
  return fmt::format("{} worker{}, generation {}", pool.size(), pool.size() == 1 ? "" : "s",
                     current->number);
}

}  // namespace tined::supervisor
