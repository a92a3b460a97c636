#include "supervisor/workers/rollout.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/log.hpp"

namespace tined::supervisor {
namespace {

/// How long the others may take once the canary serves. What keeps one of them from starting is
/// the restart policy's matter; the old generation does not wait for it for ever.
constexpr Duration kSlotsPatience = std::chrono::seconds(10);

}  // namespace

void Rollout::Begin(const GenerationPointer& generation, Purpose purpose) {
  purpose_ = std::move(purpose);
  generation_ = generation;
  if (generation->HandshakerCount() == 0) return StartSpawners();
  step_ = Step::handshaker;
  handshakers_.Start(generation);
}

void Rollout::OnHandshakerReady(const GenerationPointer& generation) {
  if (step_ == Step::handshaker && generation == generation_) StartSpawners();
}

void Rollout::OnHandshakerFailed(const GenerationPointer& generation, const StartFailure& failure) {
  if (step_ == Step::handshaker && generation == generation_) Fail(failure);
}

void Rollout::StartSpawners() {
  if (generation_->executors.empty()) return ForkCanary();
  step_ = Step::spawner;
  spawners_.Start(generation_);
}

void Rollout::Abandon() {
  purpose_ = {};
  step_ = Step::none;
  canary_ = nullptr;
  loop::Loop::Disarm(patience_);
}

void Rollout::OnSpawnerReady(const GenerationPointer& generation) {
  if (step_ == Step::spawner && generation == generation_) ForkCanary();
}

void Rollout::OnSpawnerFailed(const GenerationPointer& generation, const StartFailure& failure) {
  if (step_ == Step::spawner && generation == generation_) Fail(failure);
}

void Rollout::ForkCanary() {
  step_ = Step::canary;
  canary_ = pool_.Fork(0, generation_);
  if (canary_ == nullptr) Fail(FailureOf("no worker of the new generation could be forked"));
}

void Rollout::OnReady(Child& child) {
  if (&child == canary_ && step_ == Step::canary) {
    step_ = Step::rest;
    canary_ = nullptr;
    pool_.Switch(generation_, child);
    loop_.Arm(patience_, Clock::now() + kSlotsPatience);
  }
  if (step_ == Step::rest && pool_.IsComplete()) Finish();
}

void Rollout::OnDeath(const Child& child, const Death& death) {
  if (&child != canary_) return;
  StartFailure failure = child.trial.On(death);
  if (failure.problems.empty()) {
    failure = FailureOf(fmt::format(
        "the first worker of generation {} ended before it was ready ({}); its own lines in the "
        "log say why",
        generation_->number, death.Text()));
  }
  Fail(failure);
}

void Rollout::Finish() {
  if (!pool_.IsComplete()) {
    log::Warning("not every worker of the new generation is ready yet, going on without them",
                 {{"gen", generation_->number}});
  }
  pool_.RetireOthers();
  handshakers_.Switch(*generation_);
  const Purpose purpose = std::exchange(purpose_, {});
  const GenerationPointer ended = PutAway();
  if (purpose.on_done) purpose.on_done(ended);
}

void Rollout::Fail(const StartFailure& failure) {
  const Purpose purpose = std::exchange(purpose_, {});
  handshakers_.GiveUp(*PutAway());
  if (purpose.on_failed) purpose.on_failed(failure);
}

/// Before anybody is told of the end: that may begin the next rollout.
GenerationPointer Rollout::PutAway() {
  loop::Loop::Disarm(patience_);
  step_ = Step::none;
  canary_ = nullptr;
  return std::exchange(generation_, nullptr);
}

}  // namespace tined::supervisor
