#include "backends/modules/module.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "backends/modules/library.hpp"

namespace tined::backends {
namespace {

tined_module Load(const std::string& file, int image) {
  try {
    return LoadModule(file, image);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("module {}: {}", file, error.what()));
  }
}

/// What is noted of `asker` while a module serves it. `id` as in Module::Answer.
ledger::Asked Noted(const Asker& asker, const RequestId* id) noexcept {
  ledger::Asked noted = ledger::asked_of_this_thread;
  if (id == nullptr) id = noted.id;
  if (id != nullptr && !asker.is_named()) asker.digits() = *id;
  noted.id = &asker.digits();
  return noted;
}

}  // namespace

Module::Module(const config::ModuleUse& use, shared::NamedCounters* counters)
    : file_(use.module->file),
      is_stream_(use.is_stream),
      table_(Load(file_, use.module->image)),
      context_{table_.name, use.place, counters, {}} {
  if (is_stream_ && table_.receive == nullptr) {
    throw std::runtime_error(Refusal("it is not for streams: its table has no `receive`"));
  }
  if (!is_stream_ && table_.answer == nullptr) {
    throw std::runtime_error(Refusal("it is for streams alone: its table has no `answer`"));
  }
  if (table_.configure == nullptr) return;
  const tined_settings tree{use.module->settings};
  if (table_.configure(&Host(), &context_, &tree, &self_) != 0) {
    throw std::runtime_error(Refusal("it refuses its configuration"));
  }
  is_configured_ = true;
}

Module::~Module() {
  Stop();
  if (is_configured_ && table_.destroy != nullptr) table_.destroy(self_);
}

std::string Module::Fault(const config::ModuleUse& use) {
  try {
    const Module tried(use, nullptr);
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string Module::Refusal(std::string_view what) const {
  return fmt::format("module {}: {}{}{}", file_, what, context_.refusal.empty() ? "" : ": ",
                     context_.refusal);
}

void Module::Note(Fork fork) noexcept {
  if (fork == Fork::before) {
    if (table_.before_fork != nullptr) table_.before_fork(self_);
  } else if (table_.after_fork != nullptr) {
    table_.after_fork(self_, fork == Fork::in_executor ? 1 : 0);
  }
}

void Module::Start() {
  if (table_.start != nullptr && table_.start(self_) != 0) {
    throw std::runtime_error(Refusal("it cannot start"));
  }
  is_started_ = true;
}

void Module::Stop() noexcept {
  if (std::exchange(is_started_, false) && table_.stop != nullptr) table_.stop(self_);
}

std::shared_ptr<Deferred> Module::Answer(const http::Request& request, Draft& draft,
                                         Reactor& reactor, const RequestId* id) noexcept {
  const tined_request asked(request);
  const ledger::AskedMark mark(Noted(asked.asker, id));
  Deferral deferral{context_, asked, reactor};
  tined_response response{draft, &deferral};
  table_.answer(self_, &asked, &response);
  if (deferral.made) {
    deferral.made->Begun();
    return std::move(deferral.made);
  }
  Conclude(context_, asked, draft);
  return nullptr;
}

void Module::Receive(const stream::Message& message, Draft& draft, const RequestId* id) noexcept {
  tined_message received(message, draft);
  const ledger::AskedMark mark(Noted(received.asker, id));
  const auto answer = message.is_opening() ? table_.open : table_.receive;
  if (answer != nullptr) answer(self_, &received);
  Conclude(context_, received);
}

}  // namespace tined::backends
